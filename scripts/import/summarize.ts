/** Adds up what an import and the interrupted runs before it did. */
import type { Job } from "./job/schema.ts";
import type { CheckpointState } from "./keep/checkpoint.ts";
import type { ImportSummary } from "./summary.ts";
import type { Tally } from "./tally.ts";

export interface Done {
  /** Of all runs. */
  readonly tally: Tally;
  readonly earlier: CheckpointState | undefined;
  readonly job: Pick<Job, "exactlyOnce">;
  readonly dryRun: boolean;
  /** Of this run, milliseconds. */
  readonly elapsed: number;
  /** Of all runs. */
  readonly tokens: number;
  readonly rejectsFile: string | undefined;
  readonly checkpointFile: string | undefined;
  readonly warnings: readonly string[];
}

export function summarize(done: Done): ImportSummary {
  const { tally, earlier, job, dryRun, elapsed, tokens, rejectsFile, checkpointFile, warnings } = done;
  const { rows, accepted, alreadyStored, rejected, batches, duplicates, merged } = tally.rows;
  const { requests, retries } = tally.requests;
  const newRows = rows - (earlier?.counts.rows ?? 0);
  return {
    rows,
    valid: rows - rejected - merged,
    duplicates,
    merged,
    accepted,
    alreadyStored,
    rejected,
    rejectedBy: { ...tally.rejectedBy },
    batches,
    requests,
    retries: { ...retries },
    perhapsTwice: job.exactlyOnce ? 0 : tally.unheardAttempts,
    tokens,
    dryRun,
    runs: (earlier?.runs ?? 0) + 1,
    seconds: { total: seconds((earlier?.elapsed ?? 0) + elapsed), thisRun: seconds(elapsed) },
    rowsPerSecond: elapsed > 0 ? Math.round(newRows / (elapsed / 1000)) : 0,
    latencyMilliseconds: tally.latency(),
    rejectsFile: rejectsFile ?? null,
    checkpoint: checkpointFile ?? null,
    warnings,
  };
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}
