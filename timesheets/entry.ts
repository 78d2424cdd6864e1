/** A timesheet entry and the rules it must meet, the same for the import job and for the Timesheets API. */
import { parseDate, parseDecimal, parseText, roundTo } from "../lib/values.ts";

/** One contractor's hours on one project; user_id + date + project is its natural key. */
export interface Entry {
  readonly user_id: string;
  /** A day, `2026-03-31`, or an instant in UTC, `2026-03-31T08:00:00.000Z`. */
  readonly date: string;
  readonly project: string;
  /** Over 0, at most 24, in steps of 0.01. */
  readonly hours: number;
}

export const entryFields = ["user_id", "date", "project", "hours"] as const;

export type EntryField = (typeof entryFields)[number];

/** What is wrong with one field. */
export interface FieldProblem {
  readonly field: EntryField;
  /** `missing` or `invalid_` and the field. */
  readonly code: string;
  /** One sentence without the value: rejects carry the row itself. */
  readonly detail: string;
}

export type ParsedEntry =
  | { readonly ok: true; readonly entry: Entry }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** Longest user_id and project, in UTF-16 code units. */
export const longestText = 200;

/** Checks the four values of a row or of a JSON object and brings them to the form that is stored and compared. */
export function parseEntry(user: unknown, date: unknown, project: unknown, hours: unknown): ParsedEntry {
  const userText = parseText(user, longestText);
  const dateText = parseDate(date);
  const projectText = parseText(project, longestText);
  const hoursNumber = parseHours(hours);
  if (userText && dateText && projectText && hoursNumber) {
    return {
      ok: true,
      entry: { user_id: userText, date: dateText, project: projectText, hours: hoursNumber },
    };
  }
  const problems: FieldProblem[] = [];
  if (!userText) problems.push(problem("user_id", user, textRule));
  if (!dateText) problems.push(problem("date", date, dateRule));
  if (!projectText) problems.push(problem("project", project, textRule));
  if (!hoursNumber) problems.push(problem("hours", hours, hoursRule));
  return { ok: false, problems };
}

const textRule = `must be text of 1 to ${longestText} characters, valid UTF-8, without control characters or characters that cannot be seen`;
const dateRule =
  "must be a day such as 2026-03-31, or an instant with its offset such as 2026-03-31T08:00:00Z";
const hoursRule = "must be a number over 0 and at most 24, with at most two decimals and a decimal point";

function problem(field: EntryField, value: unknown, rule: string): FieldProblem {
  const missing = value === undefined || value === null || (typeof value === "string" && value.trim() === "");
  return missing
    ? { field, code: "missing", detail: `${field} is missing.` }
    : { field, code: `invalid_${field}`, detail: `${field} ${rule}.` };
}

function parseHours(value: unknown): number | undefined {
  const hours = parseDecimal(value);
  return hours !== undefined && hours > 0 && hours <= 24 ? roundTo(hours, 2) : undefined;
}
