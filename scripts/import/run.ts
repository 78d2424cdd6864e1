/** Runs a planned import from its checkpoint to its summary. */
import { setMaxListeners } from "node:events";
import { rm } from "node:fs/promises";
import { exitCodes, interruption, ToolError, usageError } from "../../lib/errors.ts";
import type { TokenSource } from "../tokens/tokenSource.ts";
import type { Job } from "./job/schema.ts";
import { type CheckpointState, rejectsInUse, removeCheckpoint } from "./keep/checkpoint.ts";
import { CheckpointSaver } from "./keep/checkpointSaver.ts";
import { takeLock } from "./keep/lock.ts";
import { exceeds, type RejectLimit } from "./keep/rejectLimit.ts";
import { RejectsWriter } from "./keep/rejects.ts";
import { findEarlierRun, identityOf } from "./keep/resume.ts";
import { RowRanges } from "./keep/rowRanges.ts";
import type { ImportPlan } from "./plan.ts";
import type { ProgressState } from "./progress.ts";
import type { ApiClient } from "./send/apiClient.ts";
import { Gate } from "./send/gate.ts";
import { runPipeline } from "./send/pipeline.ts";
import { RefusalBrake } from "./send/refusalBrake.ts";
import { addressHint, RetryPolicy } from "./send/retryPolicy.ts";
import { Sender } from "./send/sender.ts";
import type { ImportSummary } from "./summary.ts";
import { Tally } from "./tally.ts";

export interface RunOptions {
  readonly job: Job;
  readonly plan: ImportPlan;
  /** Undefined validates only. */
  readonly target:
    | {
        readonly apiUrl: string;
        /** How that is known, e.g. `--api-url`. */
        readonly apiUrlSource: string;
        readonly client: ApiClient;
        readonly tokens: TokenSource;
      }
    | undefined;
  readonly batchSize: number;
  readonly concurrency: number;
  /** Without any success, milliseconds. */
  readonly giveUpAfter: number;
  readonly maxRejects: RejectLimit | undefined;
  /** Ignores the checkpoint of an interrupted run. */
  readonly restart: boolean;
  readonly signal: AbortSignal;
  readonly notify: (line: string) => void;
  /** Called once the work begins, with a view of how it goes; returns what ends the showing. */
  readonly watch: (read: () => ProgressState) => { stop(): void };
}

/** Characters of rejects that may wait to be written. */
const longestWait = 64 * 1024;

/** After an interruption, answers to what is under way are waited for this long, milliseconds. */
const grace = 10_000;

/** Rows that are read ahead of the requests under way, so that an answer is followed at once by the next request. */
const rowsAhead = 4000;

