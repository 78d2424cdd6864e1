/** Printing: data to stdout, prose to stderr, colour only where a terminal wants it, nothing that could steer one. */
import { styleText } from "node:util";
import { messageOf, ToolError } from "../../lib/errors.ts";
import { jsonText } from "../../lib/json.ts";
import { plainText } from "../../lib/text.ts";
import type { Context } from "./command.ts";
import { progressOn } from "./progress.ts";
import { hasColour, isTerminal, widthOf } from "./stream.ts";
import { wrap } from "./wrap.ts";

type Style = Parameters<typeof styleText>[0];
type Output = Pick<Context, "stdout" | "stderr" | "env">;

/** Writes one JSON document, the whole answer of a command run with `--json`. */
export function printJson(context: Output, document: unknown): void {
  printRaw(context, jsonText(document));
}

/** Writes data as it is: a document, or lines for another program. */
export function printRaw({ stdout, stderr, env }: Output, text: string): void {
  progressOn(stderr, env).clear();
  stdout.write(text);
}

/** Writes a line of data for a person: cleaned, and wrapped on a terminal. */
export function print(context: Output, text = ""): void {
  const { stdout, env } = context;
  const width = isTerminal(stdout) ? widthOf(stdout, env) : undefined;
  printRaw(context, asLines(text, width, hasColour(stdout, env)));
}

/** Writes a line of prose: cleaned, and wrapped where a width is known. A log is searched by line, so it keeps its lines. */
export function say({ stderr, env }: Pick<Context, "stderr" | "env">, text = ""): void {
  progressOn(stderr, env).clear();
  stderr.write(asLines(text, widthOf(stderr, env), hasColour(stderr, env)));
}

/** Passes on what another program writes, with its line breaks as they are; the text may end inside a line. */
export function passThrough({ stderr, env }: Pick<Context, "stderr" | "env">, text: string): void {
  progressOn(stderr, env).clear();
  const lines = text.split(/\r?\n|\r/);
  stderr.write(lines.map((line) => cleaned(line, hasColour(stderr, env))).join("\n"));
}

function asLines(text: string, width = Number.POSITIVE_INFINITY, coloured: boolean): string {
  const lines = text.split("\n").flatMap((line) => wrap(cleaned(line, coloured), width));
  return `${lines.join("\n")}\n`;
}

// What `painter` writes; no other sequence gets to a terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is this character that a terminal acts on.
const colours = /(\u001b\[(?:1|2|22|3[1-6]|39)m)/;

/** The line without anything that steers a terminal or reorders what is read, since others may have chosen the names in it. */
function cleaned(line: string, coloured: boolean): string {
  const parts = coloured ? line.split(colours) : [line];
  return parts
    .map((part, index) => (index % 2 === 1 ? part : plainText(part.replaceAll("\t", "  "))))
    .join("");
}

/** A painter for one stream: `paint("green", "ok")`, plain text where colour is unwanted. */
export function painter(
  stream: unknown,
  env: Readonly<NodeJS.ProcessEnv>,
): (style: Style, text: string) => string {
  const coloured = hasColour(stream, env);
  return (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text);
}

/** A failure for a person: the message and, on a line of its own, the way out. */
export function errorText(error: unknown): string {
  if (error instanceof ToolError) return error.hint ? `${error.message}\n${error.hint}` : error.message;
  return messageOf(error);
}
