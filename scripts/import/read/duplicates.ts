/** What becomes of rows that have the natural key of an earlier row of the same input. */
import { usageError } from "../../../lib/errors.ts";
import type { Reader } from "../plan.ts";
import type { Fields, ParsedRow, ValidRow } from "./fields.ts";
import type { EntryJson } from "./plainLines.ts";
import type { Row } from "./row.ts";
import { SeenKeys } from "./seenKeys.ts";

/** `reject` refuses all but the first, `sum` adds their numbers up into the first, `keep` sends them all. */
export type DuplicatesMode = "reject" | "sum" | "keep";

/** Undefined for the usual row: to be sent as it is. */
export type Judgement =
  | undefined
  /** To be sent with the sum of several rows. */
  | { readonly kind: "sum"; readonly entry: EntryJson }
  /** To be sent all the same. */
  | { readonly kind: "keep"; readonly like: string }
  | { readonly kind: "reject"; readonly code: string; readonly reason: string; readonly isDuplicate: boolean }
  /** Part of the sum of an earlier row. */
  | { readonly kind: "merged" };

export interface Duplicates {
  /** False where nothing is looked for, so that rows need no digest of their key. */
  readonly needsKeys: boolean;
  /** To be called with rows that are judged next. */
  prepare(rows: readonly (ParsedRow | undefined)[]): void;
  /** Called for every valid row, in the order of the inputs; @param file Name of its input. */
  judge(row: Row, parsed: ValidRow, file: string): Judgement;
}

interface Options {
  readonly mode: DuplicatesMode;
  readonly readers: readonly Reader[];
  readonly fields: Fields;
  readonly signal: AbortSignal;
}

/** Takes every row as it is. */
export const noDuplicates: Duplicates = { needsKeys: false, prepare: () => {}, judge: () => undefined };

/** Expects rows where nothing says how many there are. */
const unknownSize = 64 * 1024;

/** @throws {ToolError} exit 2 where rows cannot be summed */
export async function openDuplicates({ mode, readers, fields, signal }: Options): Promise<Duplicates> {
  if (fields.key.length === 0) return noDuplicates;
  const expected = readers.reduce((sum, { expectedRows }) => sum + (expectedRows ?? unknownSize), 0);
  if (mode === "sum") return summing(readers, fields, expected, signal);
  const places = new Places();
  const seen = new SeenKeys(expected);
  const names = fields.key.join(", ");
  return {
    needsKeys: true,
    prepare: (rows) => void seen.touch(rows),
    judge: (row, parsed, file) => {
      const first = seen.add(parsed, places.of(row, file));
      if (first === 0) return undefined;
      const like = `${places.describe(first, file)} has the same ${names}`;
      if (mode === "keep") return { kind: "keep", like };
      return {
        kind: "reject",
        code: "duplicate_row",
        reason: `${capital(like)}: one entry cannot hold both.`,
        isDuplicate: true,
      };
    },
  };
}

interface Sum {
  /** Of the rows after the first. */
  readonly numbers: number[];
  readonly places: number[];
  problem: string | undefined;
}

/** Reads the inputs once before they are sent, to know every sum when its first row comes. */
async function summing(
  readers: readonly Reader[],
  fields: Fields,
  expected: number,
  signal: AbortSignal,
): Promise<Duplicates> {
  const { summable } = fields;
  if (!summable) {
    throw usageError("--duplicates sum needs fields that are all numbers, beside the natural key.");
  }
  if (readers.some(({ input }) => input.file === undefined)) {
    throw usageError(
      "--duplicates sum reads the input twice, and standard input can be read once.",
      "Keep it on disk with --spool DIR.",
    );
  }
  const digest = { high: 0, low: 0 };
  const seen = new SeenKeys(expected);
  const sums = new Map<number, Sum>();
  const firstOf = new Map<number, number>();
  const places = new Places();
  for (const { input, rows } of readers) {
    for await (const portion of rows(
      () => {},
      () => {},
    )) {
      signal.throwIfAborted();
      for (const row of portion) {
        const parsed = fields.parseRow(row, digest);
        if (!parsed?.ok) continue;
        const place = places.of(row, input.name);
        const first = seen.add(parsed, place);
        if (first === 0) continue;
        const numbers = fields.numbers(row.values, summable);
        const sum = sums.get(first) ?? { numbers: summable.map(() => 0), places: [], problem: undefined };
        for (const [index, number] of numbers.entries()) {
          sum.numbers[index] = (sum.numbers[index] ?? 0) + number;
        }
        sum.places.push(place);
        sums.set(first, sum);
        firstOf.set(place, first);
      }
    }
  }
  return {
    needsKeys: true,
    prepare: () => {},
    judge: (row, _parsed, file) => {
      const place = places.at(row, file);
      const first = firstOf.get(place);
      const sum = sums.get(first ?? place);
      if (!sum) return undefined;
      if (first !== undefined && sum.problem === undefined) return { kind: "merged" };
      if (first === undefined) {
        const own = fields.numbers(row.values, summable);
        const numbers = own.map((number, index) => number + (sum.numbers[index] ?? 0));
        const whole = fields.parse(fields.withNumbers(row.values, summable, numbers));
        if (whole.ok) return { kind: "sum", entry: whole.entry };
        const rows = [place, ...sum.places].map((each) => places.describe(each, file)).join(", ");
        sum.problem = `The sum of ${rows} cannot be sent: ${whole.problems.map(({ detail }) => detail).join(" ")}`;
      }
      const reason = sum.problem ?? "";
      return { kind: "reject", code: "duplicate_row", reason, isDuplicate: first !== undefined };
    },
  };
}

/** One number for each line of all inputs. */
class Places {
  readonly #files: { readonly name: string; readonly offset: number }[] = [];
  #file: string | undefined;
  #offset = 0;
  #last = 0;

  /** Of a row that comes next. */
  of(row: Row, file: string): number {
    if (this.#file !== file) {
      this.#file = file;
      this.#offset = this.#last;
      this.#files.push({ name: file, offset: this.#offset });
    }
    this.#last = this.#offset + row.line;
    return this.#last;
  }

  /** Of a row that came before. */
  at(row: Row, file: string): number {
    return (this.#files.find(({ name }) => name === file)?.offset ?? 0) + row.line;
  }

  /** E.g. `line 7`, or `line 7 of march.csv` for another file than this. */
  describe(place: number, file: string): string {
    const { name = file, offset = 0 } = this.#files.findLast(({ offset }) => offset < place) ?? {};
    return name === file ? `line ${place - offset}` : `line ${place - offset} of ${name}`;
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
