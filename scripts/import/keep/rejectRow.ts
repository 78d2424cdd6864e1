/** One line of a rejects file: the refused row as it came, with its place and the reason. */
import type { CsvLayout } from "../read/csvReader.ts";
import type { Source } from "../read/fields.ts";
import { defuse } from "../read/formulaCells.ts";
import { isOwnColumn, type Row, rejectColumns } from "../read/row.ts";

/** A refused row. */
export interface Reject {
  readonly file: string;
  readonly row: Row;
  readonly code: string;
  readonly reason: string;
}

export type RejectsFormat = "csv" | "jsonl";

export interface RejectsLayout {
  readonly format: RejectsFormat;
  /** Of CSV: the first input's. */
  readonly delimiter: string;
  /** Of CSV: the first input's. */
  readonly lineEnd: CsvLayout["lineEnd"];
  /** True begins CSV with a byte order mark, as the first input does. */
  readonly hasMark: boolean;
  /** Layout of each CSV input by its name. */
  readonly layouts: ReadonlyMap<string, CsvLayout>;
  /** The columns of a file whose inputs are all JSON. */
  readonly sources: readonly Source[];
}

/** A column of the inputs' own; a header may have several of one name, counted by `nth` from 0. */
interface Column {
  readonly name: string;
  readonly nth: number;
}

export interface RejectRenderer {
  /** What comes before the first row; empty for JSON Lines. */
  readonly begin: string;
  render(reject: Reject): Buffer;
}

export function rejectRenderer(layout: RejectsLayout): RejectRenderer {
  const headers = new Map([...layout.layouts].map(([name, { header }]) => [name, columnsOf(header)]));
  const known = new Map<string, Column>();
  const own = [...headers.values()].flat().filter(({ name }) => isOwnColumn(name));
  for (const column of own.length > 0 ? own : layout.sources.map(({ column: name }) => ({ name, nth: 0 }))) {
    known.set(label(column), column);
  }
  const columns = [...known.values()];
  const join = (cells: readonly string[]) =>
    cells.map((cell) => csvCell(cell, layout.delimiter)).join(layout.delimiter);
  const places = new Map<string, readonly number[]>();
  const placesIn = (file: string): readonly number[] => {
    const found = places.get(file);
    if (found) return found;
    const header = (headers.get(file) ?? []).map(label);
    const positions = columns.map((column) => header.indexOf(label(column)));
    places.set(file, positions);
    return positions;
  };

  const csvCells = ({ file, row }: Reject): string[] => {
    const { original } = row;
    if (typeof original === "string") {
      const values = jsonObject(original);
      return columns.map(({ name }, index) =>
        values ? textOf(values[name], original) : index === 0 ? original : "",
      );
    }
    const cells = fitted(original, layout.layouts.get(file));
    return placesIn(file).map((index) => cells[index] ?? "");
  };

  const renderCsv = (reject: Reject): Buffer => {
    const { file, row, code, reason } = reject;
    const cells = bytes(join(csvCells(reject)), row.isBinary);
    const added = `${layout.delimiter}${join([file, String(row.firstLine), code, reason])}${layout.lineEnd}`;
    return Buffer.concat([cells, Buffer.from(added)]);
  };

  const renderJson = ({ file, row, code, reason }: Reject): Buffer => {
    const added = JSON.stringify({ _file: file, _line: row.firstLine, _code: code, _reason: reason });
    return Buffer.concat([bytes(ownJson(file, row), row.isBinary), Buffer.from(`${added.slice(1)}\n`)]);
  };

  /** The row as a JSON object that is still open, with a comma after its last member. */
  const ownJson = (file: string, { original }: Row): string => {
    if (typeof original !== "string") {
      const cells = fitted(original, layout.layouts.get(file));
      const members = (headers.get(file) ?? []).map((column, index) => [label(column), cells[index] ?? ""]);
      return opened(JSON.stringify(Object.fromEntries(members.filter(([name]) => isOwnColumn(name)))));
    }
    // As text, so that it keeps its numbers' digits and nesting of any depth; line ends are never within a string.
    if (jsonObject(original))
      return opened(original.replace(/\s*[\r\n]+\s*/g, " ").replace(earlierReject, "}"));
    return opened(JSON.stringify({ _row: original }));
  };

  const render = layout.format === "csv" ? renderCsv : renderJson;
  const header = `${join([...columns.map(({ name }) => name), ...rejectColumns])}${layout.lineEnd}`;
  return { begin: layout.format === "csv" ? `${layout.hasMark ? "\u{feff}" : ""}${header}` : "", render };
}

/** What this program added to a row that was rejected before. */
const earlierReject =
  /,?"_file":"(?:[^"\\]|\\.)*","_line":\d+,"_code":"(?:[^"\\]|\\.)*","_reason":"(?:[^"\\]|\\.)*"\}$/;

function opened(object: string): string {
  const members = object.trimEnd().slice(0, -1).trimEnd();
  return members === "{" ? members : `${members},`;
}

function bytes(text: string, isBinary: boolean): Buffer {
  return Buffer.from(text, isBinary ? "latin1" : "utf8");
}

function columnsOf(header: readonly string[]): Column[] {
  const seen = new Map<string, number>();
  return header.map((name) => {
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    return { name, nth };
  });
}

/** One key for each column, though their names be equal. */
function label({ name, nth }: Column): string {
  return nth === 0 ? name : `${name} (${nth + 1})`;
}

/** As many cells as the header has: what is beyond stays in the input's last own column, so that nothing is lost. */
function fitted(original: readonly string[], layout: CsvLayout | undefined): readonly string[] {
  const { header = [], delimiter = "," } = layout ?? {};
  const beyond = original.length - header.length;
  if (beyond <= 0 || original.slice(header.length).every((cell) => cell === "")) return original;
  const last = header.findLastIndex(isOwnColumn);
  const end = last + 1 + beyond;
  return [...original.slice(0, last), original.slice(last, end).join(delimiter), ...original.slice(end)];
}

function textOf(value: unknown, row: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value);
  } catch {
    // Nested too deeply to be written again.
    return row;
  }
}

function csvCell(value: string, delimiter: string): string {
  const cell = defuse(value);
  const isPlain = !/["\r\n]|^\s|\s$/.test(cell) && !cell.includes(delimiter);
  return isPlain ? cell : `"${cell.replaceAll('"', '""')}"`;
}

/** The object that the text is; undefined where it is none. */
function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
