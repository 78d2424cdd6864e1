/** Lines broken at word boundaries, so that a narrow terminal does not cut words. */
import { stripVTControlCharacters } from "node:util";

/** Commands to copy, and words, each with the gap before it. */
const unbroken = /( *)(\S*`[^`]*`\S*|\S+)/g;
/** What a line begins with before its text: its indent, and a bullet such as `- ` or a first column such as `create   `. */
const lead = /^\s*(?:[-+~>*·] +|\S+ {2,})?/;

/**
 * Breaks one line into lines of at most `width` columns; what follows the first hangs under where its text begins.
 * A word, or a command in backticks, that is wider than that stays whole.
 * @param hang Columns that the further lines are indented by. @default where the text begins, after a bullet or a first column
 */
export function wrap(line: string, width: number, hang?: number): string[] {
  if (columnsOf(line) <= width) return [line];
  const [start = ""] = lead.exec(line) ?? [];
  const indent = " ".repeat(Math.min(hang ?? columnsOf(start), Math.floor(width / 2)));
  const lines: string[] = [];
  let current = start;
  for (const [, gap = "", word = ""] of line.slice(start.length).matchAll(unbroken)) {
    if (gap !== "" && columnsOf(current + gap + word) > width) {
      lines.push(current);
      current = `${indent}${word}`;
    } else current += gap + word;
  }
  return [...lines, current];
}

/** How many columns a text takes, its colours aside. */
export function columnsOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
