/** Makes entries of CSV lines of plain ASCII straight from their bytes, with next to nothing for the garbage collector. */
import { isCalendarDay } from "../../../lib/values.ts";
import type { CsvScanner } from "./csvScanner.ts";
import type { Fields, PlainField, ValidRow } from "./fields.ts";
import { addPlainBytes, addText, type OpenDigest, sealDigest, startDigest } from "./keyDigest.ts";
import type { Row } from "./row.ts";

/** The JSON of an entry: text, or a range of bytes that others share. */
export type EntryJson = string | JsonRange;

/** A comma comes after it, so that entries that lie side by side are copied at once. */
export interface JsonRange {
  readonly json: Buffer;
  readonly from: number;
  /** Past its last byte, without the comma. */
  readonly to: number;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const comma = 0x2c;
const doubleQuote = 0x22;
const openObject = 0x7b;
const closeObject = 0x7d;

/** What a byte is within a line. */
const ordinary = 0;
const isDelimiter = 1;
const isEnd = 2;
const isOther = 3;

/** Bytes of JSON that rows share; few rows keep it in memory for long. */
const sharedSize = 64 * 1024;

/** Bytes that a value's JSON may have more than its cell. */
const spare = 60;

/** What the rows of one chunk share. */
interface Chunk {
  readonly lines: Buffer;
  readonly delimiter: string;
  /** Column of each source, from 0; -1 where the input has none. */
  readonly columns: readonly number[];
}

/** A row whose entry is made already. */
export class PlainRow implements Row, ValidRow, JsonRange {
  readonly line: number;
  readonly high: number;
  readonly low: number;
  readonly json: Buffer;
  readonly from: number;
  readonly to: number;
  readonly #chunk: Chunk;
  readonly #start: number;
  readonly #end: number;

  constructor(
    line: number,
    { high, low }: OpenDigest,
    json: Buffer,
    from: number,
    to: number,
    chunk: Chunk,
    start: number,
    end: number,
  ) {
    this.line = line;
    this.high = high;
    this.low = low;
    this.json = json;
    this.from = from;
    this.to = to;
    this.#chunk = chunk;
    this.#start = start;
    this.#end = end;
  }

  get ok(): true {
    return true;
  }

  get parsed(): ValidRow {
    return this;
  }

  get entry(): EntryJson {
    return this;
  }

  get isBinary(): boolean {
    return false;
  }

  get fault(): undefined {
    return undefined;
  }

  get firstLine(): number {
    return this.line;
  }

  get original(): readonly string[] {
    const { lines, delimiter } = this.#chunk;
    return lines.toString("latin1", this.#start, this.#end).split(delimiter);
  }

  get values(): readonly unknown[] {
    const { original } = this;
    return this.#chunk.columns.map((column) => original[column]);
  }
}

/**
 * Reads what holds no quote. Lines that are not plain, or that have a value that is not valid, are left to the scanner:
 * what a row becomes is decided by the same rules on both ways.
 */
export class PlainLines {
  readonly #scanner: CsvScanner;
  readonly #fields: readonly PlainField[];
  readonly #delimiter: string;
  readonly #columns: readonly number[];
  readonly #kinds = new Uint8Array(256).fill(isOther);
  /** Where the cells of a line end. */
  readonly #ends: Int32Array;
  /** Bytes of an entry besides its cells, at most. */
  readonly #overhead: number;
  readonly #digest = { high: 0, low: 0 };
  #json: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(
    scanner: CsvScanner,
    fields: readonly PlainField[],
    delimiter: string,
    columns: readonly number[],
    width: number,
  ) {
    this.#scanner = scanner;
    this.#fields = fields;
    this.#delimiter = delimiter;
    this.#columns = columns;
    this.#ends = new Int32Array(width);
    // A backslash would have to be escaped.
    for (let code = space; code <= 0x7e; code++) if (code !== 0x5c) this.#kinds[code] = ordinary;
    this.#kinds[lineFeed] = isEnd;
    this.#kinds[carriageReturn] = isEnd;
    this.#kinds[delimiter.charCodeAt(0)] = isDelimiter;
    this.#overhead = fields.reduce(
      (sum, { label, constant }) => sum + label.length + constant.length + spare,
      2,
    );
  }

