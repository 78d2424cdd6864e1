/** Refuses an input that is no text in UTF-8, such as a spreadsheet or a web page, by what it begins with. */
import { usageError } from "../../../lib/errors.ts";

/** What a file that is no text begins with, as Latin-1. */
const otherKinds: readonly (readonly [beginnings: readonly string[], what: string, hint: string])[] = [
  [["\u00ff\u00fe", "\u00fe\u00ff"], "is UTF-16", "Save it as UTF-8."],
  [
    ["PK\u0003\u0004", "PK\u0005\u0006", "\u00d0\u00cf\u0011\u00e0"],
    "is a zip archive or a spreadsheet",
    "Export it as CSV.",
  ],
  [
    ["BZh91AY", "\u00fd7zXZ", "\u0028\u00b5\u002f\u00fd", "7z\u00bc\u00af"],
    "is packed, and not with gzip",
    "Unpack it first.",
  ],
  // With the first byte of what follows: a column may be called PAR1.
  [["PAR1\u0015", "Obj\u0001"], "holds columns for analysis", "Export it as CSV or JSON Lines."],
  [["%PDF-"], "is a PDF", "Export it as CSV."],
];

/** @throws {ToolError} exit 2 that says what it is */
export function assertText(head: Buffer, name: string): void {
  const beginning = head.subarray(0, 512).toString("latin1");
  const other = otherKinds.find(([beginnings]) => beginnings.some((each) => beginning.startsWith(each)));
  if (other) throw usageError(`${name} ${other[1]}.`, other[2]);
  // UTF-16 without a mark: every other byte of plain letters is zero.
  const zeros = [0, 1, 2, 3].map((index) => head[index] === 0).join();
  if (zeros === "true,false,true,false" || zeros === "false,true,false,true") {
    throw usageError(`${name} is UTF-16.`, "Save it as UTF-8.");
  }
  if (/^\s*(?:<!doctype html|<html|<\?xml)/i.test(beginning)) {
    throw usageError(`${name} is a web page or XML, not rows.`, "Export it as CSV or JSON Lines.");
  }
}
