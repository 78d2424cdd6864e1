/** What the readers make of the input: rows with their place, their values, and what they looked like. */
import type { ValidRow } from "./fields.ts";

/** One row, not yet validated. */
export interface Row {
  /** Line on which the row ends (CSV), begins (JSON), from 1. */
  readonly line: number;
  /** Line on which it begins, from 1. */
  readonly firstLine: number;
  /** The values of the fields' sources, in their order; undefined where the row has none. */
  readonly values: readonly unknown[];
  /** The row as it came: cells of CSV in the order of the header, or the text of a JSON value. */
  readonly original: readonly string[] | string;
  /** True where the row is not UTF-8: `original` then holds a character for each byte. */
  readonly isBinary: boolean;
  /** Set where the row could not even be taken apart, or looks like several. */
  readonly fault: RowFault | undefined;
  /** Where the reader has made the entry already. */
  readonly parsed?: ValidRow | undefined;
}

export interface RowFault {
  /** Stable, snake_case. */
  readonly code: string;
  readonly detail: string;
}

export const tooManyColumns: RowFault = {
  code: "too_many_columns",
  detail: "The row has more columns than the header: is a delimiter inside a value not quoted?",
};

/** Largest row, bytes; a longer one is refused, so that a line without an end takes no memory. */
export const largestRow = 1024 * 1024;

/** Columns that a rejects file adds, ignored when it is imported again. */
export const rejectColumns = ["_file", "_line", "_code", "_reason"] as const;

/** Columns of a header that are the input's own. */
export function isOwnColumn(column: string | undefined): boolean {
  return !(rejectColumns as readonly (string | undefined)[]).includes(column);
}

/** Text of bytes that may not be UTF-8. */
export function textOfBinary(binary: string): string {
  return Buffer.from(binary, "latin1").toString("utf8");
}
