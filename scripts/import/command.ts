/** `timesheets-import`: reads contractors' hours and uploads them, each once. */
import path from "node:path";
import { Readable } from "node:stream";
import { serviceAddress } from "../../lib/address.ts";
import { type ExitCode, exitCodes, usageError } from "../../lib/errors.ts";
import { type Context, defineCommand } from "../terminal/command.ts";
import { painter, printJson, say } from "../terminal/output.ts";
import { createReporter } from "../terminal/reporter.ts";
import type { Job } from "./job/schema.ts";
import type { RejectsFormat } from "./keep/rejects.ts";
import type { InputFormat } from "./plan.ts";

interface ImportOptions {
  files: string[];
  stack: string | undefined;
  "api-url": string | undefined;
  "allow-http": boolean;
  application: string;
  api: string;
  "credentials-file": string | undefined;
  "token-cache": string | undefined;
  format: InputFormat | "auto";
  map: string[];
  delimiter: string | undefined;
  "batch-size": number;
  concurrency: number;
  timeout: string;
  "give-up-after": string;
  rejects: string | undefined;
  "rejects-format": RejectsFormat | "auto";
  "max-rejects": string | undefined;
  checkpoint: string | undefined;
  restart: boolean;
  "dry-run": boolean;
}

export const importCommand = defineCommand<ImportOptions>({
  command: ["run <files..>", "$0"],
  describe: "Upload contractors' hours from CSV or JSON to the Timesheets API",
  examples: [
    ["$0 hours.csv --stack prod --api-url https://timesheets.example.com", "Import a file"],
    ["$0 hours.csv.gz --map user_id=Employee --delimiter ';' --stack prod", "Other column names"],
    ["$0 hours.csv --dry-run", "Check every row, send nothing"],
    ["export-hours | $0 - --format jsonl --stack local", "Read standard input"],
  ],
  options: (yargs) =>
    yargs
      // Of a default command, yargs keeps to itself which positionals are lists.
      .array("files")
      .positional("files", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "Files, plain or gzip; - is standard input",
      })
      .option("stack", { type: "string", describe: "Stack whose outputs hold the credentials" })
      .option("api-url", { type: "string", describe: "Address of the Timesheets API" })
      .option("allow-http", { type: "boolean", default: false, describe: "Send the token without TLS" })
      .option("application", {
        type: "string",
        default: "import-job",
        describe: "The application, by its key in the access model",
      })
      .option("api", {
        type: "string",
        default: "timesheets",
        describe: "The API, by its key in the access model",
      })
      .option("credentials-file", { type: "string", describe: "JSON file with the credentials, mode 0600" })
      .option("token-cache", { type: "string", describe: "Keep the access token in this file between runs" })
      .option("format", {
        choices: ["auto", "csv", "jsonl", "json"] as const,
        default: "auto" as const,
        describe: "Of the files; jsonl is one object a line, json one array",
      })
      .option("map", {
        type: "string",
        array: true,
        // One word each, or a list would swallow the files that follow it.
        nargs: 1,
        default: [],
        describe: "field=Column, repeatable",
      })
      .option("delimiter", { type: "string", describe: "Of CSV: one character, tab, or auto" })
      .option("batch-size", { type: "number", default: 500, describe: "Entries in one request" })
      .option("concurrency", { type: "number", default: 8, describe: "Most requests at once" })
      .option("timeout", { type: "string", default: "30s", describe: "Longest wait for an answer" })
      .option("give-up-after", { type: "string", default: "5m", describe: "Longest time without success" })
      .option("rejects", { type: "string", describe: "File for refused rows [default: beside the input]" })
      .option("rejects-format", {
        choices: ["auto", "csv", "jsonl"] as const,
        default: "auto" as const,
        describe: "auto is the input's",
      })
      .option("max-rejects", { type: "string", describe: "Stop beyond this many rows, or per cent: 100, 2%" })
      .option("checkpoint", { type: "string", describe: "File, or none [default: beside the input]" })
      .option("restart", { type: "boolean", default: false, describe: "Start over, ignoring the checkpoint" })
      .option("dry-run", { type: "boolean", default: false, describe: "Validate all, send nothing" }),
  run: runCommand,
});

