/** Reads, validates, batches and sends; settles each batch in the tally, the rejects and the checkpoint together. */
import { ToolError } from "../../../lib/errors.ts";
import { type Entry, parseEntry } from "../../../timesheets/entry.ts";
import type { Reject } from "../keep/rejects.ts";
import type { RowRanges } from "../keep/rowRanges.ts";
import type { Reader } from "../plan.ts";
import type { Row } from "../read/row.ts";
import type { Tally } from "../tally.ts";
import type { EntryRefusal } from "./answers.ts";
import type { SendResult } from "./sender.ts";

/** A run of consecutive rows: the entries to send and the rows that were refused on sight. */
interface Batch {
  readonly file: string;
  readonly first: number;
  /** One past its last row. */
  end: number;
  readonly entries: Entry[];
  /** The row of each entry. */
  readonly rows: Row[];
  readonly rejects: Reject[];
  /** Rows of it that an earlier run had done. */
  skipped: number;
}

export interface PipelineOptions {
  readonly readers: readonly Reader[];
  readonly batchSize: number;
  /** Batches under way at once. */
  readonly window: number;
  /** Undefined validates only. */
  readonly send: ((entries: readonly Entry[]) => Promise<SendResult>) | undefined;
  readonly tally: Tally;
  readonly done: RowRanges;
  readonly addRejects: (rejects: readonly Reject[]) => void;
  /** Called after each settled batch; throws to stop the import. Reading goes on no sooner than it is done. */
  readonly afterBatch: () => Promise<void> | void;
  /** Bytes read so far, of all inputs. */
  readonly onRead: (bytes: number) => void;
  /** Aborted: nothing more is read, and what is under way is finished. */
  readonly signal: AbortSignal;
  /** Tells the senders that the run is over. */
  readonly halt: (reason: unknown) => void;
}

/** Rows in one batch beyond its entries, so that a file of invalid rows moves on. */
const refusedInBatch = 200;

/** A batch may be this many windows ahead of the oldest that is not done. */
const reach = 32;

/** Works through all inputs; the first failure stops it once what is under way has ended. */
export async function runPipeline(options: PipelineOptions): Promise<void> {
  const { readers, batchSize, window, done, signal } = options;
  let wake: () => void = () => {};
  let underWay = 0;
  let failure: { error: unknown } | undefined;

  const settle = async (batch: Batch): Promise<void> => {
    try {
      const result = batch.entries.length > 0 ? await options.send?.(batch.entries) : undefined;
      record(batch, result, options);
      await options.afterBatch();
    } catch (error) {
      failure ??= { error };
      options.halt(error);
    } finally {
      underWay--;
      wake();
    }
  };
  const isFull = (batch: Batch) =>
    underWay >= window ||
    (underWay > 0 && batch.end - done.prefix > reach * window * (batchSize + refusedInBatch));
  const dispatch = async (batch: Batch): Promise<void> => {
    while (isFull(batch) && !failure) await new Promise<void>((resolve) => (wake = resolve));
    if (failure || signal.aborted) return;
    underWay++;
    void settle(batch);
  };

  const read = async (): Promise<void> => {
    let row = 0;
    const resumeBefore = done.end;
    let earlierBytes = 0;
    for (const { input, ...reader } of readers) {
      let batch: Batch | undefined;
      const portions = reader.rows((bytes) => options.onRead(earlierBytes + bytes));
      for await (const portion of until(signal, portions)) {
        for (const item of portion) {
          const isDone = row < resumeBefore && done.has(row);
          // What an earlier run sent is batched as it was then, so that the API knows its key again.
          if (batch && batch.skipped > 0 !== isDone) {
            const ended: Batch = batch;
            batch = undefined;
            await dispatch(ended);
            if (failure || signal.aborted) return;
          }
          batch ??= newBatch(input.name, row);
          addRow(batch, item, isDone);
          batch.end = ++row;
          if (batch.entries.length < batchSize && batch.end - batch.first < batchSize + refusedInBatch)
            continue;
          const full: Batch = batch;
          batch = undefined;
          await dispatch(full);
          if (failure || signal.aborted) return;
        }
      }
      if (batch) await dispatch(batch);
      if (failure || signal.aborted) return;
      earlierBytes += input.size ?? 0;
    }
  };
  try {
    await read();
  } catch (error) {
    failure ??= { error };
  }
  while (underWay > 0) await new Promise<void>((resolve) => (wake = resolve));
  if (failure) throw failure.error;
}

/** The same portions; where the input has nothing to say for a while, an interruption need not wait for it. */
async function* until<Item>(signal: AbortSignal, items: AsyncGenerator<Item>): AsyncGenerator<Item> {
  const over: IteratorReturnResult<undefined> = { done: true, value: undefined };
  const { promise: aborted, resolve } = Promise.withResolvers<typeof over>();
  const stop = () => resolve(over);
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const next = await Promise.race([items.next(), aborted]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // Settles no sooner than the read that it waits for.
    void items.return(undefined).catch(() => {});
  }
}

function newBatch(file: string, first: number): Batch {
  return { file, first, end: first, entries: [], rows: [], rejects: [], skipped: 0 };
}

function addRow(batch: Batch, row: Row, done: boolean): void {
  if (done) {
    batch.skipped++;
    return;
  }
  if (row.fault) {
    batch.rejects.push({ file: batch.file, row, code: row.fault.code, reason: row.fault.detail });
    return;
  }
  const parsed = parseEntry(row.user_id, row.date, row.project, row.hours);
  if (parsed.ok) {
    batch.entries.push(parsed.entry);
    batch.rows.push(row);
    return;
  }
  batch.rejects.push({
    file: batch.file,
    row,
    code: parsed.problems.map(({ code }) => code).join(","),
    reason: parsed.problems.map(({ detail }) => detail).join(" "),
  });
}

/** One step without a pause, so that a checkpoint sees a batch wholly or not at all. */
function record(batch: Batch, result: SendResult | undefined, options: PipelineOptions): void {
  const { tally, done } = options;
  const rejects = [...batch.rejects, ...refusedByApi(batch, result?.refused)];
  options.addRejects(rejects);
  done.add(batch.first, batch.end);
  tally.rows.rows += batch.end - batch.first - batch.skipped;
  tally.rows.rejected += rejects.length;
  tally.rows.accepted += result?.accepted ?? 0;
  tally.rows.alreadyStored += result?.alreadyStored ?? 0;
  if (batch.entries.length > 0) tally.rows.batches++;
}

function refusedByApi(batch: Batch, refused: ReadonlyMap<number, EntryRefusal> | undefined): Reject[] {
  return [...(refused ?? [])].map(([index, { code, reason }]) => {
    const row = batch.rows[index];
    if (!row) throw new ToolError("api_unusable", "The API refused an entry that it was not sent.");
    return { file: batch.file, row, code, reason };
  });
}
