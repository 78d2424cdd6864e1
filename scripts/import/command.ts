/** `timesheets-import`: reads contractors' hours and uploads them, each once. */
import { randomUUID } from "node:crypto";
import path from "node:path";
import { Readable } from "node:stream";
import type { ExitCode } from "../../lib/errors.ts";
import type { Report } from "../../lib/report.ts";
import { type Context, defineCommand } from "../terminal/command.ts";
import { createJsonLinesReporter } from "../terminal/jsonLines.ts";
import { createReporter } from "../terminal/reporter.ts";
import type { ImportOutcome } from "./importRun.ts";
import type { Job } from "./job/schema.ts";
import { type ImportOptions, importOptions } from "./options.ts";
import { assertRows } from "./read/expectedRows.ts";
import { shardOfPod } from "./read/shard.ts";

export const importCommand = defineCommand({
  name: "run",
  describe: "Upload contractors' hours from CSV or JSON to the Timesheets API",
  examples: [
    ["$0 hours.csv --stack prod --api-url https://timesheets.example.com", "Import a file"],
    ["$0 hours.csv.gz --map user_id=Employee --delimiter ';' --stack prod", "Read other column names"],
    ["$0 hours.csv --dry-run", "Check every row; send nothing"],
    ["$0 invoices.csv --job import.yaml --api-url https://api.example.com", "Send to another API"],
    ["export-hours | $0 - --format jsonl --stack local", "Read standard input"],
  ],
  positionals: {
    files: {
      type: "string",
      value: "file",
      required: true,
      repeatable: true,
      describe: "Read these files, plain or gzip; https:// addresses too; - is standard input",
    },
  },
  options: importOptions,
  conflicts: [
    ["dry-run", "metrics"],
    ["dry-run", "heartbeat"],
  ],
  run: runCommand,
});

async function runCommand(
  options: ImportOptions & { readonly files: readonly string[]; readonly json: boolean },
  context: Context,
): Promise<ExitCode> {
  // First of all, as the heartbeat loads TLS.
  const { assertExtraAuthorities } = await import("../../lib/extraAuthorities.ts");
  assertExtraAuthorities(context.env);
  const { watchImport } = await import("./watch/watch.ts");
  const report = await createReport(options, context);
  return watchImport({ ...options, report }, context, () => importFiles(options, context, report));
}

/** Text for a person, or one event a line with the run and its input for programs. */
async function createReport(
  { log, files }: Pick<ImportOptions, "log"> & { readonly files: readonly string[] },
  context: Context,
): Promise<Report> {
  if (log === "text") return createReporter(context);
  const { isRemote, publicName } = await import("./read/download.ts");
  const file = files
    .map((name) => (isRemote(name) && URL.canParse(name) ? publicName(name) : name))
    .join(" ");
  return createJsonLinesReporter(context, { run: randomUUID(), file });
}

async function importFiles(
  options: ImportOptions & { readonly files: readonly string[] },
  context: Context,
  report: Report,
): Promise<ImportOutcome> {
  const { openTarget } = await import("./target.ts");
  const { planImport } = await import("./plan.ts");
  const { runImport } = await import("./run.ts");
  const job = await findJob(options.job, context);
  const { boundYoungGeneration } = await import("./youngGeneration.ts");
  const { concurrency, giveUpAfter, maxRejects, batchSize = job.batch.most } = options;
  const { JOB_COMPLETION_INDEX: index, JOB_COMPLETIONS: completions } = context.env;
  if (options.shard === undefined && index !== undefined && completions === undefined) {
    report({
      level: "warning",
      code: "shards_unknown",
      message:
        "This pod of an Indexed Job imports all rows: for a share of them, set JOB_COMPLETIONS to the number of pods.",
    });
  }
  const planned = planImport(
    { ...options, shard: options.shard ?? shardOfPod(context.env) },
    job,
    context.cwd,
    context.stdin,
    {
      folder: options.spool === undefined ? undefined : path.resolve(context.cwd, options.spool),
      allowHttp: options.allowHttp,
      timeout: options.timeout,
      env: context.env,
      signal: context.signal,
      report,
    },
  );
  const plan = await orInterrupted(planned, context);
  if (options.expectRows) await assertRows(plan.readers, options.expectRows, context.signal);
  const target = options.dryRun ? undefined : await openTarget(options, job, context, report);
  if (target && plan.checkpointFile === undefined && options.checkpoint !== "none") {
    report({
      level: "info",
      code: "input_not_resumable",
      message: "Standard input cannot be resumed: if this is interrupted, the next import starts over.",
    });
  }
  const unbound = boundYoungGeneration();
  try {
    const outcome = await runImport({
      batchSize,
      concurrency,
      giveUpAfter,
      maxRejects,
      job,
      plan,
      target,
      restart: options.restart,
      duplicates: options.duplicates,
      signal: context.signal,
      report,
    });
    if (target && outcome.error === undefined) for (const { input } of plan.readers) await input.finish?.();
    return outcome;
  } finally {
    if (context.signal.aborted) closeInput(context);
    unbound();
    await target?.client.close();
  }
}

/** The result, unless an interruption comes first: standard input may have nothing to say for hours. */
async function orInterrupted<Result>(work: Promise<Result>, context: Context): Promise<Result> {
  const { signal } = context;
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } catch (error) {
    if (signal.aborted) closeInput(context);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A pipe that is still open would keep the process from ending. */
function closeInput({ stdin }: Context): void {
  if (stdin instanceof Readable) stdin.destroy();
}

async function findJob(file: string | undefined, context: Context): Promise<Job> {
  if (file === undefined) return (await import("./job/timesheets.ts")).timesheetsJob;
  const { loadJob } = await import("./job/loadJob.ts");
  return loadJob(path.resolve(context.cwd, file), file);
}
