/** Reads JSON Lines, and a JSON array element by element, in a stream. */
import { isUtf8 } from "node:buffer";
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import type { Source } from "./fields.ts";
import { largestRow, type Row } from "./row.ts";

const newline = 0x0a;

/** The rows of an input with one JSON object a line; a line that is none becomes a row with a fault. */
export async function* readJsonLines(
  bytes: AsyncIterable<Buffer>,
  sources: readonly Source[],
): AsyncGenerator<Row[]> {
  let line = 1;
  // The pieces of a line that continues in the next chunk; past the limit only its length is kept.
  let pieces: Buffer[] = [];
  let size = 0;
  const keep = (piece: Buffer): void => {
    size += piece.length;
    if (size <= largestRow) pieces.push(piece);
    else pieces = [];
  };
  const take = (): Row | undefined => {
    const text = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    const overlong = size > largestRow;
    pieces = [];
    size = 0;
    if (overlong) return tooLong("line", line, sources);
    return isBlank(text) ? undefined : parseRow(text, line, sources);
  };
  for await (const chunk of bytes) {
    const rows: Row[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      keep(chunk.subarray(start, end));
      const row = take();
      if (row) rows.push(row);
      start = end + 1;
      line++;
    }
    keep(chunk.subarray(start));
    if (rows.length > 0) yield rows;
  }
  const last = take();
  if (last) yield [last];
}

/** The rows of an input that is one JSON array of objects. */
export async function* readJsonArray(
  bytes: AsyncIterable<Buffer>,
  name: string,
  sources: readonly Source[],
): AsyncGenerator<Row[]> {
  const scanner = new ArrayScanner(name);
  for await (const chunk of bytes) {
    const rows = scanner.push(chunk).map((element) => rowOf(element, sources));
    if (rows.length > 0) yield rows;
  }
  const rows = scanner.end().map((element) => rowOf(element, sources));
  if (rows.length > 0) yield rows;
}

function rowOf({ text, line }: Element, sources: readonly Source[]): Row {
  return text ? parseRow(text, line, sources) : tooLong("element", line, sources);
}

function tooLong(what: string, line: number, sources: readonly Source[]): Row {
  const detail = `The ${what} is longer than ${largestRow >> 20} MiB.`;
  return faulty(line, "", false, sources, "row_too_long", detail);
}

interface Element {
  /** Undefined for one that is too long. */
  readonly text: Buffer | undefined;
  readonly line: number;
}

const comma = 0x2c;
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Cuts a JSON array, or the first list of objects in a JSON object, into the texts of its elements; judging them is
 * JSON.parse's business. A comma after the last element is passed over.
 */
class ArrayScanner {
  readonly #name: string;
  /** `wrapper` is an object around the list; `list` the beginning of a list in it, of which nobody knows yet what it holds. */
  #state: "before" | "wrapper" | "list" | "inside" | "after" = "before";
  #isWrapped = false;
  /** A list of objects was found, or one without elements. */
  #found: "objects" | "nothing" | undefined;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  #elementLine = 1;
  #pieces: Buffer[] = [];
  #size = 0;

  constructor(name: string) {
    this.#name = name;
  }

  push(chunk: Buffer): Element[] {
    const found: Element[] = [];
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      if (byte === newline) this.#line++;
      if (this.#state === "list" && byte === openObject) {
        this.#enter();
        start = index;
      }
      if (this.#inString) this.#insideString(byte);
      else if (this.#state !== "inside") {
        this.#outside(byte);
        start = index + 1;
      } else if (this.#depth === 0 && (byte === comma || byte === closeList)) {
        this.#keep(chunk.subarray(start, index));
        this.#finish(byte, found);
        start = index + 1;
      } else this.#inside(byte);
    }
    if (this.#state === "inside") this.#keep(chunk.subarray(start));
    return found;
  }

  end(): Element[] {
    if (this.#state !== "after") {
      throw this.#malformed(
        this.#state === "inside" || !this.#isWrapped ? "the array is not closed" : noList,
      );
    }
    if (this.#isWrapped && this.#found === undefined) throw this.#malformed(noList);
    return [];
  }

  #insideString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === 0x5c) this.#escaped = true;
    else if (byte === 0x22) this.#inString = false;
  }

