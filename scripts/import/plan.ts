/** What an import is to do, settled before anything is sent: inputs, their formats and columns, and every file it writes. */
import { hash } from "node:crypto";
import path from "node:path";
import { usageError } from "../../lib/errors.ts";
import type { Job } from "./job/schema.ts";
import type { RejectsFormat, RejectsLayout } from "./keep/rejectRow.ts";
import { type CsvLayout, readCsv, readLayout } from "./read/csvReader.ts";
import type { DuplicatesMode } from "./read/duplicates.ts";
import { Fields } from "./read/fields.ts";
import { detectFormat, type InputFormat } from "./read/format.ts";
import { type Input, openInputs } from "./read/input.ts";
import { readJsonArray, readJsonLines } from "./read/jsonReader.ts";
import type { Row } from "./read/row.ts";
import { type Shard, shardSuffix } from "./read/shard.ts";
import type { SpoolOptions } from "./read/spool.ts";

export type { InputFormat } from "./read/format.ts";

/** Called for a cell that holds what looks like rows. */
export type Suspicion = (row: Row, detail: string) => void;

/** One input and how to read it. */
export interface Reader {
  readonly input: Input;
  readonly format: InputFormat;
  readonly layout: CsvLayout | undefined;
  /** About how many rows it has; undefined where its size is not known. */
  readonly expectedRows: number | undefined;
  rows(onRead: (compressedBytes: number) => void, onSuspicion: Suspicion): AsyncGenerator<Row[]>;
}

export interface ImportPlan {
  readonly readers: readonly Reader[];
  readonly fields: Fields;
  readonly rejects: RejectsLayout & { readonly file: string };
  /** Digest of the settings that decide what a row becomes. */
  readonly reading: string;
  /** Undefined where the import cannot or shall not be resumed. */
  readonly checkpointFile: string | undefined;
  /** The share of the rows that is this import's; undefined for all. */
  readonly shard: Shard | undefined;
  /** Bytes of all inputs, where known. */
  readonly totalBytes: number | undefined;
}

export interface PlanOptions {
  readonly files: readonly string[];
  readonly format: InputFormat | "auto";
  /** `field=Column`, any number of them. */
  readonly map: readonly string[];
  readonly delimiter: string | undefined;
  /** How the inputs write decimals. */
  readonly decimal: "point" | "comma" | undefined;
  /** How the inputs write dates, e.g. `DD/MM/YYYY`. */
  readonly dateFormat: string | undefined;
  /** Most lines in one quoted cell; undefined refuses a cell that holds what looks like rows. */
  readonly maxCellLines: number | undefined;
  readonly duplicates: DuplicatesMode;
  readonly shard: Shard | undefined;
  readonly rejects: string | undefined;
  readonly rejectsFormat: RejectsFormat | "auto";
  /** `none` goes without. */
  readonly checkpoint: string | undefined;
}

