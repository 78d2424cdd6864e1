/** Asks on a terminal before something is done; where there is no terminal, an option has to answer beforehand. */
import { createInterface } from "node:readline/promises";
import { usageError } from "../../lib/errors.ts";
import type { Context } from "./command.ts";
import { progressOn } from "./progress.ts";
import { isTerminal } from "./stream.ts";

/** True where a person can be asked: both input and prose are a terminal. */
function canAsk(context: Context): boolean {
  return isTerminal(context.stdin) && isTerminal(context.stderr);
}

/**
 * Fails early, before anything is looked at, where nobody could answer.
 * @param instead What to add to the command line, e.g. "Add --yes."
 */
export function requireAnswer(context: Context, answered: boolean, instead: string): void {
  if (!answered && !canAsk(context)) throw usageError("There is no terminal to ask on.", instead);
}

/** Asks; anything but y or yes is a no. */
export async function confirm(context: Context, question: string): Promise<boolean> {
  progressOn(context.stderr, context.env).clear();
  const terminal = createInterface({ input: context.stdin, output: context.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: context.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
