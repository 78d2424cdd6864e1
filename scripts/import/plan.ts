/** What an import is to do, settled before anything is sent: inputs, their formats and columns, and every file it writes. */
import path from "node:path";
import { usageError } from "../../lib/errors.ts";
import { entryFields } from "../../timesheets/entry.ts";
import type { RejectsFormat } from "./keep/rejects.ts";
import { type CsvLayout, ownColumns, readCsv, readLayout } from "./read/csvReader.ts";
import { type Input, openInputs } from "./read/input.ts";
import { readJsonArray, readJsonLines } from "./read/jsonReader.ts";
import type { FieldMap, Row } from "./read/row.ts";

export type InputFormat = "csv" | "jsonl" | "json";

/** One input and how to read it. */
export interface Reader {
  readonly input: Input;
  readonly format: InputFormat;
  readonly layout: CsvLayout | undefined;
  rows(onRead: (compressedBytes: number) => void): AsyncGenerator<Row[]>;
}

export interface ImportPlan {
  readonly readers: readonly Reader[];
  readonly map: FieldMap;
  readonly rejects: {
    readonly file: string;
    readonly format: RejectsFormat;
    readonly columns: readonly string[];
    readonly headers: ReadonlyMap<string, readonly string[]>;
    readonly map: FieldMap;
  };
  /** Undefined where the import cannot or shall not be resumed. */
  readonly checkpointFile: string | undefined;
  /** Bytes of all inputs, where known. */
  readonly totalBytes: number | undefined;
}

export interface PlanOptions {
  readonly files: readonly string[];
  readonly format: InputFormat | "auto";
  /** `field=Column`, any number of them. */
  readonly map: readonly string[];
  readonly delimiter: string | undefined;
  readonly rejects: string | undefined;
  readonly rejectsFormat: RejectsFormat | "auto";
  /** `none` goes without. */
  readonly checkpoint: string | undefined;
}

/** @throws {ToolError} exit 2 for what cannot be read or lacks a needed column. */
export async function planImport(
  options: PlanOptions,
  cwd: string,
  stdin: NodeJS.ReadableStream,
): Promise<ImportPlan> {
  const map = parseMap(options.map);
  const delimiter = parseDelimiter(options.delimiter);
  const inputs = await openInputs(options.files, cwd, stdin);
  const readers: Reader[] = [];
  for (const input of inputs) readers.push(await planReader(input, options.format, map, delimiter));
  const headers = new Map(
    readers.flatMap(({ input, layout }) => (layout ? [[input.name, layout.header] as const] : [])),
  );
  const columns = [...new Set([...headers.values()].flatMap(ownColumns))];
  const allCsv = readers.every(({ format }) => format === "csv");
  const format = options.rejectsFormat === "auto" ? (allCsv ? "csv" : "jsonl") : options.rejectsFormat;
  const file = path.resolve(cwd, options.rejects ?? defaultRejects(inputs[0], format));
  assertNoInput(file, inputs, "--rejects");
  const checkpointFile = checkpointPath(options.checkpoint, inputs, cwd);
  if (checkpointFile !== undefined) assertNoInput(checkpointFile, inputs, "--checkpoint");
  return {
    readers,
    map,
    rejects: {
      file,
      format,
      columns: columns.length > 0 ? columns : entryFields.map((field) => map[field]),
      headers,
      map,
    },
    checkpointFile,
    totalBytes: inputs.reduce<number | undefined>(
      (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
      0,
    ),
  };
}

async function planReader(
  input: Input,
  wanted: InputFormat | "auto",
  map: FieldMap,
  delimiter: string | undefined,
): Promise<Reader> {
  const format = wanted === "auto" ? detectFormat(input) : wanted;
  if (format === "csv") {
    const layout = await readLayout(input.head, input.name, map, delimiter);
    return { input, format, layout, rows: (onRead) => readCsv(input.bytes(onRead), input.name, map, layout) };
  }
  return {
    input,
    format,
    layout: undefined,
    rows: (onRead) =>
      format === "jsonl"
        ? readJsonLines(input.bytes(onRead), map)
        : readJsonArray(input.bytes(onRead), input.name, map),
  };
}

/** By the name's ending, else by the first character. */
function detectFormat({ file, head }: Input): InputFormat {
  const name = (file ?? "").toLowerCase().replace(/\.gz$/, "");
  if (name.endsWith(".csv") || name.endsWith(".tsv")) return "csv";
  if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) return "jsonl";
  const first = head.toString("latin1").trimStart()[0];
  if (first === "[") return "json";
  return first === "{" ? "jsonl" : "csv";
}

function parseMap(pairs: readonly string[]): FieldMap {
  const map: Record<string, string> = Object.fromEntries(entryFields.map((field) => [field, field]));
  const problems: string[] = [];
  for (const pair of pairs) {
    const [field = "", ...rest] = pair.split("=");
    const column = rest.join("=");
    if (!(entryFields as readonly string[]).includes(field) || column === "") problems.push(pair);
    else map[field] = column;
  }
  if (problems.length > 0) {
    throw usageError(
      `--map ${problems.join(", --map ")} is not field=Column.`,
      `The fields are ${entryFields.join(", ")}.`,
    );
  }
  return map as FieldMap;
}

function parseDelimiter(delimiter: string | undefined): string | undefined {
  if (delimiter === undefined || delimiter === "auto") return undefined;
  const character = { "\\t": "\t", tab: "\t" }[delimiter] ?? delimiter;
  if (character.length === 1 && !/["\r\n]/.test(character)) return character;
  throw usageError("--delimiter is one character, tab, or auto.");
}

function defaultRejects(first: Input | undefined, format: RejectsFormat): string {
  const file = first?.file ?? "timesheets";
  return `${file.replace(/\.gz$/i, "").replace(/\.(csv|tsv|jsonl|ndjson|json)$/i, "")}.rejects.${format}`;
}

function checkpointPath(
  wanted: string | undefined,
  inputs: readonly Input[],
  cwd: string,
): string | undefined {
  if (wanted === "none" || inputs.some(({ digest }) => digest === undefined)) return undefined;
  return wanted === undefined ? `${inputs[0]?.file}.checkpoint.json` : path.resolve(cwd, wanted);
}

function assertNoInput(file: string, inputs: readonly Input[], flag: string): void {
  if (inputs.some((input) => input.file === file)) {
    throw usageError(`${flag} names one of the inputs, ${file}.`);
  }
}
