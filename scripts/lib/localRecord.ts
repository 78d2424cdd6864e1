/** The running local tenant, as `timesheets local` leaves it for the other commands in a file of its data folder. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { exitCodes, ToolError } from "./errors.ts";
import { parseJson } from "./json.ts";
import { isAlive } from "./processes.ts";
import { findProjectRoot } from "./project.ts";

/** The only stack that the local tenant and the bundled provider serve. */
export const localStack = "local";

/** Protects nothing: the local stack holds credentials of a tenant on this machine alone, and is published with its salt. */
export const localPassphrase = "timesheets-local";

const recordSchema = z.object({
  /** Process id of the server. */
  pid: z.number(),
  /** `localhost:<port>`. */
  domain: z.string(),
  url: z.string(),
  /** PEM of the local certificate authority. */
  caFile: z.string(),
  /** PEM of the system's authorities and the local one, for programs that know SSL_CERT_FILE alone. */
  trustFile: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  /** The Timesheets API. */
  apiUrl: z.string(),
  /** Which plugin serves Pulumi's auth0 resources. */
  provider: z.enum(["bundled", "official"]),
  /** Port of the bundled provider; absent while it starts. */
  providerPort: z.number().optional(),
  controlUrl: z.string(),
  controlKey: z.string(),
  dataDir: z.string(),
});

export type LocalRecord = z.infer<typeof recordSchema>;

/** The data folder of the local tenant: TIMESHEETS_LOCAL_DATA, else `.timesheets/local` in the project. */
export function localDataDir(cwd: string, env: Readonly<NodeJS.ProcessEnv>): string {
  return path.resolve(env.TIMESHEETS_LOCAL_DATA || path.join(findProjectRoot(cwd), ".timesheets", "local"));
}

export function localRecordFile(dataDir: string): string {
  return path.join(dataDir, "running.json");
}

/**
 * Reads the record of the tenant that serves `dataDir`.
 * @throws {ToolError} `local_not_running`, exit 1, when none is.
 */
export function readLocalRecord(dataDir: string): LocalRecord {
  const record = findLocalRecord(dataDir);
  if (record) return record;
  throw new ToolError("local_not_running", `No local tenant is running on ${dataDir}.`, {
    exitCode: exitCodes.failure,
    hint: "Start one with `npx timesheets local` in another shell.",
  });
}

/** The same, or undefined where no tenant is running. */
export function findLocalRecord(dataDir: string): LocalRecord | undefined {
  let text: string;
  try {
    text = readFileSync(localRecordFile(dataDir), "utf8");
  } catch {
    return undefined;
  }
  const parsed = recordSchema.safeParse(parseJson(text));
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined;
}

/** How long the bundled provider may take to start, milliseconds. */
const providerPatience = 30_000;

/**
 * The record once its provider answers; waits for one that is starting.
 * @throws {ToolError} `provider_not_started` when that takes too long.
 */
export async function awaitProvider(record: LocalRecord, signal: AbortSignal): Promise<LocalRecord> {
  const end = Date.now() + providerPatience;
  for (let current = record; ; current = readLocalRecord(record.dataDir)) {
    if (current.provider === "official" || current.providerPort !== undefined) return current;
    if (Date.now() > end) {
      throw new ToolError("provider_not_started", "The bundled provider of the local tenant did not start.", {
        hint: "See what `npx timesheets local` says.",
      });
    }
    await sleep(50, undefined, { signal });
  }
}
