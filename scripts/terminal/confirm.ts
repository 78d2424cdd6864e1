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
  return /^y(es)?$/i.test(await ask(context, `${question} [y/N] `));
}

/** Asks before something is lost for good: only the whole word will do. */
export async function confirmDeletion(context: Context, question: string): Promise<boolean> {
  return /^yes$/i.test(await ask(context, `${question} Type yes to delete what is listed: `));
}

async function ask(context: Context, question: string): Promise<string> {
  progressOn(context.stderr, context.env).clear();
  const terminal = createInterface({ input: context.stdin, output: context.stderr });
  try {
    return (await terminal.question(question, { signal: context.signal })).trim();
  } finally {
    terminal.close();
  }
}
