/** What an import that stops before its end says about how to go on. */
import { interruption, ToolError } from "../../lib/errors.ts";
import type { Job } from "./job/schema.ts";
import { counted } from "./progress.ts";

export interface Stopped {
  /** That are done. */
  readonly rows: number;
  readonly job: Pick<Job, "exactlyOnce">;
  /** Undefined where nothing was rejected. */
  readonly rejectsFile: string | undefined;
  /** Undefined where none is kept. */
  readonly checkpointFile: string | undefined;
}

/** The error, with how to go on as its hint. */
export function resumable(error: unknown, { rows, job, rejectsFile, checkpointFile }: Stopped): unknown {
  if (!(error instanceof ToolError)) return error;
  const how =
    checkpointFile === undefined
      ? `There is no checkpoint: the same command starts over. ${onRepeat(job)}`
      : `${counted(rows, "row is", "rows are")} done; run the same command again to resume after ${rows === 1 ? "it" : "them"}.`;
  const where = rejectsFile === undefined ? undefined : `The rejected rows are in ${rejectsFile}.`;
  return new ToolError(error.code, error.message, {
    exitCode: error.exitCode,
    hint: [error.hint, where, how].filter((part) => part !== undefined).join(" ") || undefined,
    cause: error,
  });
}

/** What Ctrl-C ends an import with. */
export function interrupted({ rows, job, checkpointFile }: Stopped): ToolError {
  return interruption(`Interrupted; ${rows} rows are done.`, {
    hint:
      checkpointFile === undefined
        ? `There is no checkpoint: the same command starts over. ${onRepeat(job)}`
        : "Run the same command again to resume after them.",
  });
}

/** What becomes of entries that an API is sent again. */
export function onRepeat({ exactlyOnce }: Pick<Job, "exactlyOnce">): string {
  return exactlyOnce
    ? "What is stored already is not stored twice."
    : "What is stored already may be stored twice.";
}
