/** Runs a planned import, one process at a time for one checkpoint, from where an interrupted run left it. */
import { usageError } from "../../lib/errors.ts";
import { type ImportOutcome, ImportRun, type RunOptions } from "./importRun.ts";
import { rejectsInUse } from "./keep/checkpoint.ts";
import { takeLock } from "./keep/lock.ts";
import { findEarlierRun, identityOf } from "./keep/resume.ts";
import type { ImportPlan } from "./plan.ts";
import { openDuplicates } from "./read/duplicates.ts";
import { endpointUrl } from "./send/apiClient.ts";
import { onRepeat } from "./stopped.ts";

/** @throws what keeps it from starting */
export async function runImport(options: RunOptions): Promise<ImportOutcome> {
  const { plan, target, restart, report } = options;
  if (!target) await assertRejectsFree(plan);
  const checkpointFile = target ? plan.checkpointFile : undefined;
  const lock = checkpointFile === undefined ? undefined : await takeLock(`${checkpointFile}.lock`, options);
  try {
    const apiUrl = addressOf(options);
    const earlier = await findEarlierRun({
      plan,
      apiUrl,
      checkpointFile,
      restart,
      onRepeat: onRepeat(options.job),
      report,
    });
    const duplicates = await openDuplicates({ ...plan, mode: options.duplicates, signal: options.signal });
    return await new ImportRun(options, { apiUrl, checkpointFile, earlier, duplicates, lock }).run();
  } finally {
    await lock?.release();
  }
}

/** A dry run writes rejects as well, and must leave alone those that an import still counts on. */
async function assertRejectsFree(plan: ImportPlan): Promise<void> {
  const { checkpointFile, rejects } = plan;
  if (checkpointFile === undefined) return;
  if ((await rejectsInUse(checkpointFile, identityOf(plan, "").inputs)) !== rejects.file) return;
  throw usageError(
    `${rejects.file} belongs to an import of this file that is running or was interrupted.`,
    "Choose another file for those of the dry run with --rejects, or finish the import first.",
  );
}

/** Where the entries go, which is part of what an import is. */
function addressOf({ target, job }: RunOptions): string {
  return target ? endpointUrl(target.apiUrl, job).href : "";
}
