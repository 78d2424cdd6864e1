/** How texts of options are read, for the options of several commands. */
import { usageError } from "../../lib/errors.ts";

/** Reads a port; 0 takes a free one. */
export function port(text: string, flag: string): number {
  const number = Number(text);
  if (Number.isNaN(number)) throw usageError(`${flag} takes a number.`);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw usageError(`${flag} is a port, 0 to 65535.`, "0 takes a free one.");
}

/** Reads a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string, flag: string) => number {
  return (text, flag) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw usageError(`${flag} is a whole number from ${least} to ${most}.`);
  };
}

/** Reads `90s`, `5m`, `2h`, or seconds without a unit, as milliseconds. */
export function duration(text: string, flag: string): number {
  const [, number, unit = "s"] = /^(\d{1,6})(s|m|h)?$/.exec(text) ?? [];
  const milliseconds = Number(number) * ({ s: 1, m: 60, h: 3600 }[unit] ?? 1) * 1000;
  if (milliseconds > 0) return milliseconds;
  throw usageError(`${flag} is a time such as 90s, 5m or 2h.`);
}
