/** One live object is one object, whatever its key: renames in the model on the real engine. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";

const model = ({ api = "timesheets", job = "import-job", apiFormerly = "", jobFormerly = "" } = {}) => `
apis:
  ${api}:
    name: Timesheets API
    identifier: https://api.exampleco.com/timesheets
    ${apiFormerly}
    scopes: { "batch:upload": Upload, "read:timesheets": Read }
applications:
  ${job}:
    name: Timesheets Import Job
    authentication: client_secret_post
    ${jobFormerly}
    grants: { ${api}: [batch:upload] }
`;

let local: LocalStack;
let before: unknown;
beforeAll(async () => {
  local = await startLocal({ model: model() });
  const { code, stderr } = await local.run(["bootstrap", "--stack", "local", "--yes"]);
  expect(code, stderr).toBe(0);
  before = await liveObjects();
});
afterAll(() => local.close());

/** Every API, application and grant of the tenant, secrets included. */
async function liveObjects() {
  const { management } = local;
  const object = z.record(z.string(), z.unknown());
  return Promise.all([
    management.list("resource-servers", "resource_servers", object),
    management.list("clients", "clients", object),
    management.list("client-grants", "client_grants", object),
  ]);
}

async function namesInState(): Promise<string[]> {
  const { stdout } = await local.pulumi.must(["stack", "export"]);
  const urns: string[] = JSON.parse(stdout).deployment.resources.map(({ urn }: { urn: string }) => urn);
  return urns
    .filter((urn) => /auth0/.test(urn) && !/providers/.test(urn))
    .map((urn) => urn.split("::").at(-1) ?? "");
}

const bootstrap = (...options: string[]) => local.run(["bootstrap", "--stack", "local", ...options]);

const resourcesOf = (api: string, job: string) =>
  [api, api, `${api}-scopes`, job, job, `${job}-credentials`, `${job}-${api}`].sort();

test("formerly makes plain `pulumi up` keep API, application, secret and grant under their new keys", async () => {
  await local.setModel(
    model({
      api: "hours",
      job: "nightly-job",
      apiFormerly: "formerly: [timesheets]",
      jobFormerly: "formerly: [import-job]",
    }),
  );
  const writes = await local.writes();
  await local.pulumi.must(["up", "--yes", "--skip-preview"]);
  expect(await local.writes()).toEqual(writes);
  expect(await liveObjects()).toEqual(before);
  expect((await namesInState()).sort()).toEqual(resourcesOf("hours", "nightly-job"));
  const { code, stderr } = await local.run(["release", "nobody", "--stack", "local", "--yes"]);
  expect(code).toBe(2);
  expect(stderr).toContain("It manages apis.hours, applications.nightly-job.");
});

test("a key that bootstrap finds renamed is renamed in the state, and nothing in the tenant is touched", async () => {
  await local.setModel(model({ api: "shifts", job: "evening-job" }));
  const writes = await local.writes();
  const dry = await bootstrap("--dry-run");
  expect(dry.code, dry.stderr).toBe(0);
  expect(dry.stderr).toContain("rename key hours -> shifts");
  expect(dry.stderr).toContain("rename key nightly-job -> evening-job");
  expect(dry.stderr).not.toMatch(/^(adopt|delete|create) /m);
  const { code, stdout, stderr } = await bootstrap("--yes", "--json");
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout).ids.applications).toHaveProperty("evening-job");
  expect(await local.writes()).toEqual(writes);
  expect(await liveObjects()).toEqual(before);
  expect((await namesInState()).sort()).toEqual(resourcesOf("shifts", "evening-job"));
  const again = await bootstrap("--yes");
  expect(again.stdout, again.stderr).toContain("Nothing to do");
});

test("plain `pulumi up` stops at a rename that the model does not speak of, and prints the line to write", async () => {
  await local.setModel(model({ api: "hours", job: "nightly-job" }));
  const writes = await local.writes();
  const up = await local.pulumi.run(["up", "--yes", "--skip-preview"]);
  expect(up.code).not.toBe(0);
  expect(up.stdout + up.stderr).toContain("formerly: [shifts]");
  expect(up.stdout + up.stderr).toContain("formerly: [evening-job]");
  expect(await local.writes()).toEqual(writes);
  expect(await liveObjects()).toEqual(before);
  expect((await bootstrap("--yes")).code).toBe(0);
  expect(await liveObjects()).toEqual(before);
});

const twoJobs = `${model()}  second-job:
    name: Second Job
    authentication: client_secret_post
    grants: { timesheets: [read:timesheets] }
`;

test("an application that the model drops is deleted only with --allow-delete, and what goes with it is named", async () => {
  await local.setModel(twoJobs);
  expect((await bootstrap("--yes")).code).toBe(0);
  await local.setModel(model());
  const writes = await local.writes();
  const refused = await bootstrap("--yes");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/application Second Job \(\w+\)/);
  expect(refused.stderr).toMatch(/with it goes grant cgr_\w+ on https:\/\/api.exampleco.com\/timesheets/);
  expect(refused.stderr).toContain("--allow-delete");
  const dry = await bootstrap("--dry-run");
  expect(dry.code).toBe(0);
  expect(dry.stderr).toContain("Without --allow-delete this is refused.");
  expect(await local.writes()).toEqual(writes);
  const done = await bootstrap("--yes", "--allow-delete");
  expect(done.code, done.stderr).toBe(0);
  expect(JSON.stringify(await liveObjects())).not.toContain("Second Job");
});

test("another identifier deletes the API, so it is refused, and on a protected stack the dry run says so already", {
  tags: ["soak"],
}, async () => {
  const moved = model().replace("api.exampleco.com/timesheets", "api.exampleco.com/v2");
  await local.setModel(moved);
  const refused = await bootstrap("--yes");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/with it goes grant cgr_\w+ of application Timesheets Import Job/);
  await local.setModel(`${model()}protectedStacks: [local]\n`);
  expect((await bootstrap("--yes")).code).toBe(0);
  await local.setModel(`${moved}protectedStacks: [local]\n`);
  const dry = await bootstrap("--dry-run", "--allow-delete");
  expect(dry.code).toBe(2);
  expect(dry.stderr).toContain("the stack protects them");
  expect(await liveObjects()).toEqual(before);
});

test("release forgets what was recorded under the key from before a rename by plain `pulumi up`", {
  tags: ["soak"],
}, async () => {
  await local.setModel(model());
  expect((await bootstrap("--yes", "--allow-delete")).code).toBe(0);
  const recorded = () => readFile(path.join(local.record.dataDir, "ids.yaml"), "utf8");
  expect(await recorded()).toContain("import-job");
  await local.setModel(model({ job: "nightly-job", jobFormerly: "formerly: [import-job]" }));
  await local.pulumi.must(["up", "--yes", "--skip-preview"]);
  const { code, stdout, stderr } = await local.run(["release", "nightly-job", "--stack", "local", "--yes"]);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("The stack local no longer manages applications.nightly-job.");
  expect(await recorded()).not.toMatch(/import-job|nightly-job/);
});
