/** What the readers make of the input: rows with their place, their values, and what they looked like. */
import type { EntryField } from "../../../timesheets/entry.ts";

/** One row, not yet validated. */
export interface Row {
  /** Line on which the row ends (CSV), begins (JSON), from 1. */
  readonly line: number;
  readonly user_id: unknown;
  readonly date: unknown;
  readonly project: unknown;
  readonly hours: unknown;
  /** The row as it came: fields of CSV in the order of the header, or the text of a JSON value. */
  readonly original: readonly string[] | string;
  /** Set where the row could not even be taken apart. */
  readonly fault: RowFault | undefined;
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

/** Which column or key holds each field. */
export type FieldMap = Readonly<Record<EntryField, string>>;

/** In which column each field lies, from 0. */
export function columnsOf(header: readonly string[], map: FieldMap): Readonly<Record<EntryField, number>> {
  return {
    user_id: header.indexOf(map.user_id),
    date: header.indexOf(map.date),
    project: header.indexOf(map.project),
    hours: header.indexOf(map.hours),
  };
}

/** Largest row, bytes; a longer one is refused, so that a line without an end takes no memory. */
export const largestRow = 1024 * 1024;

/** Columns that a rejects file adds, ignored when it is imported again. */
export const rejectColumns = ["_file", "_line", "_code", "_reason"] as const;
