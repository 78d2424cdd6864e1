/** The running local tenant, as `auth0-m2m local` leaves it for the other commands in a file of its data folder. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isLoopback } from "../../lib/address.ts";
import { exitCodes, ToolError } from "../../lib/errors.ts";
import { parseJson } from "../../lib/json.ts";
import { readOwnFileSync } from "../../lib/ownFile.ts";
import { isAlive, startOf } from "../../lib/processes.ts";
import { findProjectRoot } from "./project.ts";

/** The only stack that the local tenant and the bundled provider serve. */
export const localStack = "local";

/** Protects nothing: the local stack holds credentials of a tenant on this machine alone, and is published with its salt. */
export const localPassphrase = "auth0-m2m-local";

export interface LocalRecord {
  /** Process id of the server. */
  pid: number;
  /** When that process started, as `startOf` gives it; null where the system does not say. */
  started: string | null;
  /** `localhost:<port>`. */
  domain: string;
  url: string;
  /** PEM of the local certificate authority. */
  caFile: string;
  /** PEM of the system's authorities and the local one, for programs that know SSL_CERT_FILE alone. */
  trustFile: string;
  clientId: string;
  clientSecret: string;
  /** Addresses of the APIs that run beside it, by their keys in the model. */
  apis: Readonly<Record<string, string>>;
  /** Which plugin serves Pulumi's auth0 resources. */
  provider: "bundled" | "official";
  /** Port of the bundled provider; absent while it starts. */
  providerPort?: number | undefined;
  controlUrl: string;
  controlKey: string;
  dataDir: string;
}

/** The data folder of the local tenant: M2M_LOCAL_DATA, else `.auth0-m2m/local` in the project. */
export function localDataDir(cwd: string, env: Readonly<NodeJS.ProcessEnv>): string {
  return path.resolve(env.M2M_LOCAL_DATA || path.join(findProjectRoot(cwd), ".auth0-m2m", "local"));
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
  throw new ToolError("local_not_running", `No local tenant is serving ${dataDir}.`, {
    exitCode: exitCodes.failure,
    hint: "Start one with `npx auth0-m2m local` in another shell.",
  });
}

/**
 * The same, or undefined where no tenant is running.
 * @throws {ToolError} `file_not_own` or `local_record_refused`, exit 2, for a record that this tool did not write: it
 * says where credentials are sent.
 */
export function findLocalRecord(dataDir: string): LocalRecord | undefined {
  const file = localRecordFile(dataDir);
  const text = readOwnFileSync(file);
  const record = text === undefined ? undefined : parseJson(text);
  if (!isRecord(record) || !isAlive(record.pid) || record.started !== startOf(record.pid)) return undefined;
  const addresses = [
    `https://${record.domain}`,
    record.url,
    record.controlUrl,
    ...Object.values(record.apis),
  ];
  if (addresses.every(isOnThisMachine) && record.dataDir === dataDir) return record;
  throw new ToolError("local_record_refused", `${file} does not describe a local tenant.`, {
    exitCode: exitCodes.usage,
    hint: "It names another machine or another folder. Remove it, and start `npx auth0-m2m local` again.",
  });
}

function isOnThisMachine(address: string): boolean {
  return URL.canParse(address) && isLoopback(new URL(address).hostname);
}

const texts = [
  ...(["domain", "url", "caFile", "trustFile", "clientId", "clientSecret"] as const),
  ...(["controlUrl", "controlKey", "dataDir"] as const),
] satisfies (keyof LocalRecord)[];

// By hand, since every command loads this module, and a schema library would add a fifth to their start.
function isRecord(value: unknown): value is LocalRecord {
  if (typeof value !== "object" || value === null) return false;
  const record: Partial<Record<keyof LocalRecord, unknown>> = value;
  return (
    texts.every((name) => typeof record[name] === "string") &&
    typeof record.pid === "number" &&
    (record.started === null || typeof record.started === "string") &&
    isTexts(record.apis) &&
    (record.provider === "bundled" || record.provider === "official") &&
    (record.providerPort === undefined || typeof record.providerPort === "number")
  );
}

function isTexts(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((one) => typeof one === "string");
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
        hint: "See what `npx auth0-m2m local` says.",
      });
    }
    await sleep(50, undefined, { signal });
  }
}
