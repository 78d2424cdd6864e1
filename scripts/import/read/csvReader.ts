/** Reads CSV (RFC 4180, and the delimiters and line ends that spreadsheets write) in a stream. */
import { isUtf8 } from "node:buffer";
import { exitCodes, ToolError, usageError } from "../../../lib/errors.ts";
import { CsvScanner, QuoteNotClosed } from "./csvScanner.ts";
import type { Fields, Source } from "./fields.ts";
import { plainLines } from "./plainLines.ts";
import { RecordSkipper } from "./recordSkipper.ts";
import { largestRow, type Row } from "./row.ts";

/** How one CSV input is laid out, learnt from its first line. */
export interface CsvLayout {
  readonly delimiter: string;
  readonly header: readonly string[];
  /** What the first line ends with. */
  readonly lineEnd: "\n" | "\r\n" | "\r";
  /** True where the first line is `sep=;`, as Excel writes and reads it. */
  readonly hasSeparatorLine: boolean;
}

export interface CsvOptions {
  readonly sources: readonly Source[];
  /** To make entries of plain lines at once; undefined leaves that to the caller, for all rows. */
  readonly fields?: Fields;
  /** Most lines in one quoted cell; undefined refuses one that holds what looks like rows. */
  readonly maxCellLines: number | undefined;
  /** Called for a cell that holds what looks like rows. */
  readonly onSuspicion: (row: Row, detail: string) => void;
}

const delimiters = [",", ";", "\t", "|"];

// A spreadsheet that saves such a file again adds empty cells.
const separatorLine = /^"?sep=(.)\1*"?(?:\r\n|\n|\r)/i;

/**
 * Reads the header row.
 * @param head The beginning of the input, at least its first line where that is under the limit.
 * @throws {ToolError} exit 2 naming the columns that are missing.
 */
export function readLayout(
  head: Buffer,
  name: string,
  sources: readonly Source[],
  delimiter: string | undefined,
): CsvLayout {
  const text = head.toString("utf8");
  assertUtf8(head, name);
  const declared = separatorLine.exec(text);
  const rest = declared ? text.slice(declared[0].length) : text;
  const choices = delimiter !== undefined ? [delimiter] : declared?.[1] ? [declared[1]] : delimiters;
  const needed = sources.map(({ column }) => column.normalize("NFC"));
  const layouts = choices.map((choice) => ({ delimiter: choice, header: readHeader(rest, name, choice) }));
  const found = ({ header }: (typeof layouts)[number]) =>
    needed.filter((column) => header.includes(column)).length;
  const best = layouts.reduce((left, right) => (found(right) > found(left) ? right : left));
  assertColumns(best.header, name, sources);
  const [end = "\n"] = /\r\n|\n|\r/.exec(text) ?? [];
  const lineEnd = end === "\r\n" || end === "\r" ? end : "\n";
  return { ...best, lineEnd, hasSeparatorLine: declared !== null };
}

/** A header in another encoding has no names that anybody could ask for, and its rows are rejected one by one. */
function assertUtf8(head: Buffer, name: string): void {
  const end = head.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  if (end < 0 || isUtf8(head.subarray(0, end))) return;
  throw usageError(
    `${name} is not UTF-8: its first line has bytes of another encoding, such as Windows-1252 or ISO 8859-1 (Latin-1).`,
    "Save it as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEWFILE.",
  );
}

function assertColumns(header: readonly string[], name: string, sources: readonly Source[]): void {
  const missing = sources.filter(
    ({ required, column }) => required && !header.includes(column.normalize("NFC")),
  );
  const [first] = missing;
  if (first) {
    const names = missing.map(({ column }) => column).join(", ");
    const shown = header.slice(0, 12).map((column) => JSON.stringify(column.slice(0, 40)));
    const more = header.length > shown.length ? ` and ${header.length - shown.length} more` : "";
    throw usageError(
      `${name} has no column ${names}; its first line has ${shown.join(", ") || "nothing"}${more}.`,
      `Name the column with --map, for example --map ${first.field}=COLUMN.`,
    );
  }
  const twice = sources
    .map(({ column }) => column.normalize("NFC"))
    .filter((column) => header.filter((other) => other === column).length > 1);
  if (twice.length > 0) throw usageError(`${name} has more than one column ${twice.join(", ")}.`);
}

function readHeader(text: string, name: string, delimiter: string): string[] {
  const scanner = new CsvScanner({
    delimiter,
    header: [],
    columns: [],
    skip: 0,
    isDefused: false,
    maxCellLines: Number.POSITIVE_INFINITY,
    isValid: () => false,
    onSuspicion: () => {},
  });
  // Some lines are enough, and a head of a megabyte has very many.
  const lines = text.slice(0, firstLinesEnd(text));
  try {
    // Of a large input this is the beginning, which may end within a row.
    const isLast = lines.length === text.length && text.length <= largestRow / 2;
    const [first] = scanner.scan(lines, isLast, false).rows;
    const cells = first === undefined || typeof first.original === "string" ? [] : first.original;
    if (first === undefined && text.length > largestRow / 2) throw tooLong(name, 1);
    return cells.map((column) => column.trim().normalize("NFC"));
  } catch (error) {
    throw error instanceof QuoteNotClosed ? notClosed(name, error) : error;
  }
}

