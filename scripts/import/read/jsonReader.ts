/** Reads JSON Lines, and a JSON array element by element, in a stream. */
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import { type FieldMap, largestRow, type Row } from "./row.ts";

const newline = 0x0a;

/** The rows of an input with one JSON object a line; a line that is none becomes a row with a fault. */
export async function* readJsonLines(bytes: AsyncIterable<Buffer>, map: FieldMap): AsyncGenerator<Row[]> {
  let line = 1;
  // The pieces of a line that goes on in the next chunk; past the limit only its length is kept.
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
    if (overlong) return faulty(line, "", "row_too_long", `The line is longer than ${largestRow >> 20} MiB.`);
    return isBlank(text) ? undefined : parseObject(text, line, map);
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
  map: FieldMap,
): AsyncGenerator<Row[]> {
  const scanner = new ArrayScanner(name);
  for await (const chunk of bytes) {
    const rows = scanner.push(chunk).map(({ text, line }) => parseObject(text, line, map));
    if (rows.length > 0) yield rows;
  }
  const rows = scanner.end().map(({ text, line }) => parseObject(text, line, map));
  if (rows.length > 0) yield rows;
}

interface Element {
  readonly text: Buffer;
  readonly line: number;
}

/** Cuts a JSON array into the texts of its elements; judging them is JSON.parse's business. */
class ArrayScanner {
  readonly #name: string;
  #state: "before" | "inside" | "after" = "before";
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  #elementLine = 1;
  #elements = 0;
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
      if (this.#inString) this.#insideString(byte);
      else if (this.#state !== "inside") {
        this.#outside(byte);
        start = index + 1;
      } else if (this.#depth === 0 && (byte === 0x2c || byte === 0x5d)) {
        this.#keep(chunk.subarray(start, index));
        this.#finish(byte, found);
        start = index + 1;
      } else this.#inside(byte);
    }
    if (this.#state === "inside") this.#keep(chunk.subarray(start));
    return found;
  }

  end(): Element[] {
    if (this.#state !== "after") throw this.#malformed("the array is not closed");
    return [];
  }

  #insideString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === 0x5c) this.#escaped = true;
    else if (byte === 0x22) this.#inString = false;
  }

  #inside(byte: number): void {
    if (byte === 0x22) this.#inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (this.#depth === 0) this.#elementLine = this.#line;
      this.#depth++;
    } else if (byte === 0x7d || byte === 0x5d) this.#depth--;
  }

  #outside(byte: number): void {
    if (byte <= 0x20) return;
    if (this.#state === "after" || byte !== 0x5b) {
      throw this.#malformed(this.#state === "after" ? "something follows the array" : "it is not an array");
    }
    this.#state = "inside";
    this.#elementLine = this.#line;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#size += piece.length;
    if (this.#size > largestRow) {
      throw this.#malformed(`an element is longer than ${largestRow >> 20} MiB`);
    }
    this.#pieces.push(piece);
  }

  #finish(byte: number, found: Element[]): void {
    const text = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    const closing = byte === 0x5d;
    if (!(closing && this.#elements === 0 && isBlank(text))) found.push({ text, line: this.#elementLine });
    this.#elements++;
    if (closing) this.#state = "after";
    this.#elementLine = this.#line;
  }

  #malformed(what: string): ToolError {
    return new ToolError("input_malformed", `${this.#name}, line ${this.#line}: ${what}.`, {
      exitCode: exitCodes.usage,
      hint: "Give a JSON array of objects, or one object a line with --format jsonl.",
    });
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function parseObject(bytes: Buffer, line: number, map: FieldMap): Row {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return faulty(line, bytes.toString("utf8"), "invalid_utf8", "The row is not UTF-8.");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return faulty(line, text, "invalid_json", "The row is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return faulty(line, text, "not_an_object", "The row is not a JSON object.");
  }
  const values = value as Readonly<Record<string, unknown>>;
  return {
    line,
    user_id: own(values, map.user_id),
    date: own(values, map.date),
    project: own(values, map.project),
    hours: own(values, map.hours),
    original: text.trim(),
    fault: undefined,
  };
}

function own(values: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

function faulty(line: number, text: string, code: string, detail: string): Row {
  const nothing = { user_id: undefined, date: undefined, project: undefined, hours: undefined };
  return { line, ...nothing, original: text.trim().slice(0, 4096), fault: { code, detail } };
}

function isBlank(text: Buffer): boolean {
  return text.every((byte) => byte <= 0x20);
}
