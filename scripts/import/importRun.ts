/** One import under way: from its checkpoint through the pipeline to its summary, with every write in its order. */
import { setMaxListeners } from "node:events";
import { exitCodes, ToolError } from "../../lib/errors.ts";
import type { Report } from "../../lib/report.ts";
import type { TokenSource } from "../tokens/tokenSource.ts";
import type { Job } from "./job/schema.ts";
import { type CheckpointState, removeCheckpoint, writeCheckpoint } from "./keep/checkpoint.ts";
import { CheckpointSaver } from "./keep/checkpointSaver.ts";
import { findLeftDrafts, settleLeftDrafts } from "./keep/leftDrafts.ts";
import type { Lock } from "./keep/lock.ts";
import { exceeds, type RejectLimit } from "./keep/rejectLimit.ts";
import { RejectsWriter } from "./keep/rejects.ts";
import { identityOf } from "./keep/resume.ts";
import { RowRanges } from "./keep/rowRanges.ts";
import { Notices } from "./notices.ts";
import type { ImportPlan } from "./plan.ts";
import { type ProgressState, reportProgress } from "./progress.ts";
import type { Duplicates, DuplicatesMode } from "./read/duplicates.ts";
import type { ApiClient } from "./send/apiClient.ts";
import { Gate } from "./send/gate.ts";
import { runPipeline } from "./send/pipeline.ts";
import { RefusalBrake } from "./send/refusalBrake.ts";
import { addressHint, RetryPolicy } from "./send/retryPolicy.ts";
import { Sender } from "./send/sender.ts";
import { interrupted, resumable, type Stopped } from "./stopped.ts";
import { summarize } from "./summarize.ts";
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
  /** What becomes of rows with the natural key of an earlier one. */
  readonly duplicates: DuplicatesMode;
  /** Ignores the checkpoint of an interrupted run. */
  readonly restart: boolean;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** How an import ended. */
export interface ImportOutcome {
  readonly summary: ImportSummary;
  /** What stopped it; undefined where it came to its end. */
  readonly error: unknown;
}

/** Bytes of rejects that may wait to be written. */
const longestWait = 64 * 1024;

/** After an interruption, answers to what is under way are waited for this long, milliseconds. */
const grace = 10_000;

/** Rows that are read ahead of the requests under way, so that an answer is followed at once by the next request. */
const rowsAhead = 4000;

/** What an import has found and taken before it starts. */
export interface Opened {
  /** Where the entries go; empty for a dry run. */
  readonly apiUrl: string;
  readonly checkpointFile: string | undefined;
  readonly earlier: CheckpointState | undefined;
  readonly duplicates: Duplicates;
  readonly lock: Lock | undefined;
}

export class ImportRun {
  readonly #options: RunOptions;
  readonly #checkpointFile: string | undefined;
  readonly #earlier: CheckpointState | undefined;
  readonly #duplicates: Duplicates;
  readonly #lock: Lock | undefined;
  readonly #halted = new AbortController();
  readonly #notices: Notices;
  readonly #tally: Tally;
  readonly #done: RowRanges;
  readonly #gate: Gate;
  readonly #begun = performance.now();
  readonly #startedAt: number;
  readonly #apiUrl: string;
  #readBytes = 0;
  #rejectsFile: string | undefined;

  constructor(options: RunOptions, { apiUrl, checkpointFile, earlier, duplicates, lock }: Opened) {
    this.#options = options;
    this.#notices = new Notices(options.report);
    this.#duplicates = duplicates;
    this.#lock = lock;
    this.#checkpointFile = checkpointFile;
    this.#earlier = earlier;
    this.#tally = new Tally(earlier?.counts, earlier);
    this.#done = new RowRanges(earlier?.done);
    this.#gate = new Gate({ most: options.concurrency });
    this.#apiUrl = apiUrl;
    this.#startedAt = earlier?.startedAt ?? Date.now();
  }