/** @throws {ToolError} exit 2 for what cannot be read or lacks a needed column. */
export async function planImport(
  options: PlanOptions,
  job: Pick<Job, "fields" | "key">,
  cwd: string,
  stdin: NodeJS.ReadableStream,
  spool: SpoolOptions,
): Promise<ImportPlan> {
  const fields = new Fields(job, options);
  const delimiter = parseDelimiter(options.delimiter);
  const inputs = await openInputs(options.files, cwd, stdin, spool);
  const readers: Reader[] = [];
  for (const input of inputs) readers.push(planReader(input, options, fields, delimiter));
  const layouts = new Map(
    readers.flatMap(({ input, layout }) => (layout ? [[input.name, layout] as const] : [])),
  );
  const allCsv = readers.every(({ format }) => format === "csv");
  const format = options.rejectsFormat === "auto" ? (allCsv ? "csv" : "jsonl") : options.rejectsFormat;
  const file = path.resolve(cwd, options.rejects ?? defaultRejects(inputs[0], format, options.shard));
  assertNoInput(file, inputs, "--rejects");
  const checkpointFile = checkpointPath(options.checkpoint, inputs, cwd, options.shard);
  if (checkpointFile !== undefined) assertNoInput(checkpointFile, inputs, "--checkpoint");
  const { map, decimal, dateFormat, maxCellLines, duplicates, shard } = options;
  const settings = [
    job.fields,
    job.key,
    [...map].sort(),
    decimal,
    dateFormat,
    maxCellLines,
    duplicates,
    shard,
  ];
  const first = readers.find(({ layout }) => layout !== undefined);
  return {
    readers,
    fields,
    rejects: {
      file,
      format,
      delimiter: first?.layout?.delimiter ?? ",",
      lineEnd: first?.layout?.lineEnd ?? "\n",
      hasMark: first?.input.hasMark ?? false,
      layouts,
      sources: fields.sources,
    },
    reading: hash("sha256", JSON.stringify(settings), "base64url"),
    checkpointFile,
    shard,
    totalBytes: inputs.reduce<number | undefined>(
      (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
      0,
    ),
  };
}

function planReader(
  input: Input,
  options: PlanOptions,
  fields: Fields,
  delimiter: string | undefined,
): Reader {
  const { sources } = fields;
  const format = options.format === "auto" ? detectFormat(input, sources) : options.format;
  if (format === "csv") {
    const layout = readLayout(input.head, input.name, sources, delimiter);
    const { maxCellLines } = options;
    return {
      input,
      format,
      layout,
      expectedRows: expectedRows(input, "\n"),
      rows: (onRead, onSuspicion) =>
        readCsv(input.bytes(onRead), input.name, { sources, fields, maxCellLines, onSuspicion }, layout),
    };
  }
  return {
    input,
    format,
    layout: undefined,
    expectedRows: expectedRows(input, "{"),
    rows: (onRead) =>
      format === "jsonl"
        ? readJsonLines(input.bytes(onRead), sources)
        : readJsonArray(input.bytes(onRead), input.name, sources),
  };
}

/** As many as the beginning of the input has for its length. @param mark What each row has once, about. */
function expectedRows({ head, size, isPacked }: Input, mark: string): number | undefined {
  if (size === undefined || head.length === 0) return undefined;
  const inHead = head.toString("latin1").split(mark).length;
  const unpacked = isPacked ? size * usualRatio : Math.max(size, head.length);
  return Math.ceil((unpacked / head.length) * inHead * 1.02);
}

/** What text gzip makes of, in sizes of its own. */
const usualRatio = 5;

function parseDelimiter(delimiter: string | undefined): string | undefined {
  if (delimiter === undefined || delimiter === "auto") return undefined;
  const character = delimiter === "\\t" || delimiter === "tab" ? "\t" : delimiter;
  if (character.length === 1 && !/["\r\n]/.test(character)) return character;
  throw usageError("--delimiter is one character, tab, or auto.");
}

function defaultRejects(first: Input | undefined, format: RejectsFormat, shard: Shard | undefined): string {
  const file = (first?.file ?? "timesheets").replace(/\.gz$/i, "");
  return `${file.replace(/\.(csv|tsv|jsonl|ndjson|json)$/i, "")}${shardSuffix(shard)}.rejects.${format}`;
}

function checkpointPath(
  wanted: string | undefined,
  inputs: readonly Input[],
  cwd: string,
  shard: Shard | undefined,
): string | undefined {
  if (wanted === "none" || inputs.some(({ digest }) => digest === undefined)) return undefined;
  return wanted === undefined
    ? `${inputs[0]?.file}${shardSuffix(shard)}.checkpoint.json`
    : path.resolve(cwd, wanted);
}

function assertNoInput(file: string, inputs: readonly Input[], flag: string): void {
  if (inputs.some((input) => input.file === file)) {
    throw usageError(`${flag} names one of the inputs, ${file}.`);
  }
}