  /** @param lines UTF-8 without a quote; the last line has its end, or is the last of the input. */
  read(lines: Buffer): Row[] {
    const scanner = this.#scanner;
    const kinds = this.#kinds;
    const ends = this.#ends;
    const width = ends.length;
    const { length } = lines;
    const chunk: Chunk = { lines, delimiter: this.#delimiter, columns: this.#columns };
    const rows: Row[] = [];
    let at = scanner.lastWasReturn && lines[0] === lineFeed ? 1 : 0;
    // Lines from here on are left to the scanner, all at once.
    let left = -1;
    while (at < length) {
      const start = at;
      let isPlain = true;
      let cells = 0;
      let end = length;
      for (; at < length; at++) {
        const kind = kinds[lines[at] ?? 0];
        if (kind === ordinary) continue;
        if (kind === isDelimiter) {
          if (cells < width) ends[cells] = at;
          cells++;
        } else if (kind === isEnd) {
          end = at;
          at += lines[at] === carriageReturn && lines[at + 1] === lineFeed ? 2 : 1;
          break;
        } else isPlain = false;
      }
      if (cells < width) ends[cells] = end;
      cells++;
      if (scanner.isBeforeRows) {
        this.#leave(lines, start, at, rows);
        continue;
      }
      // A line of delimiters alone is no row.
      const isRow = isPlain && cells <= width && end - start > cells - 1;
      if (isRow && left >= 0) {
        // The row's line is known only once the lines before it are read.
        this.#leave(lines, left, start, rows);
        left = -1;
      }
      const row = isRow ? this.#take(chunk, start, end, cells) : undefined;
      if (row) {
        rows.push(row);
        scanner.pass();
        continue;
      }
      if (left < 0) left = start;
    }
    if (left >= 0) this.#leave(lines, left, length, rows);
    scanner.lastWasReturn = lines[length - 1] === carriageReturn;
    return rows;
  }

  #leave(lines: Buffer, start: number, end: number, rows: Row[]): void {
    // The end of the line before is passed.
    this.#scanner.lastWasReturn = false;
    for (const row of this.#scanner.scan(lines.toString("utf8", start, end), true, false).rows)
      rows.push(row);
  }

  /** The row of a line, unless it is for the scanner. */
  #take(chunk: Chunk, start: number, end: number, cells: number): PlainRow | undefined {
    const { lines } = chunk;
    const ends = this.#ends;
    const digest = this.#digest;
    const needed = end - start + this.#overhead;
    if (this.#json.length - this.#used < needed) {
      this.#json = Buffer.allocUnsafeSlow(Math.max(sharedSize, needed));
      this.#used = 0;
    }
    const json = this.#json;
    const begun = this.#used;
    let used = begun;
    startDigest(digest);
    for (const field of this.#fields) {
      const { label, kind, isKey, column } = field;
      const isGiven = column >= 0 && column < cells;
      const to = isGiven ? (ends[column] ?? 0) : 0;
      const from = isGiven ? (column === 0 ? start : (ends[column - 1] ?? 0) + 1) : 0;
      if (kind === "constant") {
        used = put(json, used, label);
        used = put(json, used, field.constant);
        if (isKey) addText(digest, field.constantText);
        continue;
      }
      if (from === to) {
        if (field.required) return undefined;
        if (isKey) addText(digest, "undefined");
        continue;
      }
      used = put(json, used, label);
      if (
        kind === "text"
          ? isPlainText(lines, from, to, field.longest)
          : kind === "day" && isPlainDay(lines, from, to)
      ) {
        json[used++] = doubleQuote;
        for (let index = from; index < to; index++) json[used++] = lines[index] ?? 0;
        json[used++] = doubleQuote;
        if (isKey) addPlainBytes(digest, lines, from, to);
      } else if (kind === "number" && isPlainNumber(lines, from, to, field)) {
        for (let index = from; index < to; index++) json[used++] = lines[index] ?? 0;
        if (isKey) addPlainBytes(digest, lines, from, to);
      } else {
        const value = field.read(lines.toString("latin1", from, to));
        if (value === undefined) return undefined;
        const text = JSON.stringify(value);
        if (text.length > to - from + spare) return undefined;
        used += json.write(text, used, "latin1");
        if (isKey) addText(digest, String(value));
      }
    }
    if (used === begun) return undefined;
    // Each label begins with a comma.
    json[begun] = openObject;
    json[used++] = closeObject;
    json[used] = comma;
    this.#used = used + 1;
    sealDigest(digest);
    return new PlainRow(this.#scanner.line, digest, json, begun, used, chunk, start, end);
  }
}

/** Reads the lines of an input in this way; undefined where its fields or its delimiter do not allow it. */
export function plainLines(
  scanner: CsvScanner,
  fields: Fields | undefined,
  delimiter: string,
  columns: readonly number[],
  width: number,
): PlainLines | undefined {
  const plain = fields?.plain(columns);
  const code = delimiter.charCodeAt(0);
  const isUsable = code < 0x80 && code !== 0x5c;
  return plain && isUsable ? new PlainLines(scanner, plain, delimiter, columns, width) : undefined;
}

function put(json: Buffer, at: number, bytes: Uint8Array): number {
  for (let index = 0; index < bytes.length; index++) json[at + index] = bytes[index] ?? 0;
  return at + bytes.length;
}

function isPlainText(lines: Buffer, from: number, to: number, longest: number): boolean {
  return to - from <= longest && lines[from] !== space && lines[to - 1] !== space;
}

/** A day that is sent as it is: 2026-03-31. */
function isPlainDay(lines: Buffer, from: number, to: number): boolean {
  if (to - from !== 10 || lines[from + 4] !== 0x2d || lines[from + 7] !== 0x2d) return false;
  const year = digits(lines, from, from + 4);
  const month = digits(lines, from + 5, from + 7);
  return isCalendarDay(year, month, digits(lines, from + 8, to));
}

function digits(lines: Buffer, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index++) {
    const digit = (lines[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

const powers = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

/** A valid number that is written as JSON writes it: no needless zeros, so few digits that a double has them all. */
function isPlainNumber(lines: Buffer, from: number, to: number, { isValid }: PlainField): boolean {
  if (to - from > 10) return false;
  const point = 0x2e;
  let whole = 0;
  let pointAt = to;
  for (let index = from; index < to; index++) {
    const code = lines[index] ?? 0;
    if (code >= 0x30 && code <= 0x39) whole = whole * 10 + code - 0x30;
    else if (code === point && pointAt === to && index > from) pointAt = index;
    else return false;
  }
  if (lines[from] === 0x30 && pointAt !== from + 1) return false;
  const places = Math.max(0, to - pointAt - 1);
  if (pointAt < to && (places === 0 || lines[to - 1] === 0x30)) return false;
  const power = powers[places];
  return power !== undefined && isValid(whole / power);
}