  async run(): Promise<ImportOutcome> {
    try {
      const warnings = await this.#toTheEnd();
      return { summary: this.#summary(warnings), error: undefined };
    } catch (error) {
      return { summary: this.#summary([]), error };
    }
  }

  /** @returns warnings */
  async #toTheEnd(): Promise<string[]> {
    const { plan, job, signal, report } = this.#options;
    if (this.#earlier && !job.exactlyOnce) {
      report({
        level: "warning",
        code: "batches_repeated",
        message:
          "Batches that were under way when it stopped are sent again: this API may store their entries twice.",
      });
    }
    if (this.#earlier) {
      const { rows } = this.#earlier.counts;
      report({
        level: "info",
        code: "import_resumed",
        message: `Resuming after ${rows} rows that are done.`,
        data: { counts: this.#counts() },
      });
    }
    const resumed = this.#earlier?.rejects.draft;
    const leftDrafts = (await findLeftDrafts(plan.rejects.file)).filter((draft) => draft !== resumed);
    const rejects = await RejectsWriter.open({
      ...plan.rejects,
      earlier: this.#earlier?.rejects,
      report,
    });
    const saver = new CheckpointSaver({
      file: this.#checkpointFile,
      rejects,
      savedRows: this.#earlier?.counts.rows ?? 0,
      state: () => this.#state(rejects),
      assertHeld: () => this.#assertHeld(),
      onLost: (error) => this.#halted.abort(error),
    });
    // The first save shows at once, before anything is sent, whether the checkpoint can be kept.
    await saver.save().catch(async (error: unknown) => {
      await rejects.discard();
      throw error;
    });
    // Asked for before the first batch is read; a failure is reported by the first batch that needs the token.
    this.#options.target?.tokens.token().catch(() => {});
    saver.start();
    const shown = reportProgress(report, () => this.#progress());
    try {
      await this.#work(rejects);
    } catch (error) {
      saver.stop();
      await this.#keep(saver, rejects);
      throw resumable(error, this.#stopped());
    } finally {
      saver.stop();
      shown.stop();
    }
    await this.#keep(saver, rejects);
    if (signal.aborted) throw interrupted(this.#stopped());
    const warnings = await this.#warnings();
    await this.#assertHeld();
    await settleLeftDrafts(leftDrafts, this.#rejectsFile, report);
    if (this.#checkpointFile !== undefined) {
      if (plan.shard) await this.#saveFinished(this.#checkpointFile, rejects);
      else await removeCheckpoint(this.#checkpointFile);
    }
    this.#notices.reportRest();
    return warnings;
  }

  /** Brings the checkpoint and the rejects to rest. */
  async #keep(saver: CheckpointSaver, rejects: RejectsWriter): Promise<void> {
    try {
      await saver.save();
      const file = await rejects.reserve();
      // A kill from here on leaves a checkpoint that names both places.
      if (file !== undefined) await saver.save();
      await this.#assertHeld();
      this.#rejectsFile = await rejects.publish();
    } catch (error) {
      if (error instanceof ToolError && error.code === "lock_lost") {
        await rejects.discard();
        throw error;
      }
      await rejects.abandon();
      throw resumable(error, { ...this.#stopped(), rows: saver.savedRows });
    }
  }

  async #saveFinished(file: string, rejects: RejectsWriter): Promise<void> {
    const state = { ...this.#state(rejects), finishedAt: Date.now() };
    await writeCheckpoint(file, state, () => this.#assertHeld());
  }

  async #assertHeld(): Promise<void> {
    await this.#lock?.assertHeld();
  }

  async #work(rejects: RejectsWriter): Promise<void> {
    const { plan, target, job, batchSize, concurrency, signal, giveUpAfter, report } = this.#options;
    const halted = this.#halted;
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
          report({
            level: "warning",
            code: "api_unreachable",
            message: `Nothing answers at ${target.apiUrl}; trying on for ${giveUpAfter / 1000} s. ${addressHint(target.apiUrlSource)}`,
          }),
      });
    try {
      await runPipeline({
        readers: plan.readers,
        fields: plan.fields,
        duplicates: this.#duplicates,
        shard: plan.shard,
        onNotice: (notice) => this.#notices.add(notice),
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
    });
  }

  #state(rejects: RejectsWriter): CheckpointState {
    const { plan } = this.#options;
    const { requests, retries } = this.#tally.requests;
    return {
      version: 2,
      ...identityOf(plan, this.#apiUrl),
      done: this.#done.toJSON().map(([first, end]) => [first, end]),
      counts: { ...this.#tally.rows },
      requests,
      retries: { ...retries },
      rejectedBy: { ...this.#tally.rejectedBy },
      tokens: this.#tokens(),
      rejects: rejects.kept,
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
      counts: this.#counts(),
      inFlight: this.#gate.inFlight,
      // What is read is not done: a small file is read at once, and nothing of it is sent.
      share:
        totalBytes === undefined
          ? undefined
          : this.#tally.rows.rows === 0
            ? 0
            : Math.min(0.99, this.#readBytes / totalBytes),
    };
  }

  #counts() {
    const { requests, retries } = this.#tally.requests;
    return {
      ...this.#tally.rows,
      rejectedBy: { ...this.#tally.rejectedBy },
      requests,
      retries: { ...retries },
    };
  }

  async #warnings(): Promise<string[]> {
    const changes = await Promise.all(this.#options.plan.readers.map(({ input }) => input.change()));
    return changes.flatMap((change) => (change ? [change.message] : []));
  }

  #summary(warnings: readonly string[]): ImportSummary {
    return summarize({
      tally: this.#tally,
      earlier: this.#earlier,
      job: this.#options.job,
      dryRun: this.#options.target === undefined,
      elapsed: this.#elapsed(),
      tokens: this.#tokens(),
      rejectsFile: this.#rejectsFile,
      checkpointFile: this.#checkpointFile,
      warnings,
    });
  }

  #stopped(): Stopped {
    return {
      rows: this.#tally.rows.rows,
      job: this.#options.job,
      rejectsFile: this.#rejectsFile,
      checkpointFile: this.#checkpointFile,
    };
  }
}

function batchesAhead(concurrency: number, batchSize: number): number {
  return Math.max(2, Math.min(concurrency, Math.floor(rowsAhead / batchSize)));
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
