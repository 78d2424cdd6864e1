/** bootstrap, verify and drift agree on which differences are accepted and on what is left, on the real engine. */
import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { repository } from "../helpers/commandLine.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";

let local: LocalStack;
let root: string;

beforeAll(async () => {
  local = await startLocal();
  root = path.join(local.folder, "project");
  await mkdir(root);
  for (const name of ["Pulumi.yaml", "package.json", "infra"]) {
    await cp(path.join(repository, name), path.join(root, name), { recursive: true });
  }
  await symlink(path.join(repository, "node_modules"), path.join(root, "node_modules"));
  expect((await run("bootstrap", "--yes")).code).toBe(0);
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
  await local.close();
});

const run = (...argv: string[]) => local.run([...argv, "--stack", "local"], { cwd: root });

async function accept(...paths: string[]): Promise<void> {
  const accepted = paths.map((where) => ({ path: where, reason: "On trial", until: "2999-12-31" }));
  await writeFile(path.join(root, "infra", "drift-ignore.yaml"), stringify({ accept: accepted }));
}

const apiSchema = z.looseObject({ id: z.string(), identifier: z.string(), token_lifetime: z.number() });
const grantSchema = z.looseObject({ id: z.string(), audience: z.string(), scope: z.array(z.string()) });

async function api() {
  const apis = await local.management.list("resource-servers", "resource_servers", apiSchema);
  const found = apis.find(({ identifier }) => identifier === local.model().apis.timesheets?.identifier);
  if (!found) throw new Error("The tenant has lost the API.");
  return found;
}

async function grant() {
  const { identifier } = await api();
  const grants = await local.management.list("client-grants", "client_grants", grantSchema);
  const found = grants.find(({ audience }) => audience === identifier);
  if (!found) throw new Error("The tenant has lost the grant.");
  return found;
}

const write = (method: "PATCH", where: string, body: unknown) =>
  local.management.send(method, where, body, z.unknown());

const scope = 'applications.import-job.grants.timesheets.scope["read:timesheets"]';
const lifetime = "apis.timesheets.token_lifetime";
const users = "apis.timesheets.subject_type_authorization.user.policy";

test("what is accepted fails neither verify nor bootstrap, and bootstrap leaves it as it is", async () => {
  await write("PATCH", `resource-servers/${(await api()).id}`, {
    token_lifetime: 7200,
    subject_type_authorization: { user: { policy: "deny_all" } },
  });
  await write("PATCH", `client-grants/${(await grant()).id}`, { scope: ["batch:upload", "read:timesheets"] });
  expect((await run("verify")).code).toBe(4);

  await accept(scope, lifetime);
  const verified = await run("verify", "--json");
  expect(verified.code, verified.stdout).toBe(0);
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, failed: 0, accepted: 2 });

  const { code, stdout, stderr } = await run("bootstrap", "--yes");
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /leave {4}API .*apis\.timesheets\.token_lifetime is accepted until 2999-12-31: On trial/,
  );
  expect(stdout).toContain("Nothing to do: access is as the model says.");
  expect(stdout).toContain(users);
  expect(stdout).not.toContain("the tenant is as the model says");
  expect((await api()).token_lifetime).toBe(7200);
  expect((await grant()).scope.toSorted()).toEqual(["batch:upload", "read:timesheets"]);

  for (const { path: where } of JSON.parse((await run("drift", "--json")).stdout).stacks[0].findings) {
    expect(stdout).toContain(`  ${where}: `);
  }
});

test("a scope that was added to a grant: drift names the command that takes it away, and that one does so", {
  tags: ["soak"],
}, async () => {
  await accept();
  const drift = await run("drift", "--fix", "--yes");
  expect(drift.code).toBe(7);
  expect(drift.stderr).toContain(`${scope}: it was added; bootstrap takes it away.`);
  expect(drift.stdout).toContain(`npx auth0-m2m bootstrap --stack local`);
  expect((await grant()).scope).toContain("read:timesheets");

  const dry = await run("bootstrap", "--dry-run");
  expect(dry.stderr).toContain("scopes removed: read:timesheets");
  await write("PATCH", `resource-servers/${(await api()).id}`, {
    subject_type_authorization: { user: { policy: "allow_all" } },
  });
  const { code, stdout, stderr } = await run("bootstrap", "--yes");
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("The tenant is as the model says.");
  expect((await grant()).scope).toEqual(["batch:upload"]);
  expect((await api()).token_lifetime).toBe(86_400);
  expect((await run("drift")).code).toBe(0);
});
