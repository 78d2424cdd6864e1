/** What the import's tests share: a tenant, the real API with its database, and the command run in or beside this process. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PassThrough, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { main } from "../../../scripts/import/main.ts";
import type { ImportSummary } from "../../../scripts/import/summary.ts";
import { type RunningTimesheetsApi, serveTimesheetsApi } from "../../../timesheets/api/serve.ts";
import { type ImportTenant, startImportTenant } from "./importTenant.ts";

export interface Scenario extends AsyncDisposable {
  readonly folder: string;
  readonly tenant: ImportTenant;
  readonly api: RunningTimesheetsApi;
  readonly credentialsFile: string;
  /** Writes a file into the folder and returns its path. */
  file(name: string, content: string | Buffer): string;
  /** Points the credentials file at another address of the API, e.g. a proxy before it. */
  sendTo(apiUrl: string): void;
  /** All that the API holds, as `user_id date project` -> hours. */
  stored(): Map<string, number>;
  /** Stops the API and starts it again on its port. */
  restartApi(): Promise<void>;
}

export async function startScenario(): Promise<Scenario> {
  const folder = mkdtempSync(path.join(tmpdir(), "timesheets-import-"));
  const dataDir = path.join(folder, "api");
  const tenant = await startImportTenant();
  const { issuer, audience, caFile } = tenant;
  const options = { dataDir, issuer, audience, caFile };
  let api = await serveTimesheetsApi(options);
  const credentialsFile = path.join(folder, "credentials.json");
  const sendTo = (apiUrl: string) =>
    writeFileSync(credentialsFile, JSON.stringify({ ...tenant.credentials, apiUrl }), { mode: 0o600 });
  sendTo(api.url);
  return {
    folder,
    tenant,
    get api() {
      return api;
    },
    credentialsFile,
    file: (name, content) => {
      const file = path.join(folder, name);
      writeFileSync(file, content);
      return file;
    },
    sendTo,
    stored: () => {
      const database = new DatabaseSync(path.join(dataDir, "timesheets.db"), { readOnly: true });
      try {
        const rows = database.prepare("SELECT user_id, date, project, hundredths FROM entries").all();
        return new Map(
          rows.map((row) => [`${row.user_id} ${row.date} ${row.project}`, Number(row.hundredths) / 100]),
        );
      } finally {
        database.close();
      }
    },
    restartApi: async () => {
      const port = Number(new URL(api.url).port);
      await api.close();
      api = await serveTimesheetsApi({ ...options, port });
    },
    [Symbol.asyncDispose]: async () => {
      await api.close();
      await tenant.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly stdin?: string | Buffer;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs `timesheets-import` in this process, with the scenario's credentials file. */
export function runImport(
  scenario: Scenario,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  return runWith(scenario, [...args, "--credentials-file", scenario.credentialsFile], options);
}

/** The same with the credentials that the arguments or the environment give. */
export async function runWith(
  scenario: Scenario,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const stdout = collect();
  const stderr = collect();
  const code = await main(args, {
    env: options.env ?? {},
    cwd: scenario.folder,
    stdin: Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** The same with `--json`, its document read. */
export async function summaryOf(
  scenario: Scenario,
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ code: number; summary: ImportSummary; stderr: string }> {
  const { code, stdout, stderr } = await runImport(scenario, [...args, "--json"], options);
  return { code, summary: JSON.parse(stdout) as ImportSummary, stderr };
}

export interface ImportProcess {
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  kill(signal?: NodeJS.Signals): void;
}

/** Starts it as a process of its own. */
export function startImport(scenario: Scenario, args: readonly string[]): ImportProcess {
  const command = fileURLToPath(new URL("../../../bin/timesheets-import.js", import.meta.url));
  const child = spawn(process.execPath, [command, ...args, "--credentials-file", scenario.credentialsFile], {
    cwd: scenario.folder,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: scenario.tenant.caFile },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { ended, kill: (signal = "SIGKILL") => child.kill(signal) };
}

/** The same to its end, or killed after a while (milliseconds) if it has not ended by then. */
export async function spawnImport(
  scenario: Scenario,
  args: readonly string[],
  { killAfter }: { readonly killAfter?: number } = {},
) {
  const child = startImport(scenario, args);
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill(), killAfter);
  const result = await child.ended;
  clearTimeout(timer);
  return result;
}

/** The rows of a rejects file in CSV, by column. */
export function readRejects(file: string): Record<string, string>[] {
  return parse(readFileSync(file), { columns: true }) as Record<string, string>[];
}

function collect() {
  const stream = new PassThrough();
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  return { stream, text: () => text };
}