  #inside(byte: number): void {
    if (byte === 0x22) this.#inString = true;
    else if (byte === openObject || byte === openList) {
      if (this.#depth === 0) this.#elementLine = this.#line;
      this.#depth++;
    } else if (byte === closeObject || byte === closeList) this.#depth--;
  }

  #outside(byte: number): void {
    if (byte <= 0x20) return;
    if (this.#state === "list") {
      this.#state = "wrapper";
      if (byte === closeList) this.#found ??= "nothing";
      else {
        this.#depth++;
        this.#inWrapper(byte);
      }
    } else if (this.#state === "wrapper") this.#inWrapper(byte);
    else if (this.#state === "before" && byte === openObject) {
      this.#state = "wrapper";
      this.#isWrapped = true;
      this.#depth = 1;
    } else if (this.#state === "after" || byte !== openList) {
      throw this.#malformed(this.#state === "after" ? "something follows the array" : "it is not an array");
    } else this.#enter();
  }

  /** Beside the list: keys, other values, and lists that come before it or after it. */
  #inWrapper(byte: number): void {
    if (byte === 0x22) this.#inString = true;
    else if (byte === openList && this.#depth === 1) this.#state = "list";
    else if (byte === openObject || byte === openList) this.#depth++;
    else if (byte === closeObject || byte === closeList) {
      this.#depth--;
      if (this.#depth === 0) this.#state = "after";
    }
  }

  #enter(): void {
    if (this.#found === "objects") throw this.#malformed("it has more than one list of rows");
    this.#state = "inside";
    this.#found = "objects";
    this.#depth = 0;
    this.#elementLine = this.#line;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#size += piece.length;
    if (this.#size <= largestRow) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  #finish(byte: number, found: Element[]): void {
    const text = this.#pieces.length === 1 && this.#pieces[0] ? this.#pieces[0] : Buffer.concat(this.#pieces);
    const isOverlong = this.#size > largestRow;
    this.#pieces = [];
    this.#size = 0;
    const isEnd = byte === closeList;
    if (isOverlong || !(isEnd && isBlank(text))) {
      found.push({ text: isOverlong ? undefined : text, line: this.#elementLine });
    }
    if (isEnd) {
      this.#state = this.#isWrapped ? "wrapper" : "after";
      this.#depth = 1;
    }
    this.#elementLine = this.#line;
  }

  #malformed(what: string): ToolError {
    return new ToolError("input_malformed", `${this.#name}, line ${this.#line}: ${what}.`, {
      exitCode: exitCodes.usage,
      hint: "Give a JSON array of objects, or one object a line with --format jsonl.",
    });
  }
}

const noList = "it has no list of rows";

function parseRow(bytes: Buffer, line: number, sources: readonly Source[]): Row {
  const isBinary = !isUtf8(bytes);
  // What is left of a list where each line ends in a comma.
  const text = bytes
    .toString(isBinary ? "latin1" : "utf8")
    .trim()
    .replace(/,$/, "");
  if (isBinary) return faulty(line, text, true, sources, "invalid_utf8", "The row is not UTF-8.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return faulty(line, text, false, sources, "invalid_json", "The row is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return faulty(line, text, false, sources, "not_an_object", "The row is not a JSON object.");
  }
  return {
    line,
    firstLine: line,
    values: sources.map((source) => valueAt(value, source)),
    original: text,
    isBinary: false,
    fault: undefined,
  };
}

function valueAt(row: object, { column, path }: Source): unknown {
  if (path === undefined) return own(row, column);
  return path.reduce<unknown>((value, key) => own(value, key), row);
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

function faulty(
  line: number,
  text: string,
  isBinary: boolean,
  sources: readonly Source[],
  code: string,
  detail: string,
): Row {
  return {
    line,
    firstLine: line,
    values: sources.map(() => undefined),
    original: text,
    isBinary,
    fault: { code, detail },
  };
}

function isBlank(text: Buffer): boolean {
  return text.every((byte) => byte <= 0x20);
}
