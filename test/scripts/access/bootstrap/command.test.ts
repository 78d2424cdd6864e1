/** The command around the work: what it refuses before it looks at anything, and what it says of what it saw. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { m2m, repository } from "../../../helpers/commandLine.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "bootstrap-command-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (argv: string[], env: Record<string, string> = {}) =>
  m2m(["bootstrap", "--stack", "dev", ...argv], { env });

test("without a terminal it wants --yes or --dry-run, before anything is looked at", async () => {
  const { code, stderr } = await run([]);
  expect(code).toBe(2);
  expect(stderr).toContain("There is no terminal to ask on.");
});

test.each([
  [["--yes", "--out", "x"], "--out goes with --credentials."],
  [["--yes", "--credentials", "env"], "--credentials env needs --out FILE."],
  [
    ["--yes", "--credentials", "env", "--out", "/nonexistent/job.env"],
    "The credentials cannot be written to /nonexistent/job.env (ENOENT).",
  ],
  [["--yes", "--client-id", "nobody=1"], "--client-id names nobody, which is no application of the model."],
  [["--yes", "--adopt", "always"], "--adopt takes auto, require, never"],
  [["--dry_run", "--yes"], "Did you mean --dry-run?"],
])("%j is a usage error", async (argv, message) => {
  const { code, stderr } = await run(argv);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test("the required scopes are printed without a tenant or an engine, one a line or as JSON", async () => {
  const text = await run(["--print-required-scopes"]);
  expect(text.code).toBe(0);
  const json = await run(["--print-required-scopes", "--json"]);
  expect(JSON.parse(json.stdout)).toEqual({ stack: "dev", scopes: text.stdout.trim().split("\n") });
});

test("tenant, engine and state backend are all looked at before it ends, and all findings are reported", async () => {
  const { code, stderr } = await run(["--dry-run"], {
    AUTH0_DOMAIN: "localhost:1",
    AUTH0_CLIENT_ID: "id",
    AUTH0_CLIENT_SECRET: "secret",
    PULUMI_BACKEND_URL: "file:///nonexistent/state",
    PULUMI_CONFIG_PASSPHRASE: "passphrase",
    PULUMI_DEBUG_PROVIDERS: "auth0:1",
  });
  expect(code).toBe(1);
  expect(stderr).toContain("- localhost:1 cannot be reached: nothing listens there.");
  expect(stderr).toMatch(/- pulumi stack ended with exit code \d+\.\n.*\/nonexistent\/state/);
});

test("a tenant that is not named is a finding among the others", async () => {
  const { code, stderr } = await run(["--dry-run"], {
    PULUMI_BACKEND_URL: "file:///nonexistent/state",
    PULUMI_DEBUG_PROVIDERS: "auth0:1",
  });
  expect(code).toBe(2);
  expect(stderr).toContain("set AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET");
  expect(stderr).toContain("/nonexistent/state");
});

test("a protected stack is refused by teardown before tenant or engine are asked for", async () => {
  const model = path.join(folder, "access.yaml");
  await writeFile(model, "apis: {a: {name: A, identifier: https://a}}\nprotectedStacks: [production]\n");
  const { code, stderr } = await m2m(["teardown", "--stack", "production", "--yes"], {
    cwd: repository,
    env: { M2M_ACCESS_MODEL: model },
  });
  expect(code).toBe(2);
  expect(stderr).toContain("The stack production is protected.");
  expect(stderr).toContain("take it out of protectedStacks");
});
