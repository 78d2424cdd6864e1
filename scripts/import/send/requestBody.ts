/** The body of an upload, put together from the JSON of its entries. */
import type { Job } from "../job/schema.ts";
import type { EntryJson } from "../read/plainLines.ts";

/** @param entries At least one. */
export function requestBody(entries: readonly EntryJson[], { in: key, lone }: Job["batch"]): string | Buffer {
  const isList = lone !== "object" || entries.length !== 1;
  const before = `${key === undefined ? "" : `{${JSON.stringify(key)}:`}${isList ? "[" : ""}`;
  const after = `${isList ? "]" : ""}${key === undefined ? "" : "}"}`;
  if (entries.every((entry) => typeof entry === "string")) return `${before}${entries.join(",")}${after}`;
  const size = entries.reduce((sum, entry) => sum + sizeOf(entry) + 1, 0);
  const body = Buffer.allocUnsafe(before.length * 3 + size + after.length);
  let at = body.write(before);
  for (let index = 0; index < entries.length; ) {
    const entry = entries[index++] ?? "";
    if (typeof entry === "string") {
      at += body.write(entry, at);
      at += body.write(",", at);
      continue;
    }
    const { json } = entry;
    let { to } = entry;
    // With the comma between them, neighbours are one range.
    for (let next = entries[index]; typeof next === "object"; next = entries[++index]) {
      if (next.json !== json || next.from !== to + 1) break;
      to = next.to;
    }
    at += json.copy(body, at, entry.from, to + 1);
  }
  // Over the last comma.
  at--;
  at += body.write(after, at);
  return body.subarray(0, at);
}

function sizeOf(entry: EntryJson): number {
  return typeof entry === "string" ? Buffer.byteLength(entry) : entry.to - entry.from;
}
