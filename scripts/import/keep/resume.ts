/** Whether an import resumes an interrupted run of it. */

import type { Report } from "../../../lib/report.ts";
import type { ImportPlan } from "../plan.ts";
import { type CheckpointState, findCheckpoint, readCheckpoint } from "./checkpoint.ts";

export interface ResumeOptions {
  readonly plan: ImportPlan;
  readonly apiUrl: string;
  /** Undefined where none is kept. */
  readonly checkpointFile: string | undefined;
  /** Ignores the checkpoint. */
  readonly restart: boolean;
  /** What becomes of entries that the API is sent again, one sentence. */
  readonly onRepeat: string;
  readonly report: Report;
}

/** The state of an interrupted run of this very import, if there is one; says why where there is one of another. */
export async function findEarlierRun(options: ResumeOptions): Promise<CheckpointState | undefined> {
  const { plan, apiUrl, checkpointFile, restart, onRepeat, report } = options;
  if (checkpointFile === undefined) return undefined;
  if (restart) {
    await readCheckpoint(checkpointFile);
    return undefined;
  }
  const found = await findCheckpoint(checkpointFile, identityOf(plan, apiUrl));
  if (found.kind === "other") {
    report({
      level: "warning",
      code: "import_restarted",
      message: `Starting over: ${found.why}. ${onRepeat}`,
    });
  }
  return found.kind === "resumable" ? found.state : undefined;
}

/** What makes an import this one: its inputs, where they go and how they are read. */
export function identityOf(plan: ImportPlan, apiUrl: string): Pick<CheckpointState, "inputs" | "settings"> {
  return {
    inputs: plan.readers.map(({ input }) => ({
      name: input.name,
      size: input.size ?? 0,
      digest: input.digest ?? "",
    })),
    settings: {
      apiUrl,
      format: plan.readers.map(({ format, layout }) => `${format}${layout?.delimiter ?? ""}`).join(" "),
      reading: plan.reading,
      rejectsFile: plan.rejects.file,
      rejectsFormat: plan.rejects.format,
    },
  };
}
