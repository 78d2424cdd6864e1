/** Renders what work reports: lines on stderr, and progress in the one place that shows it. */

import type { Report, ReportEvent } from "../../lib/report.ts";
import { plainText } from "../../lib/text.ts";
import type { Context } from "./command.ts";
import { painter, passThrough, say } from "./output.ts";
import { type ProgressOptions, progressOn } from "./progress.ts";

/**
 * The report of a command, on stderr alone, with or without `--json`.
 *
 * Messages may hold what a tenant or an API chose: they are cleaned here, so that no caller has to.
 */
export function createReporter(
  context: Pick<Context, "stderr" | "env">,
  options: ProgressOptions = {},
): Report {
  const { stderr, env } = context;
  const progress = progressOn(stderr, env, options);
  const paint = painter(stderr, env);
  const render: Record<ReportEvent["level"], (event: ReportEvent) => void> = {
    info: ({ message }) => say(context, plainText(message)),
    warning: ({ message }) => say(context, paint("yellow", plainText(message))),
    error: ({ message }) => say(context, paint("red", plainText(message))),
    progress: ({ message, data }) => progress.show(plainText(message), shareOf(data)),
    output: ({ message }) => passThrough(context, message),
  };
  return (event) => render[event.level](event);
}

/** The share that is done, 0 to 1, from `done` and `total`. */
function shareOf(data: ReportEvent["data"]): number | undefined {
  const { done, total } = data ?? {};
  if (typeof done !== "number" || typeof total !== "number" || !(total > 0)) return undefined;
  return Math.max(0, done / total);
}
