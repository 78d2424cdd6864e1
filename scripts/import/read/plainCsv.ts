/** Takes CSV apart that holds no quote: most files, at a fraction of what a parser costs that is ready for one at every byte. */
import { columnsOf, type FieldMap, type Row, type RowFault, tooManyColumns } from "./row.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Without a quote a record is a line, and a field what lies between two delimiters. */
export class PlainCsv {
  readonly #delimiter: string;
  readonly #columns: Readonly<Record<keyof FieldMap, number>>;
  /** Where each field of a line ends. */
  readonly #ends: Int32Array;
  #headerPassed = false;
  /** Then a line feed that comes next belongs to the same end. */
  #lastWasReturn = false;
  #line = 1;

  constructor(delimiter: string, header: readonly string[], map: FieldMap) {
    this.#delimiter = delimiter;
    this.#columns = columnsOf(header, map);
    this.#ends = new Int32Array(header.length);
  }

  /** Number of the line that comes next, from 1. */
  get line(): number {
    return this.#line;
  }

  /** True once the header has been passed over. */
  get headerPassed(): boolean {
    return this.#headerPassed;
  }

  /** The rows of some lines, the last one with its end or the last of the input. Lines end in CR LF, LF or CR. */
  read(text: string): Row[] {
    const rows: Row[] = [];
    const ends = this.#ends;
    const delimiter = this.#delimiter.charCodeAt(0);
    let start = this.#lastWasReturn && text.charCodeAt(0) === lineFeed ? 1 : 0;
    let fields = 0;
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === delimiter) {
        if (fields < ends.length) ends[fields] = at;
        fields++;
      } else if (code === lineFeed || code === carriageReturn) {
        if (at > start) this.#take(text, start, at, fields, rows);
        this.#line++;
        if (code === carriageReturn && text.charCodeAt(at + 1) === lineFeed) at++;
        start = at + 1;
        fields = 0;
      }
    }
    if (start < text.length) this.#take(text, start, text.length, fields, rows);
    if (text !== "") this.#lastWasReturn = text.charCodeAt(text.length - 1) === carriageReturn;
    return rows;
  }

  #take(text: string, start: number, end: number, delimiters: number, rows: Row[]): void {
    if (!this.#headerPassed) {
      this.#headerPassed = true;
      return;
    }
    const ends = this.#ends;
    if (delimiters < ends.length) ends[delimiters] = end;
    const field = (column: number): string | undefined =>
      column > delimiters
        ? undefined
        : text.slice(column === 0 ? start : (ends[column - 1] ?? 0) + 1, ends[column]);
    const { user_id, date, project, hours } = this.#columns;
    rows.push(
      new PlainRow(
        this.#line,
        field(user_id),
        field(date),
        field(project),
        field(hours),
        text.slice(start, end),
        this.#delimiter,
        delimiters >= ends.length ? tooManyColumns : undefined,
      ),
    );
  }
}

/** A row whose fields are told apart where somebody asks for them: only rejects do. */
class PlainRow implements Row {
  readonly line: number;
  readonly user_id: string | undefined;
  readonly date: string | undefined;
  readonly project: string | undefined;
  readonly hours: string | undefined;
  readonly fault: RowFault | undefined;
  readonly #text: string;
  readonly #delimiter: string;

  constructor(
    line: number,
    user: string | undefined,
    date: string | undefined,
    project: string | undefined,
    hours: string | undefined,
    text: string,
    delimiter: string,
    fault: RowFault | undefined,
  ) {
    this.line = line;
    this.user_id = user;
    this.date = date;
    this.project = project;
    this.hours = hours;
    this.fault = fault;
    this.#text = text;
    this.#delimiter = delimiter;
  }

  get original(): readonly string[] {
    return this.#text.split(this.#delimiter);
  }
}
