/**
 * Which changes auth0-deploy-cli's dry run names. A run takes 20 seconds of processor time whatever it compares, so all
 * are made in one tenant, each to copies of the default model of its own.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { accessModel } from "../helpers/accessModel.ts";
import { repository } from "../helpers/commandLine.ts";
import { type DriftTenant, declare, startDriftTenant } from "../scripts/access/drift/driftTenant.ts";
import type { Mutation } from "../scripts/access/drift/mutations/index.ts";

export const deployCli = path.join(repository, "bench", "node_modules", ".bin", "a0deploy");

/** Some changes are named or not by the order of random ids: "by chance" is named in some of a change's copies only. */
export type Verdict = "found" | "by chance" | "not found";

/** So many copies of each change; more than a thousand applications could not be exported. */
const trials = 7;

/** A line of the preview, e.g. `ClientGrants`, `DELETE`, `Timesheets Import Job 07 -> https://api.example/07`. */
interface Planned {
  readonly type: string;
  readonly action: "CREATE" | "UPDATE" | "DELETE";
  readonly name: string;
}

/** A copy of the default model in the tenant, as a change sees it. */
type Copy = Pick<DriftTenant, "call" | "ids" | "model" | "running">;

/**
 * Exports a tenant, makes every change, and previews the import of that export.
 * @returns by the change's name, whether its own API, application or grants are named, with whatever action
 * @throws where the preview names anything before the first change
 */
export async function previewChanges(mutations: readonly Mutation[]): Promise<ReadonlyMap<string, Verdict>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "timesheets-deploy-"));
  const tenant = await startDriftTenant();
  try {
    const copies: { mutation: Mutation; copy: Copy }[] = [];
    for (let trial = 0; trial < trials; trial += 1) {
      for (const mutation of mutations) {
        copies.push({ mutation, copy: await makeCopy(tenant, copies.length) });
      }
    }
    await deploy(tenant, folder, ["export", "--format", "yaml", "--output_folder", folder]);
    const before = await preview(tenant, folder);
    if (before.length > 0) throw new Error(`A fresh export differs: ${JSON.stringify(before, null, 2)}`);
    for (const { mutation, copy } of copies) await mutation.change(copy);
    const after = await preview(tenant, folder);
    const verdict = ({ name }: Mutation): Verdict => {
      const own = copies.filter(({ mutation }) => mutation.name === name);
      const named = own.filter(({ copy }) => after.some((planned) => concerns(planned, copy)));
      return named.length === 0 ? "not found" : named.length === own.length ? "found" : "by chance";
    };
    return new Map(mutations.map((mutation) => [mutation.name, verdict(mutation)]));
  } finally {
    await tenant.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeCopy({ call, running }: DriftTenant, number: number): Promise<Copy> {
  const { apis, applications } = accessModel();
  const model = accessModel({
    api: {
      name: `${apis.timesheets?.name} ${number}`,
      identifier: `${apis.timesheets?.identifier}/${number}`,
    },
    application: { name: `${applications["import-job"]?.name} ${number}` },
  });
  return { call, running, model, ids: await declare(model, call) };
}

/** The preview names APIs and applications by name, and grants by application (name or id) and audience. */
function concerns({ type, name }: Planned, { model, ids }: Copy): boolean {
  const api = model.apis.timesheets;
  const application = model.applications["import-job"]?.name;
  if (type === "ResourceServers") return name === api?.name;
  if (type === "Clients") return name === application;
  const [grantee, audience] = name.split(" -> ");
  return (
    audience === api?.identifier || grantee === application || grantee === ids.applications["import-job"]
  );
}

async function preview(tenant: DriftTenant, folder: string): Promise<readonly Planned[]> {
  const file = path.join(folder, "tenant.yaml");
  const output = await deploy(tenant, folder, ["import", "--input_file", file, "--dry_run=preview"]);
  if (!output.includes("Dry Run completed successfully"))
    throw new Error(`No preview was printed:\n${output}`);
  const planned: Planned[] = [];
  // The first column is empty where it repeats the line above; a star marks deletions that are not allowed.
  for (const [, type, action, name] of output.matchAll(/│ (.*?) +│ (CREATE|UPDATE|DELETE)[ *]+│ (.*?) +│/g)) {
    planned.push({
      type: type?.trim() || (planned.at(-1)?.type ?? ""),
      action: action as Planned["action"],
      name: name ?? "",
    });
  }
  return planned;
}

async function deploy({ running }: DriftTenant, folder: string, args: readonly string[]): Promise<string> {
  const config = path.join(folder, "config.json");
  const { domain: AUTH0_DOMAIN, clientId: AUTH0_CLIENT_ID, clientSecret: AUTH0_CLIENT_SECRET } = running;
  const AUTH0_INCLUDED_ONLY = ["resourceServers", "clients", "clientGrants"];
  const settings = { AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, AUTH0_INCLUDED_ONLY };
  await writeFile(config, JSON.stringify(settings), { mode: 0o600 });
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: running.caFile, NO_COLOR: "1" };
  const child = spawn(process.execPath, [deployCli, ...args, "--config_file", config], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`a0deploy ${args[0]} ended with ${code}:\n${output}`);
  return output;
}
