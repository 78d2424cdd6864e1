/** Recognises the format of an input by what it holds, and by its name where that does not say. */
import type { Source } from "./fields.ts";
import type { Input } from "./input.ts";

export type InputFormat = "csv" | "jsonl" | "json";

/**
 * What begins with `[` and then an element, an end, or nothing else is a JSON array; what begins with `{` and a key is a
 * row of JSON Lines, or where its keys are no fields but one of them is a list, an object around that list. Anything else
 * is CSV unless its name says otherwise.
 */
export function detectFormat(
  { file, head }: Pick<Input, "file" | "head">,
  sources: readonly Source[],
): InputFormat {
  const name = (file ?? "").toLowerCase().replace(/\.gz$/, "");
  const text = head.toString("utf8").trimStart();
  if (/^\[\s*(?:[{\]]|$)/.test(text)) return "json";
  if (/^\{\s*["}]/.test(text)) return isAroundList(text, sources) ? "json" : "jsonl";
  if (name.endsWith(".csv") || name.endsWith(".tsv")) return "csv";
  if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) return "jsonl";
  if (name.endsWith(".json")) return text.startsWith("{") ? "jsonl" : "json";
  // A header may begin with a bracket as well.
  return /^\[\s*["[\d\-tfn]/.test(text) ? "json" : "csv";
}

/** True for an object whose first list comes before any key that a row would have. */
function isAroundList(text: string, sources: readonly Source[]): boolean {
  const own = new Set(sources.map(({ column, path }) => path?.[0] ?? column));
  let depth = 0;
  let hasEmptyList = false;
  // A key, another string, a bracket with what a list begins with, or a bracket.
  const tokens = /"((?:[^"\\]|\\.)*)"(\s*:)?|\[\s*(?:[{\]])|[[\]{}]/gs;
  for (const [token, text_, colon] of text.matchAll(tokens)) {
    if (text_ !== undefined) {
      if (depth === 1 && colon !== undefined && own.has(text_)) return false;
    } else if (token.length > 1) {
      if (token.endsWith("]")) hasEmptyList ||= depth === 1;
      else if (depth === 1) return true;
      else depth += 2;
    } else depth += token === "{" || token === "[" ? 1 : -1;
    if (depth === 0) return hasEmptyList;
  }
  return false;
}

/** True where the beginning of a stream says what `detectFormat` and the reading of a header need to know. */
export function isEnough(head: Buffer): boolean {
  const text = head.toString("utf8").trimStart();
  if (text.startsWith("[")) return /^\[\s*\S/.test(text);
  const [first = "", ...rest] = text.split("\n");
  if (rest.length === 0) return false;
  if (text.startsWith("{")) return isJson(first);
  return !/^"?sep=/i.test(first) || rest.length > 1;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
