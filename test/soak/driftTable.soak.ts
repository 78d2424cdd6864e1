/**
 * Puts every change of the drift table to Pulumi's two checks and to auth0-deploy-cli's dry run, and keeps the
 * published table in docs/drift.md current: with UPDATE_DOCS=1 it is written, else compared.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../helpers/commandLine.ts";
import { providers } from "../helpers/providers.ts";
import { type EngineTenant, startEngineTenant } from "../scripts/access/drift/engineTenant.ts";
import { type Mutation, mutations } from "../scripts/access/drift/mutations/index.ts";
import { deployCli, previewChanges, type Verdict } from "./deployDryRun.ts";

const hasDeployCli = existsSync(deployCli);
if (!hasDeployCli) console.warn("The column of auth0-deploy-cli (npm ci in bench/) is left out.");
/** Pulumi's columns are the official plugin's where it is in the cache. */
const provider = providers.at(-1);
const page = path.join(repository, "docs", "drift.md");

/** A line of the table: whether each of the tools that look at one change at a time found it. */
type Row = readonly [name: string, drift: boolean, refresh: boolean, preview: boolean];
const rows: Row[] = [];
/** What an interrupted run found; the next one resumes there, and a whole one removes it. */
const found = path.join(repository, "node_modules", ".cache", "drift-table.json");

let shared: EngineTenant;
beforeAll(async () => {
  if (existsSync(found)) rows.push(...(JSON.parse(await readFile(found, "utf8")) as Row[]));
  shared = await startEngineTenant(provider);
});
afterAll(() => shared.close());

test.each(mutations.map((mutation) => [mutation.name, mutation] as const))("%s", async (name, mutation) => {
  if (rows.some(([known]) => known === name)) return;
  const tenant = mutation.undo ? shared : await startEngineTenant(provider);
  try {
    await mutation.change(tenant);
    const drift = (await tenant.drift("--no-blame")).code === 7;
    const refresh = await differs(tenant, ["refresh", "--preview-only", "--json"]);
    const preview = await differs(tenant, ["preview", "--refresh", "--json"]);
    rows.push([name, drift, refresh, preview]);
    expect(drift).toBe(true);
    await mkdir(path.dirname(found), { recursive: true });
    await writeFile(found, JSON.stringify(rows));
  } finally {
    await undo(mutation, tenant);
  }
});

test("the published table says the same", async () => {
  const previewed = hasDeployCli ? await previewChanges(mutations) : undefined;
  const text = await readFile(page, "utf8");
  const current = text.replace(/(?<=<!-- table -->\n).*?(?=<!-- \/table -->)/s, () => table(previewed));
  if (process.env.UPDATE_DOCS) await writeFile(page, current);
  else if (hasDeployCli) expect(text).toBe(current);
  await rm(found, { force: true });
});

async function undo(mutation: Mutation, tenant: EngineTenant): Promise<void> {
  if (mutation.undo) await mutation.undo(tenant);
  else await tenant.close();
}

async function differs({ pulumi }: EngineTenant, args: readonly string[]): Promise<boolean> {
  const { stdout } = await pulumi.must(args);
  const { steps = [] } = JSON.parse(stdout) as { steps?: readonly { op: string; urn: string }[] };
  return steps.some(
    ({ op, urn }) => urn.includes("auth0:index/") && !["same", "read", "refresh"].includes(op),
  );
}

function table(previewed: ReadonlyMap<string, Verdict> | undefined): string {
  const mark = (verdict: Verdict | undefined) =>
    verdict === undefined ? "-" : verdict === "found" ? verdict : `**${verdict}**`;
  const order = mutations.map(({ name }) => name);
  rows.sort(([left], [right]) => order.indexOf(left) - order.indexOf(right));
  const verdicts = rows.map(([name, ...found]) => ({
    name,
    found: [...found.map((seen): Verdict => (seen ? "found" : "not found")), previewed?.get(name)],
  }));
  const count = (column: number) =>
    `${verdicts.filter(({ found }) => found[column] === "found").length} of ${verdicts.length}`;
  return [
    "| Change | `auth0-m2m drift` | `pulumi refresh --preview-only` | `pulumi preview --refresh` | `a0deploy import --dry_run` |",
    "|---|---|---|---|---|",
    ...verdicts.map(({ name, found }) => `| ${name} | ${found.map(mark).join(" | ")} |`),
    `| **all** | ${count(0)} | ${count(1)} | ${count(2)} | ${previewed ? count(3) : "-"} |`,
    "",
  ].join("\n");
}
