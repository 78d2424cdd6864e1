/** Takes CSV text apart: lines without quotes at a fraction of what a record with quotes costs. */
import { rearm } from "./formulaCells.ts";
import { type Row, type RowFault, textOfBinary, tooManyColumns } from "./row.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;

const anyLineEnd = /\r\n|\n|\r/;

export interface ScannerOptions {
  readonly delimiter: string;
  readonly header: readonly string[];
  /** Column of each source, from 0; -1 where the input has none. */
  readonly columns: readonly number[];
  /** Lines before the first row, the header among them. */
  readonly skip: number;
  /** Cells that a spreadsheet would run were defused with an apostrophe: this is a file of rejects. */
  readonly isDefused: boolean;
  /** Most lines in one cell; undefined judges a cell by whether it holds what looks like rows. */
  readonly maxCellLines: number | undefined;
  /** True where the values of the sources make a valid row. */
  readonly isValid: (values: readonly unknown[]) => boolean;
  /** Called for a row with a cell that holds what looks like rows, and is taken all the same. */
  readonly onSuspicion: (row: Row, detail: string) => void;
}

/** What `scan` found, and where the first record begins that is not whole. */
export interface Scanned {
  readonly rows: Row[];
  readonly consumed: number;
}

/** A record is a line, unless a quoted cell continues in the next. */
export class CsvScanner {
  readonly #options: ScannerOptions;
  /** Where each field of a line ends. */
  readonly #ends: Int32Array;
  #toSkip: number;
  /** True where a line feed that comes next belongs to the last line's end. */
  lastWasReturn = false;
  #line = 1;

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#ends = new Int32Array(options.header.length);
    this.#toSkip = options.skip;
  }

  /** Number of the line that comes next, from 1. */
  get line(): number {
    return this.#line;
  }

  /** True until the header is read. */
  get isBeforeRows(): boolean {
    return this.#toSkip > 0;
  }

  /** Counts a line that another reads. */
  pass(): void {
    this.#line++;
  }

  /**
   * The rows of some lines, the last one with its end or, where `isLast`, the last of the input. Lines end in CR LF, LF or
   * CR. A cell is quoted where its first character is a quote; any other quote is an ordinary character: inches and
   * nicknames are no reason to stop.
   * @param isBinary True where the text has one character for each byte.
   */
  scan(text: string, isLast: boolean, isBinary: boolean): Scanned {
    const rows: Row[] = [];
    const ends = this.#ends;
    const delimiter = isBinary ? binary(this.#options.delimiter) : this.#options.delimiter;
    const width = delimiter.length;
    const first = delimiter.charCodeAt(0);
    let start = this.lastWasReturn && text.charCodeAt(0) === lineFeed ? 1 : 0;
    let fieldStart = start;
    let fields = 0;
    let at = start;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === first && (width === 1 || text.startsWith(delimiter, at))) {
        if (fields < ends.length) ends[fields] = at;
        fields++;
        at += width;
        fieldStart = at;
      } else if (code === lineFeed || code === carriageReturn) {
        if (at > start) this.#takeLine(text, start, at, fields, delimiter, isBinary, rows);
        this.#line++;
        at += code === carriageReturn && text.charCodeAt(at + 1) === lineFeed ? 2 : 1;
        start = at;
        fieldStart = at;
        fields = 0;
      } else if (code === quote && at === fieldStart) {
        const end = this.#takeQuoted(text, start, delimiter, isLast, isBinary, rows);
        if (end === undefined) {
          this.lastWasReturn = false;
          return { rows, consumed: start };
        }
        at = end;
        start = at;
        fieldStart = at;
        fields = 0;
      } else at++;
    }
    if (start < text.length) this.#takeLine(text, start, text.length, fields, delimiter, isBinary, rows);
    if (text !== "") this.lastWasReturn = text.charCodeAt(text.length - 1) === carriageReturn;
    return { rows, consumed: text.length };
  }

  #takeLine(
    text: string,
    start: number,
    end: number,
    delimiters: number,
    delimiter: string,
    isBinary: boolean,
    rows: Row[],
  ): void {
    // What spreadsheets leave of rows that were cleared, above the header too.
    if (delimiters > 0 && end - start === delimiters * delimiter.length) return;
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return;
    }
    const { isDefused, columns } = this.#options;
    if (isBinary || isDefused) {
      this.#take(text.slice(start, end).split(delimiter), this.#line, isBinary, rows, undefined);
      return;
    }
    const ends = this.#ends;
    if (delimiters < ends.length) ends[delimiters] = end;
    const values = new Array<unknown>(columns.length);
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index] ?? -1;
      values[index] =
        column < 0 || column > delimiters
          ? undefined
          : text.slice(column === 0 ? start : (ends[column - 1] ?? 0) + delimiter.length, ends[column]);
    }
    const isBroad = delimiters >= ends.length;
    const fault = isBroad && !isAllEmpty(text.slice(start, end).split(delimiter), ends.length);
    rows.push(
      new LineRow(this.#line, values, text.slice(start, end), delimiter, fault ? tooManyColumns : undefined),
    );
  }

  /** Reads the record that begins at `start`; where it ends, or undefined where it is not whole. */
  #takeQuoted(
    text: string,
    start: number,
    delimiter: string,
    isLast: boolean,
    isBinary: boolean,
    rows: Row[],
  ): number | undefined {
    const cells: string[] = [];
    let suspicion: string | undefined;
    let lines = 0;
    let longest = 1;
    let at = start;
    for (;;) {
      let cell = "";
      if (text.charCodeAt(at) === quote) {
        const cellStart = at + 1;
        at = cellStart;
        for (;;) {
          const close = text.indexOf('"', at);
          if (close < 0) {
            if (isLast) throw new QuoteNotClosed(this.#line);
            return undefined;
          }
          if (text.charCodeAt(close + 1) === quote) {
            cell += `${text.slice(at, close)}"`;
            at = close + 2;
            continue;
          }
          cell += text.slice(at, close);
          at = close + 1;
          const next = text.charCodeAt(at);
          const closes =
            at >= text.length ||
            next === lineFeed ||
            next === carriageReturn ||
            next === 0 ||
            text.startsWith(delimiter, at);
          if (!closes) cell = `"${cell}"`;
          break;
        }
        if (anyLineEnd.test(cell)) {
          const inner = cell.split(anyLineEnd);
          lines += inner.length - 1;
          longest = Math.max(longest, inner.length);
          const like = inner.slice(1).filter((line) => this.#looksLikeRow(line, delimiter)).length;
          if (like > 0) {
            suspicion ??= `A quoted cell spans ${inner.length} lines and holds what looks like ${like} ${like === 1 ? "row" : "rows"}: is a quote missing or too many?`;
          }
        }
      }
      const from = at;
      let ended = false;
      for (; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code === lineFeed || code === carriageReturn) {
          ended = true;
          break;
        }
        if (code === delimiter.charCodeAt(0) && text.startsWith(delimiter, at)) break;
      }
      cells.push(cell + text.slice(from, at));
      if (ended || at >= text.length) break;
      at += delimiter.length;
      if (at >= text.length) {
        cells.push("");
        break;
      }
    }
    this.#line += lines;
    const isCleared = cells.length > 1 && cells.every((cell) => cell === "");
    if (this.#toSkip > 0 && !isCleared) this.#toSkip--;
    else if (!isCleared) {
      this.#take(cells, this.#line - lines, isBinary, rows, { longest, detail: suspicion });
    }
    if (at >= text.length) return at;
    this.#line++;
    return at + (text.charCodeAt(at) === carriageReturn && text.charCodeAt(at + 1) === lineFeed ? 2 : 1);
  }

  /** True for a line of as many cells as the header has, or one that would be a row without its last cells. */
  #looksLikeRow(line: string, delimiter: string): boolean {
    const { header, columns, isValid } = this.#options;
    if (header.length < 2) return false;
    const cells = line.split(delimiter, header.length);
    return (
      cells.length === header.length || (cells.length > 1 && isValid(columns.map((column) => cells[column])))
    );
  }

  #take(
    cells: string[],
    firstLine: number,
    isBinary: boolean,
    rows: Row[],
    quoted: { readonly longest: number; readonly detail: string | undefined } | undefined,
  ): void {
    const { columns, header, isDefused, maxCellLines, onSuspicion } = this.#options;
    const original = isDefused ? cells.map(rearm) : cells;
    const isBroad = cells.length > header.length && !isAllEmpty(cells, header.length);
    const row: Row = {
      line: this.#line,
      firstLine,
      values: columns.map((column) => {
        const cell = column < 0 ? undefined : original[column];
        return isBinary && cell !== undefined ? textOfBinary(cell) : cell;
      }),
      original,
      isBinary,
      fault: isBroad ? tooManyColumns : cellFault(quoted, maxCellLines),
    };
    if (quoted?.detail !== undefined) onSuspicion(row, quoted.detail);
    rows.push(row);
  }
}

