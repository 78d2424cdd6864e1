/** Reads, validates, batches and sends; settles each batch in the tally, the rejects and the checkpoint together. */
import { ToolError } from "../../../lib/errors.ts";
import type { Reject } from "../keep/rejectRow.ts";
import type { RowRanges } from "../keep/rowRanges.ts";
import type { Reader } from "../plan.ts";
import type { Duplicates, Judgement } from "../read/duplicates.ts";
import type { Fields, InvalidRow, ParsedRow } from "../read/fields.ts";
import type { EntryJson } from "../read/plainLines.ts";
import type { Row } from "../read/row.ts";
import { isInShard, type Shard } from "../read/shard.ts";
import type { Tally } from "../tally.ts";
import type { EntryRefusal } from "./answers.ts";
import type { SendResult } from "./sender.ts";

/** A run of consecutive rows: the entries to send and the rows that were refused on sight. */
interface Batch {
  readonly file: string;
  readonly first: number;
  /** One past its last row. */
  end: number;
  readonly entries: EntryJson[];
  /** The row of each entry. */
  readonly rows: Row[];
  readonly rejects: Reject[];
  /** Rows of it that an earlier run had done. */
  skipped: number;
  /** Rows of other shards. */
  elsewhere: number;
  duplicates: number;
  merged: number;
}

export interface Notice {
  readonly code: "duplicate_row" | "rows_in_quotes";
  readonly file: string;
  readonly line: number;
  readonly detail: string;
}

export interface PipelineOptions {
  readonly readers: readonly Reader[];
  readonly fields: Fields;
  readonly duplicates: Duplicates;
  /** Undefined takes all rows. */
  readonly shard: Shard | undefined;
  /** Called for what somebody should look at, though nothing is wrong for sure. */
  readonly onNotice: (notice: Notice) => void;
  readonly batchSize: number;
  /** Batches under way at once. */
  readonly window: number;
  /** Undefined validates only. */
  readonly send: ((entries: readonly EntryJson[]) => Promise<SendResult>) | undefined;
  readonly tally: Tally;
  readonly done: RowRanges;
  readonly addRejects: (rejects: readonly Reject[]) => void;
  /** Called after each settled batch; throws to stop the import. Reading waits until it is done. */
  readonly afterBatch: () => Promise<void> | void;
  /** Bytes read so far, of all inputs. */
  readonly onRead: (bytes: number) => void;
  /** Aborted: nothing more is read, and what is under way is finished. */
  readonly signal: AbortSignal;
  /** Informs the senders that the run is over. */
  readonly halt: (reason: unknown) => void;
}

/** Rows in one batch beyond its entries, so that a file of invalid rows moves on. */
const refusedInBatch = 200;

/** A batch may be this many windows ahead of the oldest that is not done. */
const reach = 32;

/** Works through all inputs; the first failure stops it once what is under way has ended. */
export async function runPipeline(options: PipelineOptions): Promise<void> {
  const { readers, batchSize, window, done, signal, fields, duplicates } = options;
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

  const notice = (code: Notice["code"], file: string, row: Row, detail: string) =>
    options.onNotice({ code, file, line: row.firstLine, detail });
  const read = async (): Promise<void> => {
    let row = 0;
    const digest = duplicates.needsKeys || options.shard ? { high: 0, low: 0 } : undefined;
    const resumeBefore = done.end;
    let earlierBytes = 0;
    for (const { input, ...reader } of readers) {
      let batch: Batch | undefined;
      const portions = reader.rows(
        (bytes) => options.onRead(earlierBytes + bytes),
        (row, detail) => notice("rows_in_quotes", input.name, row, detail),
      );
      for await (const portion of until(signal, portions)) {
        const parsedRows: (ParsedRow | undefined)[] = [];
        for (const item of portion) parsedRows.push(fields.parseRow(item, digest));
        duplicates.prepare(parsedRows);
        let index = 0;
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
          addRow(batch, item, parsedRows[index++], row, isDone, options);
          batch.end = ++row;
          const counted = batch.end - batch.first - batch.elsewhere;
          if (batch.entries.length < batchSize && counted < batchSize + refusedInBatch) continue;
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
  // One promise for each portion: a race against one that lasts would keep every portion in memory.
  let stop = (): void => {};
  const onAbort = () => stop();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      const next = await new Promise<IteratorResult<Item>>((resolve, reject) => {
        stop = () => resolve({ done: true, value: undefined });
        items.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Settles no sooner than the read that it waits for.
    void items.return(undefined).catch(() => {});
  }
}

function newBatch(file: string, first: number): Batch {
  return {
    file,
    first,
    end: first,
    entries: [],
    rows: [],
    rejects: [],
    skipped: 0,
    elsewhere: 0,
    duplicates: 0,
    merged: 0,
  };
}

/** @param parsed Undefined for a row with a fault. @param position Of the row among all rows, from 0. */
function addRow(
  batch: Batch,
  row: Row,
  parsed: ParsedRow | undefined,
  position: number,
  isDone: boolean,
  options: PipelineOptions,
): void {
  const { duplicates, shard } = options;
  const { file } = batch;
  // A row without a key belongs to the shard that its place gives it to.
  const isOwn = !shard || (parsed?.ok ? isInShard(parsed, shard) : position % shard.count === shard.index);
  // Also for a row that is done: a later one may have its key.
  const judgement = parsed?.ok && isOwn ? duplicates.judge(row, parsed, file) : undefined;
  if (isDone) batch.skipped++;
  else if (!isOwn) batch.elsewhere++;
  else if (!parsed)
    batch.rejects.push({ file, row, code: row.fault?.code ?? "", reason: row.fault?.detail ?? "" });
  else if (!parsed.ok) batch.rejects.push({ file, row, ...described(parsed) });
  else if (judgement === undefined) take(batch, row, parsed.entry);
  else takeDuplicate(batch, row, parsed.entry, judgement, options);
}

function take(batch: Batch, row: Row, entry: EntryJson): void {
  batch.entries.push(entry);
  batch.rows.push(row);
}

function takeDuplicate(
  batch: Batch,
  row: Row,
  entry: EntryJson,
  judgement: NonNullable<Judgement>,
  { onNotice }: PipelineOptions,
): void {
  const { file } = batch;
  if (judgement.kind === "sum") {
    take(batch, row, judgement.entry);
    return;
  }
  if (judgement.kind !== "reject" || judgement.isDuplicate) batch.duplicates++;
  if (judgement.kind === "merged") batch.merged++;
  else if (judgement.kind === "reject") {
    batch.rejects.push({ file, row, code: judgement.code, reason: judgement.reason });
  } else {
    onNotice({ code: "duplicate_row", file, line: row.firstLine, detail: judgement.like });
    take(batch, row, entry);
  }
}

function described({ problems }: InvalidRow): Pick<Reject, "code" | "reason"> {
  return {
    code: problems.map(({ code }) => code).join(","),
    reason: problems.map(({ detail }) => detail).join(" "),
  };
}

/** One step without a pause, so that a checkpoint sees a batch wholly or not at all. */
function record(batch: Batch, result: SendResult | undefined, options: PipelineOptions): void {
  const { tally, done } = options;
  const rejects = [...batch.rejects, ...refusedByApi(batch, result?.refused)];
  options.addRejects(rejects);
  done.add(batch.first, batch.end);
  tally.rows.rows += batch.end - batch.first - batch.skipped - batch.elsewhere;
  tally.rows.duplicates += batch.duplicates;
  tally.rows.merged += batch.merged;
  for (const { code } of rejects) tally.reject(code);
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
