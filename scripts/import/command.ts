/** `timesheets-import`: reads contractors' hours and uploads them, each once. */
import { randomUUID } from "node:crypto";
import path from "node:path";
import { Readable } from "node:stream";
import { serviceAddress } from "../../lib/address.ts";
import { type ExitCode, usageError } from "../../lib/errors.ts";
import type { Report } from "../../lib/report.ts";
import { apiKeys, applicationKeys } from "../session/candidates.ts";
import { stackOption } from "../session/stackOption.ts";
import { type Context, defineCommand, type Options, type ValuesOf } from "../terminal/command.ts";
import { createJsonLinesReporter, logOption } from "../terminal/jsonLines.ts";
import { createReporter } from "../terminal/reporter.ts";
import { duration, wholeNumber } from "../terminal/values.ts";
import type { Job } from "./job/schema.ts";
import { rejectLimit } from "./keep/rejectLimit.ts";
import { assertRows, rowRange } from "./read/expectedRows.ts";
import { shardOf, shardOfPod } from "./read/shard.ts";
import type { ImportOutcome } from "./run.ts";

const importOptions = {
  job: {
    type: "string",
    value: "file",
    defaultText: "the Timesheets API's",
    describe: "Import as this job file describes",
  },
  stack: { ...stackOption, describe: "Take the credentials from this stack's outputs" },
  "api-url": { type: "string", value: "address", describe: "Send to the API at this address" },
  "allow-http": { type: "boolean", describe: "Send the token without TLS" },
  application: {
    type: "string",
    value: "key",
    default: "import-job",
    candidates: applicationKeys,
    describe: "Act as this application of the access model",
  },
  api: {
    type: "string",
    value: "key",
    default: "timesheets",
    candidates: apiKeys,
    describe: "Send to this API of the access model",
  },
  "credentials-file": {
    type: "string",
    value: "file",
    describe: "Read the credentials from this JSON file, mode 0600",
  },
  "token-cache": {
    type: "string",
    value: "file",
    describe: "Keep the access token in this file between runs",
  },
  format: {
    type: "string",
    choices: ["auto", "csv", "jsonl", "json"],
    default: "auto",
    describe: "Read the files as this format; jsonl is one object per line, json one array",
  },
  map: { type: "string", value: "field=Column", repeatable: true, describe: "Read a field from this column" },
  delimiter: { type: "string", value: "character", describe: "Split CSV at this character, tab, or auto" },
  decimal: {
    type: "string",
    choices: ["point", "comma"],
    defaultText: "point",
    describe: "Read decimals with this sign",
  },
  "date-format": {
    type: "string",
    value: "format",
    defaultText: "2026-03-31",
    describe: "Read dates written like this: DD/MM/YYYY, M/D/YY, or excel for serial numbers",
  },
  "max-cell-lines": {
    type: "string",
    value: "lines",
    parse: wholeNumber(1, 1_000_000),
    defaultText: "reject what looks like rows",
    describe: "Reject a row with a quoted cell of more lines",
  },
  duplicates: {
    type: "string",
    choices: ["keep", "reject", "sum"],
    default: "keep",
    describe: "Send rows with the natural key of an earlier row, reject them, or add their numbers to it",
  },
  "expect-rows": {
    type: "string",
    value: "range",
    parse: rowRange,
    describe: "Send nothing unless the input has this many rows: 900..1100",
  },
  shard: {
    type: "string",
    value: "i/n",
    parse: shardOf,
    describe: "Import one of n shares of the rows, 0/n to (n-1)/n",
  },
  spool: {
    type: "string",
    value: "folder",
    describe: "Keep standard input, or what https:// addresses hold, in this folder until it is imported",
  },
  "batch-size": {
    type: "string",
    value: "rows",
    defaultText: "the job's, else 500",
    parse: wholeNumber(1, 10_000),
    describe: "Send this many entries per request",
  },
  concurrency: {
    type: "string",
    value: "requests",
    default: "8",
    parse: wholeNumber(1, 256),
    describe: "Send at most this many requests at once",
  },
  timeout: {
    type: "string",
    value: "time",
    default: "30s",
    parse: duration,
    describe: "Wait at most this long for an answer",
  },
  "give-up-after": {
    type: "string",
    value: "time",
    default: "5m",
    parse: duration,
    describe: "Stop after this long without success",
  },
  rejects: {
    type: "string",
    value: "file",
    defaultText: "beside the input",
    describe: "Write rejected rows to this file",
  },
  "rejects-format": {
    type: "string",
    choices: ["auto", "csv", "jsonl"],
    default: "auto",
    describe: "Write them in this format; auto is the input's",
  },
  "max-rejects": {
    type: "string",
    value: "limit",
    parse: rejectLimit,
    describe: "Stop when more rows than this are rejected: 100, or 2% of them",
  },
  checkpoint: {
    type: "string",
    value: "file",
    defaultText: "beside the input",
    describe: "Keep the progress of the import in this file; none keeps none",
  },
  log: logOption,
  metrics: {
    type: "string",
    value: "file",
    describe: "Write how the import ended to this Prometheus textfile",
  },
  heartbeat: {
    type: "string",
    value: "address",
    defaultText: "TIMESHEETS_HEARTBEAT_URL",
    describe: "Request this address when the import ends; with /fail after it unless all is stored",
  },
  restart: { type: "boolean", describe: "Start over; ignore the checkpoint" },
  "dry-run": { type: "boolean", describe: "Validate every row; send nothing" },
} as const satisfies Options;

