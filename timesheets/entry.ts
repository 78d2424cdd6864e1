/** A timesheet entry and the rules it must meet, the same for the import job and for the Timesheets API. */

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
  const userText = parseText(user);
  const dateText = parseDate(date);
  const projectText = parseText(project);
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

const textRule = `must be text of 1 to ${longestText} characters, valid UTF-8, without control characters`;
const dateRule =
  "must be a day such as 2026-03-31, or an instant with its offset such as 2026-03-31T08:00:00Z";
const hoursRule = "must be a number over 0 and at most 24, with at most two decimals and a decimal point";

function problem(field: EntryField, value: unknown, rule: string): FieldProblem {
  const missing = value === undefined || value === null || (typeof value === "string" && value.trim() === "");
  return missing
    ? { field, code: "missing", detail: `${field} is missing.` }
    : { field, code: `invalid_${field}`, detail: `${field} ${rule}.` };
}

/** True for printable ASCII without a space at either end: most text, told at a glance. */
function isPlain(text: string): boolean {
  const last = text.length - 1;
  if (last < 0 || text.charCodeAt(0) === 0x20 || text.charCodeAt(last) === 0x20) return false;
  for (let index = 0; index <= last; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

// U+FFFD is what decoding leaves of bytes that are not UTF-8; \p{Cc} are the control characters, NUL among them.
const unwelcome = /[\p{Cc}\uFFFD\u2028\u2029]/u;

function parseText(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 2 * longestText) return undefined;
  if (value.length <= longestText && isPlain(value)) return value;
  const text = value.trim();
  if (text.length === 0 || text.length > longestText) return undefined;
  return unwelcome.test(text) || !text.isWellFormed() ? undefined : text;
}

const instant =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

/** Calendar day or instant of ISO 8601; a local time is refused, since its day depends on who reads it. */
function parseDate(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 64) return undefined;
  const text = value.trim();
  if (text.length === 10) return isDay(text) ? text : undefined;
  const day = instant.exec(text)?.[1];
  if (day === undefined || !isDay(day)) return undefined;
  const time = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDay(text: string): boolean {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return false;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  if (!(year >= 1) || !(month >= 1 && month <= 12) || !(day >= 1)) return false;
  const leap = month === 2 && (year % 4 === 0 ? year % 100 !== 0 || year % 400 === 0 : false);
  return day <= (daysInMonth[month - 1] ?? 0) + (leap ? 1 : 0);
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

const decimal = /^\d{1,2}(?:\.\d{1,2})?$/;

function parseHours(value: unknown): number | undefined {
  const hours = typeof value === "string" ? parseDecimal(value) : value;
  if (typeof hours !== "number" || !(hours > 0 && hours <= 24)) return undefined;
  const hundredths = Math.round(hours * 100);
  return Math.abs(hours * 100 - hundredths) < 1e-6 ? hundredths / 100 : undefined;
}

function parseDecimal(value: string): number | undefined {
  if (value.length > 32) return undefined;
  if (decimal.test(value)) return Number(value);
  const text = value.trim();
  return decimal.test(text) ? Number(text) : undefined;
}
