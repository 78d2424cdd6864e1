/** Starts what `auth0-m2m local` serves: the tenant in this process, the project's APIs and the provider beside it. */
import { rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import { messageOf, ToolError } from "../../../lib/errors.ts";
import { makeDataFolder } from "../../../lib/folders.ts";
import { writeOwnFile } from "../../../lib/ownFile.ts";
import { startOf } from "../../../lib/processes.ts";
import type { Report } from "../../../lib/report.ts";
import { trustAuthority } from "../../../lib/trust.ts";
import { startProvider } from "../../../local/provider/serve.ts";
import { type RateLimit, type RunningTenant, serveTenant } from "../../../local/tenant/serve.ts";
import { findLocalRecord, type LocalRecord, localRecordFile } from "../../session/localRecord.ts";
import { localEnvironment, withoutTenant } from "../../session/stack.ts";
import type { LocalApi } from "./localApis.ts";

export interface ServiceOptions {
  /** State of everything, a folder for the owner alone. */
  readonly dataDir: string;
  /** Port of the tenant; 0 takes a free one. */
  readonly port: number;
  /** Port of the first API, the next one of the second, and so on; 0 takes free ones. */
  readonly apiPort: number;
  /** @default this machine alone, as `serveTenant` says */
  readonly host?: string | undefined;
  /** @default "none" */
  readonly rateLimit?: RateLimit;
  /** Which plugin serves Pulumi's auth0 resources; the official one is Pulumi's to find. */
  readonly provider: LocalRecord["provider"];
  /** The APIs to run beside the tenant; asked for once the tenant serves. */
  readonly apis: () => Promise<readonly LocalApi[]>;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly report: Report;
}

export interface Services {
  readonly record: LocalRecord;
  /** Resolves once the provider answers; at once where none is served. */
  readonly ready: Promise<LocalRecord>;
  /** Stops everything and removes the record; state stays. */
  close(): Promise<void>;
}

/** Milliseconds in which the tenant has the process to itself. */
const headStart = 40;

/**
 * Starts everything and leaves the record that other commands read.
 * @throws {ToolError} `local_running` when the data folder is being served already; `port_taken`; `data_folder_not_writable`.
 */
export async function startServices(options: ServiceOptions): Promise<Services> {
  const { dataDir } = options;
  const running = findLocalRecord(dataDir);
  if (running) {
    throw new ToolError(
      "local_running",
      `A local tenant serves ${dataDir} already: ${running.url} (pid ${running.pid}).`,
    );
  }
  makeDataFolder(path.join(dataDir, "state"), dataDir);
  const closers: (() => Promise<void>)[] = [() => rm(localRecordFile(dataDir), { force: true })];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const tenant = await serveTenant({
      dataDir: path.join(dataDir, "tenant"),
      port: options.port,
      rateLimit: options.rateLimit ?? "none",
      report: options.report,
      ...(options.host === undefined ? {} : { host: options.host }),
    });
    closers.push(() => tenant.close());
    // Loading the rest keeps the processor busy for longer than a first answer takes, so that goes first.
    await sleep(headStart);
    const apis = await options.apis();
    const starting = await startApis(apis, tenant, options, closers);
    trustAuthority(tenant.caFile);
    const [urls, trustFile] = await Promise.all([Promise.all(starting), writeTrust(dataDir)]);
    const record = await writeRecord(tenant, Object.fromEntries(urls), trustFile, options);
    const ready =
      options.provider === "bundled" ? withProvider(record, options.env, closers) : Promise.resolve(record);
    // Callers that need the provider await `ready`; the tenant serves without it.
    ready.catch((error: unknown) =>
      options.report({
        level: "warning",
        code: "provider_not_started",
        message: `The bundled provider did not start: ${messageOf(error)}`,
      }),
    );
    // A provider that is still starting can only be stopped once it has started.
    const closeAll = () => ready.then(close, close);
    return { record, ready, close: closeAll };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts them all at once; each gives its API's key and its address. */
async function startApis(
  apis: readonly LocalApi[],
  tenant: RunningTenant,
  { dataDir, apiPort }: Pick<ServiceOptions, "dataDir" | "apiPort">,
  closers: (() => Promise<void>)[],
): Promise<Promise<[key: string, url: string]>[]> {
  if (apis.length === 0) return [];
  const { startApiProcess } = await import("./apiProcess.ts");
  const { domain, clientId, clientSecret } = tenant;
  return apis.map(({ api, module }, index) => {
    const { key, identifier, signingAlgorithm, tokenProfile } = api;
    const starting = startApiProcess(module, {
      dataDir: path.join(dataDir, "apis", key),
      port: apiPort === 0 ? 0 : apiPort + index,
      issuer: `${tenant.url}/`,
      audience: identifier,
      signingAlgorithm,
      tokenProfile,
      caFile: tenant.caFile,
      ...(signingAlgorithm === "HS256" && { tenant: { domain, clientId, clientSecret } }),
    });
    closers.push(() =>
      starting.then(
        (running) => running.close(),
        () => undefined,
      ),
    );
    return starting.then(({ url }) => [key, url]);
  });
}

async function withProvider(
  record: LocalRecord,
  env: Readonly<NodeJS.ProcessEnv>,
  closers: (() => Promise<void>)[],
): Promise<LocalRecord> {
  const provider = await startProvider({
    env: { ...withoutTenant(env), ...localEnvironment(record) },
  });
  closers.push(() => provider.close());
  const complete = { ...record, providerPort: provider.port };
  await saveRecord(complete);
  return complete;
}

async function writeRecord(
  tenant: RunningTenant,
  apis: LocalRecord["apis"],
  trustFile: string,
  { dataDir, provider }: ServiceOptions,
): Promise<LocalRecord> {
  const { domain, url, caFile, clientId, clientSecret, controlUrl, controlKey } = tenant;
  const record: LocalRecord = {
    pid: process.pid,
    started: startOf(process.pid),
    domain,
    url,
    caFile,
    trustFile,
    clientId,
    clientSecret,
    apis,
    controlUrl,
    controlKey,
    provider,
    dataDir,
  };
  await saveRecord(record);
  return record;
}

/** The system's authorities and those of this process, the tenant's among them. */
async function writeTrust(dataDir: string): Promise<string> {
  const trustFile = path.join(dataDir, "trust.pem");
  const authorities = new Set([...tls.getCACertificates("system"), ...tls.getCACertificates("default")]);
  await writeOwnFile(trustFile, `${[...authorities].join("\n")}\n`);
  return trustFile;
}

async function saveRecord(record: LocalRecord): Promise<void> {
  await writeOwnFile(localRecordFile(record.dataDir), `${JSON.stringify(record, null, 2)}\n`);
}
