/** The checks as lines for a person, and as the JSON document. */

import { type ExitCode, exitCodes } from "../../lib/errors.ts";
import { plainText } from "../../lib/text.ts";
import type { Context } from "../terminal/command.ts";
import { painter, print, printJson, say } from "../terminal/output.ts";
import type { Check } from "./check.ts";

interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Of those that passed: what differs is accepted for a time. */
  readonly accepted: number;
}

function summarize(checks: readonly Check[]): Summary {
  const skipped = checks.filter((check) => check.skipped).length;
  const failed = checks.filter(({ ok }) => !ok).length;
  const accepted = checks.filter((check) => check.accepted).length;
  return { passed: checks.length - skipped - failed, failed, skipped, accepted };
}

/** One line a check, its explanation below it. */
function checkLines(checks: readonly Check[], paint: ReturnType<typeof painter>): string[] {
  return checks.flatMap(({ title, ok, expected, seen, explanation, skipped, accepted }) => {
    const mark = skipped
      ? paint("yellow", "skip")
      : ok
        ? paint(accepted ? "yellow" : "green", "ok  ")
        : paint("red", "FAIL");
    const line = `${mark} ${plainText(title)}: expected ${plainText(expected)}, seen ${plainText(seen)}`;
    return explanation === undefined ? [line] : [line, `     ${plainText(explanation)}`];
  });
}

/** The last line: `23 checks passed, 1 failed, 2 not tried.` */
function summaryLine({ passed, failed, skipped, accepted }: Summary): string {
  const parts = [`${passed} ${passed === 1 ? "check" : "checks"} passed`];
  if (accepted > 0) parts.push(`${accepted} of them by an accepted difference`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} not tried`);
  return `${parts.join(", ")}.`;
}

/**
 * Prints the checks, or with `json` the document: `ok` first, then what is given.
 * @returns 0, or 4 where one failed.
 */
export function presentChecks(
  checks: readonly Check[],
  json: Readonly<Record<string, unknown>> | undefined,
  context: Context,
): ExitCode {
  const summary = summarize(checks);
  if (json) printJson(context, { ok: summary.failed === 0, ...json, ...summary, checks });
  else {
    const paint = painter(context.stdout, context.env);
    for (const line of checkLines(checks, paint)) print(context, line);
    say(context, summaryLine(summary));
  }
  return summary.failed === 0 ? exitCodes.done : exitCodes.check;
}
