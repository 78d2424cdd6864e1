/** Reads CSV (RFC 4180, and the delimiters and line ends that spreadsheets write) in a stream. */
import { CsvError, type Options, Parser, parse } from "csv-parse";
import { exitCodes, ToolError, usageError } from "../../../lib/errors.ts";
import { entryFields } from "../../../timesheets/entry.ts";
import { rearm } from "./formulaCells.ts";
import { PlainCsv } from "./plainCsv.ts";
import { columnsOf, type FieldMap, largestRow, type Row, rejectColumns, tooManyColumns } from "./row.ts";

/** How one CSV input is laid out, learnt from its first line. */
export interface CsvLayout {
  readonly delimiter: string;
  readonly header: readonly string[];
}

const delimiters = [",", ";", "\t", "|"];

/**
 * Reads the header row.
 * @param head The beginning of the input, at least its first line where that is under the limit.
 * @throws {ToolError} exit 2 naming the columns that are missing.
 */
export function readLayout(
  head: Buffer,
  name: string,
  map: FieldMap,
  delimiter: string | undefined,
): Promise<CsvLayout> {
  const choices = delimiter === undefined ? delimiters : [delimiter];
  return Promise.all(choices.map((choice) => readHeader(head, name, choice))).then((headers) => {
    const layouts = choices.map((choice, index) => ({ delimiter: choice, header: headers[index] ?? [] }));
    const missing = layouts.map(({ header }) => entryFields.filter((field) => !header.includes(map[field])));
    const best = layouts.reduce((left, right, index) =>
      (missing[index]?.length ?? 0) < (missing[layouts.indexOf(left)]?.length ?? 0) ? right : left,
    );
    assertColumns(best.header, name, map);
    return best;
  });
}

function assertColumns(header: readonly string[], name: string, map: FieldMap): void {
  const missing = entryFields.map((field) => map[field]).filter((column) => !header.includes(column));
  if (missing.length > 0) {
    const shown = header.slice(0, 12).map((column) => JSON.stringify(column.slice(0, 40)));
    const more = header.length > shown.length ? ` and ${header.length - shown.length} more` : "";
    throw usageError(
      `${name} has no column ${missing.join(", ")}; its first line has ${shown.join(", ") || "nothing"}${more}.`,
      "Name a column with --map, for example --map user_id=Employee.",
    );
  }
  const twice = entryFields.map((field) => map[field]).filter((column) => count(header, column) > 1);
  if (twice.length > 0) throw usageError(`${name} has more than one column ${twice.join(", ")}.`);
}

function count(header: readonly string[], column: string): number {
  return header.filter((name) => name === column).length;
}

async function readHeader(head: Buffer, name: string, delimiter: string): Promise<string[]> {
  const parser = parse({ ...dialect, delimiter, to: 1, max_record_size: largestRow });
  parser.end(head);
  try {
    for await (const record of parser) return (record as string[]).map((column) => column.trim());
  } catch (error) {
    throw malformed(error, name, 1);
  }
  return [];
}

const dialect = {
  record_delimiter: ["\r\n", "\n", "\r"],
  relax_column_count: true,
  // A quote in the middle of a field is a quote: inches and nicknames are no reason to stop.
  relax_quotes: true,
  skip_empty_lines: true,
};

/** The rows of one input, in the portions in which its bytes come. */
export async function* readCsv(
  bytes: AsyncIterable<Buffer>,
  name: string,
  map: FieldMap,
  layout: CsvLayout,
): AsyncGenerator<Row[]> {
  const chunks = bytes[Symbol.asyncIterator]();
  try {
    const plain = new PlainCsv(layout.delimiter, layout.header, map);
    const rest = isPlain(layout) ? yield* readPlain(chunks, name, plain) : Buffer.alloc(0);
    if (rest) yield* readQuoted(rest, chunks, name, map, layout, plain);
  } finally {
    await chunks.return?.();
  }
}

/** In a file of rejects, cells that a spreadsheet would run were defused with an apostrophe. */
function isDefused({ header }: CsvLayout): boolean {
  return header.includes("_code") && header.includes("_reason");
}

function isPlain(layout: CsvLayout): boolean {
  return layout.delimiter.charCodeAt(0) < 0x80 && !isDefused(layout);
}

const quote = 0x22;

