/** JSON in and out: text that may be none, and documents that a terminal may show. */
import { plainText } from "./text.ts";

/** A document, indented, with a final newline: what could steer a terminal stands in it as an escape of JSON's own. */
export function jsonText(document: unknown): string {
  const lines = JSON.stringify(document, null, 2).split("\n");
  return `${lines.map(plainText).join("\n")}\n`;
}

/** The value, for a schema to judge; undefined for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
