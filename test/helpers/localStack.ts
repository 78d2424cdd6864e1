/** The stack `local` on a tenant of its own: what `auth0-m2m local` serves, in this process and a temporary folder. */

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { ensureEngine } from "../../engine/ensureEngine.ts";
import { pulumiEnvironment } from "../../engine/pulumi.ts";
import { type AccessModel, loadAccessModel } from "../../infra/accessModel.ts";
import { noReport } from "../../lib/report.ts";
import { startProvider } from "../../local/provider/serve.ts";
import type { FaultOrder } from "../../local/tenant/faults.ts";
import type { RateLimit } from "../../local/tenant/serve.ts";
import { readLocalSettings } from "../../scripts/access/local/localApis.ts";
import { type SeededApi, seedAsDashboard } from "../../scripts/access/local/seed.ts";
import { startServices } from "../../scripts/access/local/services.ts";
import { createPulumi, type Pulumi } from "../../scripts/pulumi/pulumi.ts";
import { type LocalRecord, localRecordFile } from "../../scripts/session/localRecord.ts";
import { localEnvironment, type Stack } from "../../scripts/session/stack.ts";
import { createManagementClient, type ManagementClient } from "../../scripts/tenant/managementClient.ts";
import {
  type CommandResult,
  type CommandSurroundings,
  m2m,
  repository,
  timesheetsImport,
} from "./commandLine.ts";
import { plainEnvironment } from "./environment.ts";
import { makeClient } from "./tenant.ts";

export interface LocalStackOptions {
  /** YAML of the access model; another can be put in its place later. @default the one in infra/ */
  readonly model?: string;
  /** @default "none" */
  readonly rateLimit?: RateLimit;
  /** @default "bundled" */
  readonly provider?: LocalRecord["provider"];
}

export interface LocalStack {
  readonly record: LocalRecord;
  /** For child processes: finds this tenant and this model. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder of this stack's own, for credentials files and keys; the model's file lies in it. */
  readonly folder: string;
  readonly modelFile: string;
  /** May do everything; its requests are in the tenant's log like all others. */
  readonly management: ManagementClient;
  /** As `openStack` gives it. */
  readonly stack: Stack;
  /** The engine, as the commands use it. */
  readonly pulumi: Pulumi;
  /** The same, for those who start it themselves. */
  readonly engine: { readonly command: string; readonly env: Readonly<NodeJS.ProcessEnv> };
  model(): AccessModel;
  /** Puts another access model in place. */
  setModel(yaml: string): Promise<void>;
  /** Runs `auth0-m2m <argv>` in this process. */
  run(argv: readonly string[], surroundings?: Partial<CommandSurroundings>): Promise<CommandResult>;
  /** Runs `timesheets-import <argv>` in this process. */
  runImport(argv: readonly string[], surroundings?: Partial<CommandSurroundings>): Promise<CommandResult>;
  /** Makes what the Dashboard makes at "Create API"; by API key. */
  seed(): Promise<Record<string, SeededApi>>;
  /** The control interface: `POST /faults`, `/clock`, `/plan`, `/reset`. */
  control(path: string, body?: unknown): Promise<void>;
  fault(...orders: FaultOrder[]): Promise<void>;
  /** The tenant's log of writes through the Management API, `<method> <path>` each, oldest first. */
  writes(): Promise<string[]>;
  /**
   * Lets everything that runs from now on enter the tenant through another management application, with exactly these
   * scopes; returns the engine in its place.
   */
  restrictTo(scopes: readonly string[]): Promise<Pulumi>;
  /** Every file below the data folder with its content, by relative path. */
  files(): Promise<Map<string, Buffer>>;
  close(): Promise<void>;
}

const never = new AbortController().signal;
const quietly = { report: noReport, signal: never };

