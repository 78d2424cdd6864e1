/** Runs an import under the eyes of its log, its metrics file and its heartbeat, and makes known how it ended. */
import path from "node:path";
import {
  type ExitCode,
  endedBy,
  errorDocument,
  exitCodeOf,
  exitCodes,
  messageOf,
} from "../../../lib/errors.ts";
import type { Report } from "../../../lib/report.ts";
import type { Context } from "../../terminal/command.ts";
import { errorText, printJson } from "../../terminal/output.ts";
import type { ImportOutcome } from "../importRun.ts";
import { describeSummary, type ImportSummary } from "../summary.ts";
import type { Ending } from "./ending.ts";
import { assertMetricsFile, writeMetrics } from "./metrics.ts";

export interface WatchOptions {
  readonly json: boolean;
  readonly log: "text" | "jsonl";
  readonly metrics: string | undefined;
  /** Address of a monitor, from `--heartbeat`. */
  readonly heartbeat: string | undefined;
  readonly allowHttp: boolean;
  /** Sends nothing, so that no monitor is concerned. */
  readonly dryRun: boolean;
  readonly report: Report;
}

/** @throws {ToolError} what stopped the import, where it is not part of a document or a log already */
export async function watchImport(
  options: WatchOptions,
  context: Context,
  work: () => Promise<ImportOutcome>,
): Promise<ExitCode> {
  const begun = performance.now();
  const watchers: ((ending: Ending) => Promise<void>)[] = [];
  const { summary, error } = await openWatchers(options, context, watchers)
    .then(work)
    .then(
      (outcome) => outcome,
      (thrown: unknown): Partial<ImportOutcome> => ({
        error: thrown ?? new Error("Nothing is known of why."),
      }),
    );
  const failure = error === undefined ? undefined : endedBy(error, context.signal);
  const exitCode = failure === undefined ? exitCodeOfSummary(summary) : exitCodeOf(failure);
  const seconds = Math.round(performance.now() - begun) / 1000;
  for (const watcher of watchers) await watcher({ summary, exitCode, seconds, endedAt: Date.now() });
  for (const warning of summary?.warnings ?? []) {
    options.report({
      level: "warning",
      code: "input_changed",
      message: `${warning} Import it again once it is whole.`,
    });
  }
  if (options.json) {
    const document = { ...errorDocument(failure), summary: summary ?? null };
    printJson(context, failure === undefined ? summary : document);
  }
  if (options.log === "jsonl") logEnding(options.report, summary, failure, exitCode);
  else if (!options.json) {
    for (const message of summary ? describeSummary(summary) : []) {
      options.report({ level: "info", code: "import_summary", message });
    }
    if (failure !== undefined) throw failure;
  }
  return exitCode;
}

/** What is wrong with their settings is noticed before anything is sent, and reported to those whose settings are right. */
async function openWatchers(
  { metrics, heartbeat, allowHttp, dryRun, report }: WatchOptions,
  { cwd, env }: Context,
  watchers: ((ending: Ending) => Promise<void>)[],
): Promise<void> {
  const address = heartbeat ?? env.TIMESHEETS_HEARTBEAT_URL;
  if (address && !dryRun) {
    const { heartbeatUrl, sendHeartbeat } = await import("./heartbeat.ts");
    const source = heartbeat === undefined ? "TIMESHEETS_HEARTBEAT_URL" : "--heartbeat";
    const url = heartbeatUrl(address, source, allowHttp);
    watchers.push(({ exitCode }) => sendHeartbeat({ url, env, report }, exitCode));
  }
  if (metrics === undefined) return;
  const file = path.resolve(cwd, metrics);
  await assertMetricsFile(file);
  watchers.unshift((ending) =>
    writeMetrics(file, ending).catch((error: unknown) =>
      report({
        level: "warning",
        code: "metrics_failed",
        message: `The metrics were not written: ${messageOf(error)}.`,
      }),
    ),
  );
}

function exitCodeOfSummary(summary: ImportSummary | undefined): ExitCode {
  if (summary && summary.warnings.length > 0) return exitCodes.failure;
  return summary && summary.rejected > 0 ? exitCodes.rejected : exitCodes.done;
}

/** The last line of the log. */
function logEnding(
  report: Report,
  summary: ImportSummary | undefined,
  failure: unknown,
  exitCode: ExitCode,
): void {
  const [message = "Nothing was imported."] = summary ? describeSummary(summary) : [];
  report({
    level: failure === undefined ? "info" : "error",
    code: "import_summary",
    message: failure === undefined ? message : errorText(failure),
    data: {
      exitCode,
      ...(failure !== undefined && errorDocument(failure)),
      summary: summary ?? null,
    },
  });
}