/** Reads up to the first record with a quote and returns what is left of its chunk; undefined at the end. */
async function* readPlain(
  chunks: AsyncIterator<Buffer>,
  name: string,
  plain: PlainCsv,
): AsyncGenerator<Row[], Buffer | undefined> {
  let held: Buffer = Buffer.alloc(0);
  for (;;) {
    const { value: chunk, done } = await chunks.next();
    const all = done ? held : held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    const quoteAt = all.indexOf(quote);
    const plainBytes = quoteAt < 0 ? all : all.subarray(0, quoteAt);
    const end = done ? all.length : endOfLines(plainBytes);
    const rows = plain.read(all.toString("utf8", 0, end));
    if (rows.length > 0) yield rows;
    if (done) return undefined;
    held = all.subarray(end);
    if (quoteAt >= 0) return held;
    if (held.length > largestRow) throw tooLong(name, plain.line);
  }
}

/** Past the last line that has its end. */
function endOfLines(bytes: Buffer): number {
  const lineFeed = bytes.lastIndexOf(0x0a);
  const carriageReturn = bytes.subarray(lineFeed + 1).lastIndexOf(0x0d);
  return lineFeed + 1 + carriageReturn + 1;
}

/** Reads all that follows, after the lines that were plain. */
async function* readQuoted(
  begun: Buffer,
  chunks: AsyncIterator<Buffer>,
  name: string,
  map: FieldMap,
  layout: CsvLayout,
  { line: firstLine, headerPassed }: PlainCsv,
): AsyncGenerator<Row[]> {
  const { header, delimiter } = layout;
  const columns = columnsOf(header, map);
  const defused = isDefused(layout);
  let rows: Row[] = [];
  let line = firstLine - 1;
  let first = !headerPassed;
  let lastEnd = 0;
  let countedTwice = 0;
  const parser = new RecordParser({ ...dialect, delimiter }, (record, end) => {
    // The parser takes a CR LF between quotes for two lines.
    if (end > lastEnd + 1) countedTwice += record.join().split("\r\n").length - 1;
    lastEnd = end;
    line = firstLine - 1 + end - countedTwice;
    if (first) {
      first = false;
      return;
    }
    const original = defused ? record.map(rearm) : record;
    rows.push({
      line,
      user_id: original[columns.user_id],
      date: original[columns.date],
      project: original[columns.project],
      hours: original[columns.hours],
      original,
      fault: record.length > header.length ? tooManyColumns : undefined,
    });
  });
  parser.on("error", () => {});
  parser.resume();
  const feed = (chunk: Buffer | undefined) =>
    new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null) => (error ? reject(malformed(error, name, line + 1)) : resolve());
      parser.once("error", done);
      const settled = (error?: Error | null) => {
        parser.off("error", done);
        done(error);
      };
      if (chunk) parser.write(chunk, settled);
      else parser.end(settled);
    });
  // The parser's own limit is asked at every byte; here a row without an end is noticed at every chunk.
  let unfinished = 0;
  for (let chunk: Buffer | undefined = begun; chunk; ) {
    const before = line;
    await feed(chunk);
    unfinished = line === before ? unfinished + chunk.length : 0;
    if (unfinished > largestRow) throw tooLong(name, line + 1);
    if (rows.length > 0) {
      yield rows;
      rows = [];
    }
    const next = await chunks.next();
    chunk = next.done ? undefined : next.value;
  }
  await feed(undefined);
  if (rows.length > 0) yield rows;
}

/** Hands each record over as it is parsed, at half the cost of a stream of objects or of `on_record`. */
class RecordParser extends Parser {
  readonly #take: (record: string[], lines: number) => void;

  constructor(options: Options, take: (record: string[], lines: number) => void) {
    super(options);
    this.#take = take;
  }

  override push(record: string[] | null): boolean {
    if (record === null) return super.push(null);
    this.#take(record, this.info.lines);
    return true;
  }
}

/** Columns of a header that are the input's own. */
export function ownColumns(header: readonly string[]): string[] {
  return header.filter((column) => !(rejectColumns as readonly string[]).includes(column));
}

function malformed(error: unknown, name: string, line: number): unknown {
  if (!(error instanceof CsvError)) return error;
  if (error.code === "CSV_MAX_RECORD_SIZE") return tooLong(name, line);
  return malformedAt(
    name,
    line,
    error.code === "CSV_QUOTE_NOT_CLOSED"
      ? "a quote is opened and not closed."
      : `it is not CSV (${error.code}).`,
  );
}

function tooLong(name: string, line: number): ToolError {
  return malformedAt(name, line, `the row is longer than ${largestRow >> 20} MiB: is a quote left open?`);
}

function malformedAt(name: string, line: number, what: string): ToolError {
  return new ToolError("input_malformed", `${name}, from line ${line} on: ${what}`, {
    exitCode: exitCodes.usage,
    hint: "Mend the file and import it again; rows that are stored already are not stored twice.",
  });
}