export async function startLocal(options: LocalStackOptions = {}): Promise<LocalStack> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "timesheets-test-"));
  const modelFile = path.join(folder, "access.yaml");
  const setModel = (yaml: string) => writeFile(modelFile, yaml);
  await setModel(options.model ?? (await readFile(`${repository}/infra/access.yaml`, "utf8")));
  const model = () => loadAccessModel({ file: modelFile, env: {} });
  const env = plainEnvironment();
  const services = await startServices({
    dataDir: path.join(folder, "data"),
    port: 0,
    apiPort: 0,
    rateLimit: options.rateLimit ?? "none",
    provider: options.provider ?? "bundled",
    apis: async () => (await readLocalSettings(repository, model())).apis,
    env,
    report: noReport,
  });
  const [engine, record] = await Promise.all([ensureEngine({ env, signal: never }), services.ready]);
  const own = { M2M_LOCAL_DATA: record.dataDir, M2M_ACCESS_MODEL: modelFile, NO_COLOR: "1" };
  const engineEnv = { ...env, ...localEnvironment(record), ...own };
  const { domain, clientId, clientSecret } = record;
  const closers: (() => Promise<void>)[] = [];
  const manage = () =>
    createManagementClient({ domain, credentials: { clientId, clientSecret } }, { signal: never });
  const management = manage();
  const control = async (at: string, body: unknown = {}) => {
    const response = await fetch(record.controlUrl + at, {
      method: "POST",
      headers: { authorization: `Bearer ${record.controlKey}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${at}: ${response.status} ${await response.text()}`);
  };
  return {
    record,
    env: own,
    folder,
    modelFile,
    management,
    stack: stackOf(engineEnv, modelFile, record),
    pulumi: createPulumi(engine, stackOf(engineEnv, modelFile, record), quietly),
    engine: { command: engine.command, env: { ...engineEnv, ...pulumiEnvironment(engine, engineEnv) } },
    model,
    setModel,
    runImport: (argv, surroundings = {}) =>
      timesheetsImport(argv, { ...surroundings, env: { ...own, ...surroundings.env } }),
    run: (argv, surroundings = {}) => m2m(argv, { ...surroundings, env: { ...own, ...surroundings.env } }),
    seed: () => seedAsDashboard(record, model()),
    control,
    fault: (...orders) => control("/faults", orders),
    async writes() {
      const entries = await management.list("logs", "logs", logSchema, { sort: "date:1" });
      return entries.flatMap(({ type, details }) => (type === "sapi" && details ? [describe(details)] : []));
    },
    restrictTo: async (scopes) => {
      // A signing key that was revoked meanwhile took the token of the first client with it.
      const fresh = manage();
      const { client_id, client_secret } = await makeClient(fresh, {
        name: "Access as code",
        authentication: "client_secret_post",
      });
      const audience = `https://${domain}/api/v2/`;
      const grant = { client_id, audience, scope: [...scopes] };
      await fresh.send("POST", "client-grants", grant, z.unknown());
      let restricted: LocalRecord = { ...record, clientId: client_id, clientSecret: client_secret };
      if (record.provider === "bundled") {
        const own = await startProvider({ env: { ...env, ...localEnvironment(restricted) } });
        closers.push(() => own.close());
        restricted = { ...restricted, providerPort: own.port };
      }
      await writeFile(localRecordFile(record.dataDir), JSON.stringify(restricted), { mode: 0o600 });
      return createPulumi(
        engine,
        stackOf(
          { ...env, ...localEnvironment(restricted), M2M_ACCESS_MODEL: modelFile },
          modelFile,
          restricted,
        ),
        quietly,
      );
    },
    files: () => readFolder(record.dataDir),
    async close() {
      for (const closer of closers) await closer();
      await services.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const logSchema = z.object({
  type: z.string(),
  // Token entries may carry details of another shape.
  details: z
    .object({ request: z.object({ method: z.string(), path: z.string() }) })
    .optional()
    .catch(undefined),
});

function describe({ request }: NonNullable<z.infer<typeof logSchema>["details"]>): string {
  return `${request.method.toUpperCase()} ${request.path}`;
}

function stackOf(env: NodeJS.ProcessEnv, accessModelFile: string, record: LocalRecord): Stack {
  return {
    name: "local",
    root: repository,
    accessModelFile,
    settingsFile: path.join(repository, "Pulumi.local.yaml"),
    project: "timesheets",
    idsFile: path.join(record.dataDir, "ids.yaml"),
    env,
    local: record,
  };
}

async function readFolder(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const contents = await Promise.all(
    files.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(folder, file), await readFile(file)] as const;
    }),
  );
  return new Map(contents);
}
