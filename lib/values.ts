/** Values of rows, each checked and brought to the one form that is stored and compared: text, days, instants, decimals. */

/** True for printable ASCII without a space at either end: most text, recognised at a glance. */
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
const unwelcome = /[\p{Cc}\uFFFD]/u;
// What takes no room or looks like a plain space: zero-width characters, soft hyphens, direction marks, no-break
// spaces, fillers, the Braille blank. Two people would look like one.
const unseen = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}/u;
// Such characters have a meaning within emoji, and show there.
const emoji = /\p{RGI_Emoji}/gv;

/** Text, trimmed and in Unicode's normal form C; undefined where it is empty, too long, or holds what cannot be seen. */
export function parseText(value: unknown, longest: number): string | undefined {
  if (typeof value !== "string" || value.length > 3 * longest) return undefined;
  if (value.length <= longest && isPlain(value)) return value;
  const text = value.trim().normalize("NFC");
  if (text.length === 0 || text.length > longest) return undefined;
  return unwelcome.test(text) || !text.isWellFormed() || findUnseen(text) !== undefined ? undefined : text;
}

/** The first character that cannot be seen within the text, e.g. `U+200B`; undefined without one. */
export function findUnseen(value: string): string | undefined {
  const found = unseen.exec(value.trim().replace(emoji, ""))?.[0].codePointAt(0);
  return found === undefined ? undefined : `U+${found.toString(16).toUpperCase().padStart(4, "0")}`;
}

const instant =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

/** Calendar day or instant of ISO 8601; a local time is refused, since its day depends on who reads it. */
export function parseDate(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 64) return undefined;
  if (value.length === 10 && isDay(value)) return value;
  const text = value.trim();
  if (text.length === 10) return isDay(text) ? text : undefined;
  const day = instant.exec(text)?.[1];
  if (day === undefined || !isDay(day)) return undefined;
  const time = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** A calendar day of ISO 8601. */
export function parseDay(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 64) return undefined;
  const text = value.trim();
  return text.length === 10 && isDay(text) ? text : undefined;
}

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True for a day that the calendar has, as `2026-03-31`. */
export function isDay(text: string): boolean {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return false;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  return isCalendarDay(year, month, digits(text, 8, 10));
}

/** True for a day that the calendar has; NaN is in none. @param month From 1. @param day From 1. */
export function isCalendarDay(year: number, month: number, day: number): boolean {
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

// Databases write 8.0000, spreadsheets .5 and 8.
const decimals = {
  point: /^(-?)(\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})$/,
  comma: /^(-?)(\d{1,20}(?:,\d{0,20})?|,\d{1,20})$/,
};

/** Digits that a double holds exactly, whatever they are. */
const exactDigits = 15;

/** A decimal number written with the given sign before its decimals, or a number as it is; no exponent, no separators. */
export function parseDecimal(value: unknown, sign: "point" | "comma" = "point"): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || value.length > 64) return undefined;
  const plain = plainDecimal(value, sign);
  if (plain !== undefined) return plain;
  const [, minus, written] = decimals[sign].exec(value.trim()) ?? [];
  if (written === undefined) return undefined;
  const text = sign === "comma" ? written.replace(",", ".") : written;
  const significant = text.replace(".", "").replace(/^0+/, "");
  if (significant.replace(text.includes(".") ? /0+$/ : /$^/, "").length > exactDigits) return undefined;
  const number = Number(text);
  return minus === "-" && number !== 0 ? -number : number;
}

/** A number of few digits, such as 8 or 7.25, which most are; undefined for anything else. */
function plainDecimal(text: string, sign: "point" | "comma"): number | undefined {
  const { length } = text;
  if (length === 0 || length > exactDigits) return undefined;
  const separator = sign === "point" ? 0x2e : 0x2c;
  let whole = 0;
  let separatorAt = -1;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x30 && code <= 0x39) whole = whole * 10 + code - 0x30;
    else if (code === separator && separatorAt < 0 && length > 1) separatorAt = index;
    else return undefined;
  }
  return separatorAt < 0 ? whole : whole / 10 ** (length - separatorAt - 1);
}

/** The number with at most so many decimals; undefined where it has more. Sums of decimals, such as 0.1 + 0.2, pass. */
export function roundTo(number: number, places: number): number | undefined {
  const factor = 10 ** places;
  const whole = Math.round(number * factor);
  return Math.abs(number * factor - whole) < 1e-6 ? whole / factor : undefined;
}
