/** What people and killed runs leave behind, adopted on the real engine; then protected. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { killEngine, progressOf } from "../helpers/killedEngine.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { secretsOf, whereSecretsAre } from "../helpers/secrets.ts";
import { comparableState } from "../helpers/stackState.ts";

const clientSchema = z.object({ client_id: z.string(), name: z.string(), client_secret: z.string() });

let local: LocalStack;
let seeded: { resourceServerId: string; clientId: string; grantId: string };
let printed = "";

beforeAll(async () => {
  local = await startLocal();
  const { timesheets } = await local.seed();
  if (!timesheets) throw new Error("nothing was seeded");
  seeded = timesheets;
});
afterAll(() => local.close());

async function run(...argv: string[]) {
  const result = await local.run([...argv, "--stack", "local"]);
  printed += result.stdout + result.stderr;
  return result;
}

const application = () => local.management.get(`clients/${seeded.clientId}`, clientSchema);

test("what the Dashboard made and people changed is adopted: ids and secret stay, the rest follows the model", async () => {
  const change = (path: string, body: unknown) => local.management.send("PATCH", path, body, z.unknown());
  await change(`resource-servers/${seeded.resourceServerId}`, {
    signing_alg: "HS256",
    scopes: [{ value: "batch:upload" }, { value: "added:by-hand", description: "Added by hand" }],
  });
  await change(`client-grants/${seeded.grantId}`, { scope: ["added:by-hand"] });
  const before = await application();
  const secrets = await secretsOf(local);

  const { code, stdout, stderr } = await run("bootstrap", "--yes", "--json");
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("signing algorithm HS256 to RS256");
  expect(stderr).toContain("renamed from Timesheets API (Test Application)");
  expect(stderr).toContain("scopes removed: added:by-hand");
  expect(stderr).not.toContain("failed to validate");
  const { ids, adopted } = JSON.parse(stdout);
  expect(ids).toEqual({
    apis: { timesheets: seeded.resourceServerId },
    applications: { "import-job": seeded.clientId },
    grants: { "import-job/timesheets": seeded.grantId },
  });
  expect(adopted).toHaveLength(5);
  expect(await application()).toEqual({ ...before, name: "Timesheets Import Job" });

  const preview = await local.pulumi.run(["preview", "--refresh", "--expect-no-changes"]);
  expect(preview.code, preview.stdout).toBe(0);
  // The signing secret among them, which the plugin does not mark as one.
  expect([...secrets.values()]).toContain("signing secret of https://api.exampleco.com/timesheets");
  expect(await whereSecretsAre(secrets, local, printed + preview.stdout)).toEqual([]);
});

test("an API that is protected cannot be taken out of the model, nor its stack torn down, but on purpose", {
  tags: ["soak"],
}, async () => {
  const yaml = await readFile(local.modelFile, "utf8");
  await local.setModel(`${yaml}protectedStacks: [local]\n`);
  const teardown = await run("teardown", "--yes");
  expect(teardown.code).toBe(2);
  expect(teardown.stderr).toContain("The stack local is protected.");
  await local.pulumi.must(["up", "--yes", "--skip-preview"]);

  const other = yaml.replace("import-job:", "other-job:").replace("Timesheets Import Job", "Other Job");
  await local.setModel(`${other}protectedStacks: [local]\n`);
  const before = await local.writes();
  const up = await local.pulumi.run(["up", "--yes", "--skip-preview"]);
  expect(up.code).not.toBe(0);
  expect(up.stdout + up.stderr).toMatch(/pulumi state unprotect/);
  const bootstrap = await run("bootstrap", "--yes", "--adopt", "auto");
  expect(bootstrap.code).toBe(2);
  expect(bootstrap.stderr).toContain("application Timesheets Import Job");
  expect(bootstrap.stderr).toMatch(/npx pulumi state unprotect 'urn:.*Client::import-job'/);
  const still = await run("teardown", "--yes");
  expect(still.code).toBe(2);
  expect((await local.writes()).filter((write) => write.startsWith("DELETE"))).toEqual(
    before.filter((write) => write.startsWith("DELETE")),
  );
  expect((await application())?.name).toBe("Timesheets Import Job");
});

test("what a killed engine was making is found and adopted: one application, one grant, the same state", {
  tags: ["soak"],
}, async () => {
  const fresh = await startLocal();
  try {
    await fresh.pulumi.must(["stack", "init", "--no-select"]);
    // While the application is being made, so that the state knows nothing of it.
    await killEngine(fresh, (output) => output.includes("Client import-job creating"));
    const { code, stderr } = await fresh.run(["bootstrap", "--stack", "local", "--yes"]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("The lock of an engine that was killed is cleared.");
    const clients = await fresh.management.list("clients", "clients", clientSchema.partial());
    expect(clients.filter(({ name }) => name === "Timesheets Import Job")).toHaveLength(1);
    const { pending, resources } = await comparableState(fresh);
    expect(pending).toBe(0);
    expect(Object.keys(resources)).toHaveLength(9);
    expect(progressOf(stderr)).toBeGreaterThan(0);
  } finally {
    await fresh.close();
  }
});
