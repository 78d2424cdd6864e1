/** The rejects file: each refused row with its original columns, its line, and why, ready to be corrected and imported. */
import { type FileHandle, open } from "node:fs/promises";
import { errorCode, usageError } from "../../../lib/errors.ts";
import { entryFields } from "../../../timesheets/entry.ts";
import { defuse } from "../read/formulaCells.ts";
import { type FieldMap, type Row, rejectColumns } from "../read/row.ts";

/** A refused row. */
export interface Reject {
  readonly file: string;
  readonly row: Row;
  readonly code: string;
  readonly reason: string;
}

export type RejectsFormat = "csv" | "jsonl";

export interface RejectsOptions {
  readonly file: string;
  readonly format: RejectsFormat;
  /** Which column or key holds each field. */
  readonly map: FieldMap;
  /** The inputs' own columns, for CSV. */
  readonly columns: readonly string[];
  /** Header of each input by its name, for rows of CSV. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Bytes that an interrupted run had completed; what follows them is cut off. @default 0 */
  readonly resumeAt?: number;
}

/** Appends rejects; what `flush` has returned for is on disk. */
export class RejectsWriter {
  readonly #options: RejectsOptions;
  #handle: FileHandle | undefined;
  readonly #positionsByFile = new Map<string, readonly number[]>();
  #pending: string[] = [];
  #pendingSize = 0;
  #bytes: number;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: RejectsOptions) {
    this.#options = options;
    this.#bytes = options.resumeAt ?? 0;
  }

  /** Cuts the file back to where the interrupted run was, or removes what an earlier import left. */
  static async open(options: RejectsOptions): Promise<RejectsWriter> {
    const writer = new RejectsWriter(options);
    try {
      const handle = await open(options.file, "r+").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw error;
      });
      const size = handle ? (await handle.stat()).size : 0;
      if (size < writer.#bytes) {
        await handle?.close();
        throw usageError(
          `${options.file} was removed or shortened since the import was interrupted.`,
          "Put it back, or start over with --restart.",
        );
      }
      await handle?.truncate(writer.#bytes);
      writer.#handle = handle;
    } catch (error) {
      throw fileError(error, options.file);
    }
    return writer;
  }

  /** Length of the file once everything that was added is written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Characters that wait to be written. */
  get waiting(): number {
    return this.#pendingSize;
  }

  add(rejects: readonly Reject[]): void {
    if (rejects.length === 0) return;
    let text = this.#bytes === 0 && this.#options.format === "csv" ? this.#header() : "";
    for (const reject of rejects) {
      text += this.#options.format === "csv" ? this.#csvRow(reject) : this.#jsonRow(reject);
    }
    this.#pending.push(text);
    this.#pendingSize += text.length;
    this.#bytes += Buffer.byteLength(text);
  }

  /** Writes what was added before the call and waits until it is on disk. */
  async flush(): Promise<void> {
    await this.write();
    await this.#handle?.datasync();
  }

  /** Writes what was added before the call. */
  write(): Promise<void> {
    const text = this.#pending.join("");
    this.#pending = [];
    this.#pendingSize = 0;
    const position = this.#bytes - Buffer.byteLength(text);
    this.#writing = this.#writing.then(() => this.#write(text, position));
    return this.#writing;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #write(text: string, position: number): Promise<void> {
    if (text === "") return;
    try {
      this.#handle ??= await open(this.#options.file, "w", 0o600);
      const bytes = Buffer.from(text);
      for (let written = 0; written < bytes.length; ) {
        const { bytesWritten } = await this.#handle.write(
          bytes,
          written,
          bytes.length - written,
          position + written,
        );
        written += bytesWritten;
      }
    } catch (error) {
      throw fileError(error, this.#options.file);
    }
  }

  #header(): string {
    return csvLine([...this.#options.columns, ...rejectColumns]);
  }

  #csvRow({ file, row, code, reason }: Reject): string {
    let line = "";
    if (typeof row.original === "string") {
      const cells = this.#cells(file, row);
      for (const column of this.#options.columns) line += `${csvCell(textOf(cells[column]))},`;
    } else {
      const cells = this.#cellsOf(file, row.original);
      for (const index of this.#positions(file)) line += `${csvCell(cells[index] ?? "")},`;
    }
    return `${line}${csvCell(file)},${lineOf(row)},${csvCell(code)},${csvCell(reason)}\n`;
  }

  /** As many cells as the header has: what is beyond stays in the input's last own column, so that nothing is lost. */
  #cellsOf(file: string, original: readonly string[]): readonly string[] {
    const header = this.#options.headers.get(file) ?? [];
    const beyond = original.length - header.length;
    if (beyond <= 0) return original;
    const last = header.findLastIndex(isOwn);
    const end = last + 1 + beyond;
    return [...original.slice(0, last), original.slice(last, end).join(), ...original.slice(end)];
  }

  /** Where an input has each column of the rejects; -1 where it has none. */
  #positions(file: string): readonly number[] {
    let positions = this.#positionsByFile.get(file);
    if (!positions) {
      const header = this.#options.headers.get(file) ?? [];
      positions = this.#options.columns.map((column) => header.indexOf(column));
      this.#positionsByFile.set(file, positions);
    }
    return positions;
  }

  #jsonRow({ file, row, code, reason }: Reject): string {
    const added = { _file: file, _line: lineOf(row), _code: code, _reason: reason };
    return `${JSON.stringify({ ...this.#cells(file, row), ...added })}\n`;
  }

  /** The row by the input's own names. */
  #cells(file: string, { original, ...row }: Row): Record<string, unknown> {
    if (typeof original === "string") {
      const fields = entryFields.map((field) => [this.#options.map[field], row[field]]);
      return { ...Object.fromEntries(fields), ...parseObject(original) };
    }
    const header = this.#options.headers.get(file) ?? [];
    const cells = this.#cellsOf(file, original);
    return Object.fromEntries(
      header.map((column, index) => [column, cells[index] ?? ""]).filter(([column]) => isOwn(column)),
    );
  }
}

function isOwn(column: string | undefined): boolean {
  return !(rejectColumns as readonly (string | undefined)[]).includes(column);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

const lineEnd = /\r\n|\n|\r/;

/** The line on which a row begins: the reader of CSV knows the one on which it ends. */
function lineOf({ line, original }: Row): number {
  if (typeof original === "string") return line;
  let lines = 0;
  for (const cell of original) if (lineEnd.test(cell)) lines += cell.split(lineEnd).length - 1;
  return line - lines;
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\n`;
}

function csvCell(value: string): string {
  const cell = defuse(value);
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The object of a JSON row with all its keys; the bare text where it is none. */
function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Told by the reason; the text itself follows.
  }
  return { _row: text };
}

function fileError(error: unknown, file: string): unknown {
  const code = errorCode(error);
  return code === undefined || !/^E[A-Z]+$/.test(code)
    ? error
    : usageError(`The rejects file ${file} cannot be written (${code}).`, "Choose another with --rejects.");
}