async function runCommand(options: ImportOptions & { json: boolean }, context: Context): Promise<ExitCode> {
  const { duration, once, rejectLimit, wholeNumber } = await import("./options.ts");
  const { planImport } = await import("./plan.ts");
  const { runImport } = await import("./run.ts");
  const { timesheetsJob: job } = await import("./job/timesheets.ts");
  const { reportProgress } = await import("./progress.ts");
  const { describeSummary } = await import("./summary.ts");
  const { boundYoungGeneration } = await import("./youngGeneration.ts");
  const settings = {
    batchSize: wholeNumber(options["batch-size"], "batch-size", 1, 10_000),
    concurrency: wholeNumber(options.concurrency, "concurrency", 1, 256),
    timeout: duration(options.timeout, "timeout"),
    giveUpAfter: duration(options["give-up-after"], "give-up-after"),
    maxRejects: rejectLimit(once(options["max-rejects"], "max-rejects")),
  };
  const plan = await planImport(
    {
      files: options.files.map(String),
      format: options.format,
      map: options.map.map(String),
      delimiter: once(options.delimiter, "delimiter"),
      rejects: once(options.rejects, "rejects"),
      rejectsFormat: options["rejects-format"],
      checkpoint: once(options.checkpoint, "checkpoint"),
    },
    context.cwd,
    context.stdin,
  );
  const target = options["dry-run"] ? undefined : await openTarget(options, job, settings, context);
  if (target && plan.checkpointFile === undefined && options.checkpoint !== "none") {
    say(context, "Standard input cannot be resumed: if this is interrupted, the next import starts over.");
  }
  const report = createReporter(context);
  const unbound = boundYoungGeneration();
  try {
    const summary = await runImport({
      ...settings,
      job,
      plan,
      target,
      restart: options.restart,
      signal: context.signal,
      notify: (line) => say(context, line),
      watch: (read) => reportProgress(report, read),
    });
    if (options.json) printJson(context, summary);
    else for (const line of describeSummary(summary)) say(context, line);
    const paint = painter(context.stderr, context.env);
    for (const warning of summary.warnings) {
      say(context, paint("yellow", `${warning} Import it again once it is whole.`));
    }
    if (summary.warnings.length > 0) return exitCodes.failure;
    return summary.rejected > 0 ? exitCodes.rejected : exitCodes.done;
  } finally {
    // A pipe that is still open would keep the process from ending.
    if (context.signal.aborted && context.stdin instanceof Readable) context.stdin.destroy();
    unbound();
    await target?.client.close();
  }
}

/** The API and a token source for it; nothing is sent yet. */
async function openTarget(
  options: ImportOptions,
  job: Job,
  { concurrency, timeout, giveUpAfter }: { concurrency: number; timeout: number; giveUpAfter: number },
  context: Context,
) {
  const { once } = await import("./options.ts");
  const { createApiClient } = await import("./send/apiClient.ts");
  const { findCredentials } = await import("./credentials.ts");
  const { createTokenSource } = await import("../tokens/tokenSource.ts");
  const { openImportStack } = await import("./stack.ts");
  const stack = options.stack === undefined ? undefined : openImportStack(options.stack, context);
  const credentials = await findCredentials(
    {
      credentialsFile: once(options["credentials-file"], "credentials-file"),
      application: options.application,
      api: options.api,
      stack,
    },
    context,
  );
  const api = [
    { url: once(options["api-url"], "api-url"), source: "--api-url" },
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
  const { href: apiUrl } = serviceAddress(api.url, `The address of the API (${api.source})`, {
    allowHttp: options["allow-http"],
    allowHttpHint: "Where something else protects the way, such as a service mesh, say --allow-http.",
  });
  const cacheFile = once(options["token-cache"], "token-cache");
  const tokens = createTokenSource({
    ...credentials,
    cacheFile: cacheFile === undefined ? undefined : path.resolve(context.cwd, cacheFile),
    patience: giveUpAfter,
    timeout: Math.min(timeout, giveUpAfter),
    report: createReporter(context),
    signal: context.signal,
  });
  return {
    apiUrl,
    apiUrlSource: api.source,
    client: createApiClient({ apiUrl, job, connections: concurrency, timeout }),
    tokens,
  };
}
