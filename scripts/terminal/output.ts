/** Printing: data to stdout, prose to stderr, colour only where a terminal wants it. */
import { styleText } from "node:util";
import { messageOf, ToolError } from "../../lib/errors.ts";
import type { Context } from "./command.ts";

type Style = Parameters<typeof styleText>[0];

/** Writes one JSON document, the whole answer of a command run with `--json`. */
export function printJson(context: Context, document: unknown): void {
  context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** Writes a line of data. */
export function print(context: Context, line = ""): void {
  context.stdout.write(`${line}\n`);
}

/** Writes a line of prose. */
export function say(context: Context, line = ""): void {
  context.stderr.write(`${line}\n`);
}

/** True where a person reads or types at the other end. */
export function isTerminal(stream: unknown): boolean {
  return (stream as { isTTY?: boolean }).isTTY === true;
}

/** True where the stream is a terminal and neither NO_COLOR nor TERM=dumb objects (https://no-color.org). */
function hasColour(stream: unknown, env: Readonly<NodeJS.ProcessEnv>): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "" && env.FORCE_COLOR !== "0") return true;
  return env.TERM !== "dumb" && isTerminal(stream);
}

/** A painter for one stream: `paint("green", "ok")`, plain text where colour is unwanted. */
export function painter(
  stream: unknown,
  env: Readonly<NodeJS.ProcessEnv>,
): (style: Style, text: string) => string {
  const coloured = hasColour(stream, env);
  return (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text);
}

/** The body of `{"error": ...}`: what `--json` prints when a command fails. */
export function errorDocument(error: unknown): {
  error: { code: string; message: string; hint: string | null };
} {
  if (error instanceof ToolError) {
    return { error: { code: error.code, message: error.message, hint: error.hint ?? null } };
  }
  return { error: { code: "unexpected", message: messageOf(error), hint: null } };
}

/** The same failure for a person: the message and, on a line of its own, the way out. */
export function errorText(error: unknown): string {
  if (error instanceof ToolError) return error.hint ? `${error.message}\n${error.hint}` : error.message;
  return messageOf(error);
}
