/** `bootstrap` and `teardown` on the real engine, entered with exactly the scopes that they ask for. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { requiredScopes } from "../../scripts/session/preflight/requiredScopes.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { secretsOf, watchCommandLines, whereSecretsAre } from "../helpers/secrets.ts";

let local: LocalStack;
/** Everything that was printed, by any command of this file, and that `ps` would have shown meanwhile. */
let printed = "";
const commandLines = watchCommandLines();
let secrets: Map<string, string>;

beforeAll(async () => {
  local = await startLocal();
  const required = await run("bootstrap", "--print-required-scopes");
  expect(required.code, required.stderr).toBe(0);
  await local.restrictTo(required.stdout.split("\n").filter(Boolean));
});
afterAll(() => local.close());

async function run(...argv: string[]) {
  const result = await local.run([...argv, "--stack", "local"]);
  printed += result.stdout + result.stderr;
  return result;
}

const stateFiles = async () => [...(await local.files()).keys()].filter((file) => file.startsWith("state"));

test("a dry run prints the plan and changes neither tenant nor state, however often", async () => {
  const before = await local.writes();
  const { code, stdout, stderr } = await run("bootstrap", "--dry-run", "--json");
  expect(code, stderr).toBe(0);
  const { plan, surplusScopes } = JSON.parse(stdout);
  expect(plan.map(({ action, title }: { action: string; title: string }) => `${action} ${title}`)).toEqual([
    "create API Timesheets API",
    "create scopes of Timesheets API",
    "create application Timesheets Import Job",
    "create credentials of Timesheets Import Job",
    "create grant of Timesheets Import Job on Timesheets API",
  ]);
  expect(surplusScopes).toEqual([]);
  expect(await local.writes()).toEqual(before);
  expect(await stateFiles()).toEqual([]);
});

test("an empty tenant becomes what the model says, proven, with the job's credentials in a private file", async () => {
  const file = path.join(local.folder, "job.json");
  const { code, stdout, stderr } = await run("bootstrap", "--yes", "--credentials", "json", "--out", file);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("The tenant is as the model says.");
  expect(stderr).toContain("ResourceServer timesheets created");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const { clientId, clientSecret } = JSON.parse(await readFile(file, "utf8"));
  const client = await local.management.get(`clients/${clientId}`, z.object({ client_secret: z.string() }));
  expect(clientSecret).toBe(client?.client_secret);
  secrets = await secretsOf(local);
  expect(secrets.has(clientSecret)).toBe(true);
});

test("a second run on a finished tenant says so and writes nothing to it", async () => {
  const before = await local.writes();
  const { code, stdout, stderr } = await run("bootstrap", "--yes");
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("Nothing to do: the tenant is as the model says.");
  expect(await local.writes()).toEqual(before);
});

test("teardown asks for what it lacks, then leaves tenant, stack and recorded ids empty", async () => {
  const refused = await run("teardown", "--yes");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain("delete:client_grants delete:clients delete:resource_servers");
  await local.restrictTo(requiredScopes(local.model(), "teardown"));
  const { code, stdout, stderr } = await run("teardown", "--yes", "--remove-stack", "--json");
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout).deleted.map(({ title }: { title: string }) => title)).toContain(
    "application Timesheets Import Job",
  );
  const clients = await local.management.list("clients", "clients", z.object({ name: z.string() }));
  expect(clients.map(({ name }) => name)).not.toContain("Timesheets Import Job");
  expect(await readFile(path.join(local.record.dataDir, "ids.yaml"), "utf8")).toBe("{}\n");
});

test("no secret was printed, or shown by ps, or kept in clear where the engine keeps its files", async () => {
  printed += commandLines.stop();
  expect(printed).toContain("--show-secrets");
  expect(await whereSecretsAre(secrets, local, printed)).toEqual([]);
});