export async function runImport(options: RunOptions): Promise<ImportSummary> {
  const { plan, target, restart, notify } = options;
  if (!target) await assertRejectsFree(plan);
  const checkpointFile = target ? plan.checkpointFile : undefined;
  const unlock = checkpointFile === undefined ? undefined : await takeLock(`${checkpointFile}.lock`);
  try {
    const apiUrl = target?.apiUrl ?? "";
    const earlier = await findEarlierRun({ plan, apiUrl, checkpointFile, restart, notify });
    return await new ImportRun(options, checkpointFile, earlier).run();
  } finally {
    await unlock?.();
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

class ImportRun {
  readonly #options: RunOptions;
  readonly #checkpointFile: string | undefined;
  readonly #earlier: CheckpointState | undefined;
  readonly #tally: Tally;
  readonly #done: RowRanges;
  readonly #gate: Gate;
  readonly #begun = performance.now();
  readonly #startedAt: number;
  #rejects: RejectsWriter | undefined;
  #readBytes = 0;

  constructor(options: RunOptions, checkpointFile: string | undefined, earlier: CheckpointState | undefined) {
    this.#options = options;
    this.#checkpointFile = checkpointFile;
    this.#earlier = earlier;
    this.#tally = new Tally(earlier?.counts, earlier);
    this.#done = new RowRanges(earlier?.done);
    this.#gate = new Gate({ most: options.concurrency });
    this.#startedAt = earlier?.startedAt ?? Date.now();
  }

  async run(): Promise<ImportSummary> {
    const { plan, signal, notify } = this.#options;
    if (this.#earlier) notify(`Going on after ${this.#earlier.counts.rows} rows that are done.`);
    const rejects = await RejectsWriter.open({
      ...plan.rejects,
      resumeAt: this.#earlier?.rejectsBytes ?? 0,
    });
    this.#rejects = rejects;
    const saver = new CheckpointSaver({ file: this.#checkpointFile, rejects, state: () => this.#state() });
    // Asked for while the files are opened; a failure is told by the first batch that needs the token.
    this.#options.target?.tokens.token().catch(() => {});
    // The first save shows at once, before anything is sent, whether the checkpoint can be kept.
    await saver.save();
    saver.start();
    const shown = this.#options.watch(() => this.#progress());
    try {
      await this.#work(rejects);
    } catch (error) {
      saver.stop();
      await saver.save();
      await rejects.close();
      throw this.#resumable(error);
    } finally {
      saver.stop();
      shown.stop();
    }
    await saver.save();
    await rejects.close();
    if (signal.aborted) throw this.#interrupted();
    const warnings = await this.#warnings();
    if (this.#checkpointFile !== undefined) await removeCheckpoint(this.#checkpointFile);
    if (rejects.bytes === 0) await rm(plan.rejects.file, { force: true });
    return this.#summary(warnings);
  }

  async #work(rejects: RejectsWriter): Promise<void> {
    const { plan, target, job, batchSize, concurrency, signal, giveUpAfter, notify } = this.#options;
    const halted = new AbortController();
    const over = AbortSignal.any([signal, halted.signal]);
    // One listener for each batch that waits; there are never more than the window.
    setMaxListeners(0, over);
    let cutting: NodeJS.Timeout | undefined;
    const release = () => {
      this.#gate.release();
      cutting = setTimeout(() => target?.client.cut(), grace);
    };
    over.addEventListener("abort", release, { once: true });
    const sender =
      target &&
      new Sender({
        client: target.client,
        job,
        tokens: target.tokens,
        gate: this.#gate,
        retries: new RetryPolicy({ giveUpAfter, api: { url: target.apiUrl, source: target.apiUrlSource } }),
        brake: new RefusalBrake(this.#options.maxRejects ? undefined : () => this.#gate.limit),
        tally: this.#tally,
        signal: over,
        resumed: this.#earlier !== undefined,
        importAge: () => Date.now() - this.#startedAt,
        onUnreachable: () =>
          notify(
            `Nothing answers at ${target.apiUrl}; trying on for ${giveUpAfter / 1000} s. ${addressHint(target.apiUrlSource)}`,
          ),
      });
    try {
      await runPipeline({
        readers: plan.readers,
        batchSize,
        window: sender ? concurrency + batchesAhead(concurrency, batchSize) : 1,
        send: sender && ((entries) => sender.send(entries)),
        tally: this.#tally,
        done: this.#done,
        addRejects: (added) => rejects.add(added),
        afterBatch: () => {
          this.#checkRejects(false);
          return rejects.waiting > longestWait ? rejects.write() : undefined;
        },
        onRead: (bytes) => {
          this.#readBytes = bytes;
        },
        signal,
        halt: (reason) => halted.abort(reason),
      });
      if (!signal.aborted) this.#checkRejects(true);
    } catch (error) {
      // After Ctrl-C a sender that waited reports that it was stopped; that is no failure of its own.
      if (!(signal.aborted && isAbort(error))) throw error;
    } finally {
      over.removeEventListener("abort", release);
      clearTimeout(cutting);
    }
  }

  #checkRejects(finished: boolean): void {
    const limit = this.#options.maxRejects;
    const { rows, rejected } = this.#tally.rows;
    if (!limit || !exceeds(limit, { rows, rejected }, finished)) return;
    throw new ToolError("too_many_rejects", `${rejected} of ${rows} rows were rejected.`, {
      exitCode: exitCodes.failure,
      hint: `See ${this.#options.plan.rejects.file}.`,
    });
  }

  #state(): CheckpointState {
    const { plan, target } = this.#options;
    const { requests, retries } = this.#tally.requests;
    return {
      version: 1,
      ...identityOf(plan, target?.apiUrl ?? ""),
      done: this.#done.toJSON().map(([first, end]) => [first, end]),
      counts: { ...this.#tally.rows },
      requests,
      retries: { ...retries },
      tokens: this.#tokens(),
      rejectsBytes: this.#rejects?.bytes ?? 0,
      startedAt: this.#startedAt,
      elapsed: (this.#earlier?.elapsed ?? 0) + this.#elapsed(),
      runs: (this.#earlier?.runs ?? 0) + 1,
    };
  }

  #tokens(): number {
    return (this.#earlier?.tokens ?? 0) + (this.#options.target?.tokens.issued ?? 0);
  }

  #elapsed(): number {
    return performance.now() - this.#begun;
  }

  #progress(): ProgressState {
    const { totalBytes } = this.#options.plan;
    return {
      rows: this.#tally.rows.rows,
      rejected: this.#tally.rows.rejected,
      retries: this.#tally.retryTotal,
      inFlight: this.#gate.inFlight,
      share: totalBytes === undefined ? undefined : this.#readBytes / totalBytes,
    };
  }

  async #warnings(): Promise<string[]> {
    const changes = await Promise.all(this.#options.plan.readers.map(({ input }) => input.change()));
    return changes.flatMap((change) => (change ? [change.message] : []));
  }

  #resumable(error: unknown): unknown {
    if (!(error instanceof ToolError) || this.#checkpointFile === undefined) return error;
    const how = `${this.#tally.rows.rows} rows are done; run the same command again to go on after them.`;
    return new ToolError(error.code, error.message, {
      exitCode: error.exitCode,
      hint: error.hint ? `${error.hint} ${how}` : how,
      cause: error,
    });
  }

  #interrupted(): ToolError {
    const { rows } = this.#tally.rows;
    return interruption(`Interrupted; ${rows} rows are done.`, {
      hint:
        this.#checkpointFile === undefined
          ? "There is no checkpoint: the same command starts over, and what is stored is not stored twice."
          : "Run the same command again to go on after them.",
    });
  }

  #summary(warnings: readonly string[]): ImportSummary {
    const { plan, target } = this.#options;
    const { rows, accepted, alreadyStored, rejected, batches } = this.#tally.rows;
    const { requests, retries } = this.#tally.requests;
    const thisRun = this.#elapsed();
    const newRows = rows - (this.#earlier?.counts.rows ?? 0);
    return {
      rows,
      valid: rows - rejected,
      accepted,
      alreadyStored,
      rejected,
      batches,
      requests,
      retries: { ...retries },
      tokens: this.#tokens(),
      dryRun: target === undefined,
      runs: (this.#earlier?.runs ?? 0) + 1,
      seconds: { total: seconds((this.#earlier?.elapsed ?? 0) + thisRun), thisRun: seconds(thisRun) },
      rowsPerSecond: thisRun > 0 ? Math.round(newRows / (thisRun / 1000)) : 0,
      latencyMilliseconds: this.#tally.latency(),
      rejectsFile: rejected > 0 ? plan.rejects.file : null,
      checkpoint: this.#checkpointFile ?? null,
      warnings,
    };
  }
}

function batchesAhead(concurrency: number, batchSize: number): number {
  return Math.max(2, Math.min(concurrency, Math.floor(rowsAhead / batchSize)));
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}