/** Past some lines of the text that hold something; a header may have line ends between quotes. */
function firstLinesEnd(text: string): number {
  let end = 0;
  for (let lines = 0; lines < 200; lines++) {
    const next = text.indexOf("\n", end);
    if (next < 0) return text.length;
    end = next + 1;
  }
  return end;
}

const quote = 0x22;

/** The rows of one input, in the portions in which its bytes come. */
export async function* readCsv(
  bytes: AsyncIterable<Buffer>,
  name: string,
  options: CsvOptions,
  layout: CsvLayout,
): AsyncGenerator<Row[]> {
  const { header, delimiter } = layout;
  const columns = options.sources.map(({ column }) => header.indexOf(column.normalize("NFC")));
  const scanner = new CsvScanner({
    delimiter,
    header,
    columns,
    skip: layout.hasSeparatorLine ? 2 : 1,
    isDefused: isDefused(header),
    maxCellLines: options.maxCellLines,
    isValid: (values) => options.fields?.parse(values).ok ?? false,
    onSuspicion: options.onSuspicion,
  });
  const plain = isDefused(header)
    ? undefined
    : plainLines(scanner, options.fields, delimiter, columns, header.length);
  let held: Buffer = Buffer.alloc(0);
  const read = (end: number, isLast: boolean): Row[] => {
    const part = held.subarray(0, end);
    // Bytes that are not UTF-8 are kept apart, so that a rejected row can be written as it came.
    const isBinary = !isUtf8(part);
    if (plain && !isBinary && !part.includes(quote)) {
      held = held.subarray(end);
      return plain.read(part);
    }
    const text = part.toString(isBinary ? "latin1" : "utf8");
    const { rows, consumed } = scanner.scan(text, isLast, isBinary);
    const rest = text.length - consumed;
    held = held.subarray(
      rest === 0 ? end : end - (isBinary ? rest : Buffer.byteLength(text.slice(consumed))),
    );
    return rows;
  };
  let skipper: RecordSkipper | undefined;
  const overlong = ({ lines }: RecordSkipper): Row => {
    const firstLine = scanner.line;
    for (let passed = 0; passed < lines; passed++) scanner.pass();
    const size = `longer than ${largestRow >> 20} MiB`;
    return {
      line: scanner.line,
      firstLine,
      values: columns.map(() => undefined),
      original: [],
      isBinary: false,
      fault: {
        code: "row_too_long",
        detail:
          lines === 0
            ? `The row is ${size}.`
            : `The row is ${size}, from line ${firstLine} to ${scanner.line}: is a quote missing or too many?`,
      },
    };
  };
  /** Passes over what is held of a row that is too long; the row once its end is found. */
  const skip = (record: RecordSkipper): Row | undefined => {
    const end = record.push(held);
    held = end === undefined ? Buffer.alloc(0) : held.subarray(end);
    if (end === undefined) return undefined;
    skipper = undefined;
    return overlong(record);
  };
  try {
    // What is held and has a line's end already: an open quote, which more of the same does not close.
    for await (const chunk of bytes) {
      held = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
      if (skipper) {
        const row = skip(skipper);
        if (!row) continue;
        yield [row];
      }
      const end = endOfLines(held);
      const rows = end > 0 ? read(end, false) : [];
      if (rows.length > 0) yield rows;
      if (held.length <= largestRow) continue;
      if (scanner.isBeforeRows) throw tooLong(name, scanner.line);
      skipper = new RecordSkipper(delimiter);
      const row = skip(skipper);
      if (row) yield [row];
    }
    if (skipper) {
      if (skipper.isQuoted) throw new QuoteNotClosed(scanner.line);
      yield [overlong(skipper)];
    }
    const rows = read(held.length, true);
    if (rows.length > 0) yield rows;
  } catch (error) {
    throw error instanceof QuoteNotClosed ? notClosed(name, error) : error;
  }
}

/** In a file of rejects, cells that a spreadsheet would run were defused with an apostrophe. */
function isDefused(header: readonly string[]): boolean {
  return header.includes("_code") && header.includes("_reason");
}

/** Past the last line that has its end. */
function endOfLines(bytes: Buffer): number {
  const lineFeed = bytes.lastIndexOf(0x0a);
  const carriageReturn = bytes.subarray(lineFeed + 1).lastIndexOf(0x0d);
  return lineFeed + 1 + carriageReturn + 1;
}

function notClosed(name: string, { line }: QuoteNotClosed): ToolError {
  return malformedAt(name, line, "a quote is opened and not closed.");
}

function tooLong(name: string, line: number): ToolError {
  return malformedAt(name, line, `the row is longer than ${largestRow >> 20} MiB: is a quote left open?`);
}

function malformedAt(name: string, line: number, what: string): ToolError {
  return new ToolError("input_malformed", `${name}, from line ${line} on: ${what}`, {
    exitCode: exitCodes.usage,
    hint: "Fix the file and import it again.",
  });
}
