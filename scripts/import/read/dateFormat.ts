/** Dates as spreadsheets write them, read by a declared format and never by a guess. */
import { usageError } from "../../../lib/errors.ts";
import { isDay } from "../../../lib/values.ts";

/** Brings a date in the declared format to `2026-03-31`; undefined for anything else. */
export type DateReader = (value: unknown) => string | undefined;

const parts: ReadonlyMap<string, string> = new Map([
  ["YYYY", "(?<year>\\d{4})"],
  ["YY", "(?<year>\\d{2})"],
  ["MM", "(?<month>\\d{2})"],
  ["M", "(?<month>\\d{1,2})"],
  ["DD", "(?<day>\\d{2})"],
  ["D", "(?<day>\\d{1,2})"],
]);

/** Days from the day before 1900-01-01, and from 1904-01-01, to 1970-01-01. */
const excelEpochs: ReadonlyMap<string, number> = new Map([
  ["excel", 25_568],
  ["excel-1904", 24_107],
]);

/** Excel counts 29 February 1900, a day that there was not. */
const falseLeapDay = 60;

/**
 * @param format `YYYY`, `YY`, `MM`, `M`, `DD` and `D` with whatever stands between them; `excel` or `excel-1904` for
 * the serial numbers of a spreadsheet. Of two digits, 69 to 99 are 1969 to 1999.
 * @throws {ToolError} exit 2 where a day, a month or a year is missing
 */
export function dateReader(format: string, setting: string): DateReader {
  const epoch = excelEpochs.get(format.toLowerCase());
  if (epoch !== undefined) return (value) => fromSerial(value, epoch, format.toLowerCase() === "excel");
  const pattern = format.replace(
    /YYYY|YY|MM|M|DD|D|[^YMD]+|./g,
    (piece) => parts.get(piece) ?? literal(piece),
  );
  const expression = /^(?:(?!\(\?<(?:year|month|day)>).)*$/.test(pattern) ? undefined : compile(pattern);
  const named = (name: string) => pattern.includes(`(?<${name}>`);
  if (!expression || !named("year") || !named("month") || !named("day")) {
    throw usageError(
      `${setting} ${JSON.stringify(format)} is no date format.`,
      "Examples: DD/MM/YYYY, M/D/YY, YYYYMMDD, and excel for the serial numbers of a spreadsheet.",
    );
  }
  return (value) => {
    if (typeof value !== "string" || value.length > 64) return undefined;
    const { year = "", month = "", day = "" } = expression.exec(value.trim())?.groups ?? {};
    if (year === "") return undefined;
    const text = `${fullYear(year)}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
    return isDay(text) ? text : undefined;
  };
}

function literal(piece: string): string {
  return piece.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

/** Undefined where a part is given twice. */
function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^${pattern}$`, "u");
  } catch {
    return undefined;
  }
}

function fullYear(year: string): string {
  if (year.length === 4) return year;
  return `${Number(year) < 69 ? "20" : "19"}${year}`;
}

function fromSerial(value: unknown, epoch: number, hasFalseLeapDay: boolean): string | undefined {
  const text = typeof value === "number" ? String(value) : typeof value === "string" ? value.trim() : "";
  if (!/^\d{1,7}(?:\.0{1,20})?$/.test(text)) return undefined;
  const serial = Number(text);
  if (hasFalseLeapDay && (serial === falseLeapDay || serial === 0)) return undefined;
  const days = serial - epoch - (hasFalseLeapDay && serial > falseLeapDay ? 1 : 0);
  const day = new Date(days * 86_400_000).toISOString().slice(0, 10);
  return isDay(day) ? day : undefined;
}
