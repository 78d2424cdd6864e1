/** What an API says in words, in any of the usual forms, made fit to be read in a terminal or a spreadsheet. */
import { plainText } from "../../../lib/text.ts";

/** Characters of a message at most. */
const longest = 500;

/** Keys under which APIs put the reason, the most telling first. */
export const messageKeys = [
  "detail",
  "message",
  "error_description",
  "error.message",
  "msg",
  "reason",
  "title",
  "error",
];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** The value at keys joined by dots; the empty path is the value itself. */
export function at(value: unknown, path: string): unknown {
  if (path === "") return value;
  // Most paths are one key, and every answer is asked for several.
  if (!path.includes(".")) return isObject(value) && Object.hasOwn(value, path) ? value[path] : undefined;
  let current = value;
  for (const key of path.split(".")) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

/** The first text or number of some, on one line, without what moves a cursor, cut to 500 characters. */
export function firstText(values: readonly unknown[]): string {
  for (const value of values) {
    const text =
      typeof value === "number" ? String(value) : typeof value === "string" ? onOneLine(value) : "";
    if (text !== "") return text;
  }
  return "";
}

/**
 * The message of a refusal as a whole: problem details, an OAuth error, `{"message": ...}`, a list of errors, or plain
 * text; empty where the API says nothing.
 */
export function apiMessage(body: unknown, contentType: string | string[] | undefined, text: string): string {
  if (typeof body === "string") return firstText([body]);
  if (typeof body !== "object" || body === null) {
    return String(contentType).startsWith("text/plain") ? firstText([text.slice(0, 2 * longest)]) : "";
  }
  const title = firstText([at(body, "title"), at(body, "error")]);
  const detail = firstText(messageKeys.map((key) => at(body, key)));
  const said = [title, detail].filter((part, index, parts) => part !== "" && parts.indexOf(part) === index);
  return (said.length > 0 ? said.join(": ") : listed(at(body, "errors"))).slice(0, longest);
}

/** The messages of the first errors of a list. */
function listed(errors: unknown): string {
  if (!Array.isArray(errors)) return "";
  const messages = errors
    .slice(0, 5)
    .map((error: unknown) => firstText([error, ...messageKeys.map((key) => at(error, key))]));
  return messages.filter(Boolean).join("; ");
}

function onOneLine(text: string): string {
  return plainText(
    text
      .slice(0, 2 * longest)
      .replace(/\s+/g, " ")
      .trim(),
  ).slice(0, longest);
}
