/**
 * Puts every change of the drift table to Pulumi's two checks and to auth0-deploy-cli's dry run, and keeps the
 * published table in docs/drift.md current: with UPDATE_DOCS=1 it is written, else compared.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../helpers/commandLine.ts";
import { type EngineTenant, startEngineTenant } from "../scripts/drift/engineTenant.ts";
import { type Mutation, mutations } from "../scripts/drift/mutations.ts";

const deployCli = path.join(repository, "bench", "node_modules", ".bin", "a0deploy");
/** Its dry run takes 20 seconds of processor time for each change; SKIP_DEPLOY_CLI=1 leaves the column out. */
const hasDeployCli = existsSync(deployCli) && !process.env.SKIP_DEPLOY_CLI;
if (!hasDeployCli) console.warn("The column of auth0-deploy-cli (npm ci in bench/) is left out.");
const page = path.join(repository, "docs", "drift.md");
const signal = new AbortController().signal;

/** A line of the table: true found, false not found, null not tried. */
type Row = readonly [
  name: string,
  drift: boolean,
  refresh: boolean,
  preview: boolean,
  dryRun: boolean | null,
];
const rows: Row[] = [];
/** What an interrupted run found; the next one goes on from there, and a whole one removes it. */
const found = path.join(repository, "node_modules", ".cache", "drift-table.json");

let shared: EngineTenant;
let folder: string;
beforeAll(async () => {
  if (existsSync(found)) rows.push(...(JSON.parse(await readFile(found, "utf8")) as Row[]));
  folder = await mkdtemp(path.join(os.tmpdir(), "timesheets-table-"));
  shared = await startEngineTenant();
});
afterAll(async () => {
  await shared.close();
  await rm(folder, { recursive: true, force: true });
});

test.each(mutations.map((mutation) => [mutation.name, mutation] as const))("%s", async (name, mutation) => {
  if (rows.some(([known]) => known === name)) return;
  const tenant = mutation.undo ? shared : await startEngineTenant();
  try {
    if (hasDeployCli) await exportTenant(tenant);
    await mutation.change(tenant);
    const drift = (await tenant.drift("--no-blame")).code === 7;
    const refresh = await differs(tenant, ["refresh", "--preview-only", "--json"]);
    const preview = await differs(tenant, ["preview", "--refresh", "--json"]);
    rows.push([name, drift, refresh, preview, hasDeployCli ? await dryRunDiffers(tenant) : null]);
    expect(drift).toBe(true);
    await mkdir(path.dirname(found), { recursive: true });
    await writeFile(found, JSON.stringify(rows));
  } finally {
    await undo(mutation, tenant);
  }
});

test("the published table says the same", async () => {
  const text = await readFile(page, "utf8");
  const current = text.replace(/(?<=<!-- table -->\n).*?(?=<!-- \/table -->)/s, () => table());
  if (process.env.UPDATE_DOCS) await writeFile(page, current);
  else if (hasDeployCli) expect(text).toBe(current);
  await rm(found, { force: true });
});

async function undo(mutation: Mutation, tenant: EngineTenant): Promise<void> {
  if (mutation.undo) await mutation.undo(tenant);
  else await tenant.close();
}

async function differs({ pulumi }: EngineTenant, args: readonly string[]): Promise<boolean> {
  const { stdout } = await pulumi.must(args, { signal });
  const { steps = [] } = JSON.parse(stdout) as { steps?: readonly { op: string; urn: string }[] };
  return steps.some(
    ({ op, urn }) => urn.includes("auth0:index/") && !["same", "read", "refresh"].includes(op),
  );
}

async function deploy({ running }: EngineTenant, args: readonly string[]): Promise<string> {
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
  await once(child, "close");
  return output;
}

const exportTenant = (tenant: EngineTenant) =>
  deploy(tenant, ["export", "--format", "yaml", "--output_folder", folder]);

async function dryRunDiffers(tenant: EngineTenant): Promise<boolean> {
  const file = path.join(folder, "tenant.yaml");
  const output = await deploy(tenant, ["import", "--input_file", file, "--dry_run=preview"]);
  return /\b(UPDATE|CREATE|DELETE)\b/.test(output);
}

function table(): string {
  const mark = (seen: boolean | null) => (seen === null ? "-" : seen ? "found" : "**not found**");
  const order = mutations.map(({ name }) => name);
  rows.sort(([left], [right]) => order.indexOf(left) - order.indexOf(right));
  const lines = rows.map(([name, ...found]) => `| ${name} | ${found.map(mark).join(" | ")} |`);
  const count = (column: 1 | 2 | 3 | 4) => `${rows.filter((row) => row[column]).length} of ${rows.length}`;
  return [
    "| Change | `timesheets drift` | `pulumi refresh --preview-only` | `pulumi preview --refresh` | `a0deploy import --dry_run` |",
    "|---|---|---|---|---|",
    ...lines,
    `| **all** | ${count(1)} | ${count(2)} | ${count(3)} | ${hasDeployCli ? count(4) : "-"} |`,
    "",
  ].join("\n");
}
