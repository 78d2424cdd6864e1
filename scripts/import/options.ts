/** The options of `timesheets-import`, as yargs gives them, checked and brought to the types that the run takes. */
import { usageError } from "../../lib/errors.ts";
import type { RejectLimit } from "./keep/rejectLimit.ts";

/** @throws {ToolError} exit 2 */
export function wholeNumber(value: unknown, flag: string, least: number, most: number): number {
  const number = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw usageError(`--${flag} is a whole number from ${least} to ${most}.`);
}

/** `100` rows, or `2%` of them. */
export function rejectLimit(value: string | undefined): RejectLimit | undefined {
  if (value === undefined) return undefined;
  const [, number, percent] = /^(\d{1,9}(?:\.\d{1,4})?)(%?)$/.exec(value) ?? [];
  if (number !== undefined && percent === "%" && Number(number) <= 100) return { percent: Number(number) };
  if (number !== undefined && percent === "" && Number.isInteger(Number(number)))
    return { rows: Number(number) };
  throw usageError("--max-rejects is a number of rows, such as 100, or a share of them, such as 2%.");
}

/** Milliseconds from `90s`, `5m`, `2h`, or seconds without a unit. */
export function duration(value: string, flag: string): number {
  const [, number, unit = "s"] = /^(\d{1,6})(s|m|h)?$/.exec(value) ?? [];
  const milliseconds = Number(number) * ({ s: 1, m: 60, h: 3600 }[unit] ?? 1) * 1000;
  if (milliseconds > 0) return milliseconds;
  throw usageError(`--${flag} is a time such as 90s, 5m or 2h.`);
}

/** A flag that was given more than once arrives as an array, whatever its type. */
export function once(value: unknown, flag: string): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw usageError(Array.isArray(value) ? `--${flag} was given more than once.` : `--${flag} needs a value.`);
}