/** Raised where the input ends within a quoted cell. */
export class QuoteNotClosed extends Error {
  /** On which the record begins. */
  readonly line: number;

  constructor(line: number) {
    super("a quote is opened and not closed");
    this.line = line;
  }
}

function cellFault(
  quoted: { readonly longest: number; readonly detail: string | undefined } | undefined,
  maxCellLines: number | undefined,
): RowFault | undefined {
  if (quoted === undefined) return undefined;
  if (maxCellLines !== undefined) {
    return quoted.longest > maxCellLines
      ? {
          code: "cell_too_many_lines",
          detail: `A quoted cell spans ${quoted.longest} lines, and ${maxCellLines} are allowed.`,
        }
      : undefined;
  }
  return quoted.detail === undefined ? undefined : { code: "rows_in_quotes", detail: quoted.detail };
}

/** True where all cells from `first` on are empty, as a delimiter at the end of a line leaves one. */
function isAllEmpty(cells: readonly string[], first: number): boolean {
  return cells.slice(first).every((cell) => cell === "");
}

function binary(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** A row whose cells are split where somebody asks for them: only rejects do. */
class LineRow implements Row {
  readonly line: number;
  readonly values: readonly unknown[];
  readonly isBinary = false;
  readonly fault: RowFault | undefined;
  readonly #text: string;
  readonly #delimiter: string;

  constructor(
    line: number,
    values: readonly unknown[],
    text: string,
    delimiter: string,
    fault: RowFault | undefined,
  ) {
    this.line = line;
    this.values = values;
    this.fault = fault;
    this.#text = text;
    this.#delimiter = delimiter;
  }

  get firstLine(): number {
    return this.line;
  }

  get original(): readonly string[] {
    return this.#text.split(this.#delimiter);
  }
}