type ImportOptions = ValuesOf<typeof importOptions>;

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
  const { planImport } = await import("./plan.ts");
  const { runImport } = await import("./run.ts");
  const job = await findJob(options.job, context);
  const { boundYoungGeneration } = await import("./youngGeneration.ts");
  const { concurrency, giveUpAfter, maxRejects, batchSize = job.batch.most } = options;
  const planned = planImport(
    {
      files: options.files,
      format: options.format,
      map: options.map,
      delimiter: options.delimiter,
      decimal: options.decimal,
      dateFormat: options.dateFormat,
      maxCellLines: options.maxCellLines,
      duplicates: options.duplicates,
      shard: options.shard ?? shardOfPod(context.env),
      rejects: options.rejects,
      rejectsFormat: options.rejectsFormat,
      checkpoint: options.checkpoint,
    },
    job,
    context.cwd,
    context.stdin,
    {
      folder: options.spool === undefined ? undefined : path.resolve(context.cwd, options.spool),
      allowHttp: options.allowHttp,
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

/** The API and a token source for it; nothing is sent yet. */
async function openTarget(options: ImportOptions, job: Job, context: Context, report: Report) {
  const { createApiClient } = await import("./send/apiClient.ts");
  const { findCredentials } = await import("./credentials.ts");
  const { createTokenSource } = await import("../tokens/tokenSource.ts");
  const { openImportStack } = await import("./stack.ts");
  const stack =
    options.stack === undefined
      ? undefined
      : await openImportStack(options.stack, options.api, context, report);
  const credentials = await findCredentials(
    {
      credentialsFile: options.credentialsFile,
      application: options.application,
      api: options.api,
      stack,
    },
    context,
  );
  const api = [
    { url: options.apiUrl, source: "--api-url" },
    {
      url: credentials.apiUrl,
      source:
        credentials.apiUrl === context.env.TIMESHEETS_API_URL ? "TIMESHEETS_API_URL" : credentials.source,
    },
    { url: stack?.apiUrl, source: "the local tenant" },
  ].find(({ url }) => url !== undefined);
  if (api?.url === undefined) {
    throw usageError("The API has no address.", "Give it with --api-url or TIMESHEETS_API_URL.");
  }
  // The address stays as it was written: messages show it, and a checkpoint keeps it.
  const apiUrl = api.url;
  serviceAddress(apiUrl, `The address of the API (${api.source})`, {
    allowHttp: options.allowHttp,
    allowHttpHint: "Where something else protects the way, such as a service mesh, say --allow-http.",
  });
  const cacheFile = options.tokenCache;
  const tokens = createTokenSource({
    ...credentials,
    cacheFile: cacheFile === undefined ? undefined : path.resolve(context.cwd, cacheFile),
    patience: options.giveUpAfter,
    timeout: Math.min(options.timeout, options.giveUpAfter),
    report,
    signal: context.signal,
  });
  return {
    apiUrl,
    apiUrlSource: api.source,
    client: createApiClient({ apiUrl, job, connections: options.concurrency, timeout: options.timeout }),
    tokens,
  };
}
