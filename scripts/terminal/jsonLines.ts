/** Renders what work reports as JSON Lines on stderr: one event a line, for logs that programs read. */
import { errorDocument, exitCodeOf } from "../../lib/errors.ts";
import type { Report } from "../../lib/report.ts";
import type { Context } from "./command.ts";

/** The option that switches it on. */
export const logOption = {
  type: "string",
  choices: ["text", "jsonl"],
  default: "text",
  describe: "Write messages as text, or as JSON Lines: one event a line",
} as const;

export interface JsonLinesOptions {
  /** Milliseconds between two lines of progress. @default 5000 */
  readonly interval?: number;
  /** The time, milliseconds. @default Date.now */
  readonly now?: () => number;
}

/**
 * The report of a command whose log is JSON Lines. A line holds `time`, `level`, `code`, `message`, then `common`, then
 * the event's data.
 */
export function createJsonLinesReporter(
  { stderr }: Pick<Context, "stderr">,
  common: Readonly<Record<string, unknown>> = {},
  { interval = 5_000, now = Date.now }: JsonLinesOptions = {},
): Report {
  let lastProgress = now();
  return ({ level, code, message, data }) => {
    const at = now();
    if (level === "progress") {
      if (at - lastProgress < interval) return;
      lastProgress = at;
    }
    const own = { time: new Date(at).toISOString(), level, code, message };
    stderr.write(`${JSON.stringify({ ...own, ...common, ...data, ...own })}\n`);
  };
}

/** Whether a command line asks for it; known without parsing, as the command line may be wrong. */
export function wantsJsonLines(argv: readonly string[]): boolean {
  return argv.some(
    (word, index) => word === "--log=jsonl" || (word === "--log" && argv[index + 1] === "jsonl"),
  );
}

/** Reports a failure that ended a command before it had a report of its own. */
export function writeFailure(context: Pick<Context, "stderr">, thrown: unknown): void {
  const { error } = errorDocument(thrown);
  createJsonLinesReporter(context)({
    level: "error",
    code: error.code,
    message: error.message,
    data: { hint: error.hint, exitCode: exitCodeOf(thrown) },
  });
}
