/** `auth0-m2m drift --fix` and `--engine` on the real engine: what is fixed, what is left, where the views disagree. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readIds } from "../../scripts/session/ids.ts";
import { findingsOf } from "../scripts/access/drift/driftTenant.ts";
import { type EngineTenant, startEngineTenant } from "../scripts/access/drift/engineTenant.ts";

let tenant: EngineTenant;
beforeAll(async () => {
  tenant = await startEngineTenant();
});
afterAll(() => tenant.close());

const call = (method: string, target: string, body?: unknown) => tenant.call(method, target, body);

const ids = async () => {
  const { apis, applications, grants } = await readIds({
    idsFile: path.join(tenant.dataDir, "ids.yaml"),
    project: "timesheets",
  });
  return {
    api: `resource-servers/${apis.timesheets}`,
    application: `clients/${applications["import-job"]}`,
    grant: `client-grants/${grants["import-job/timesheets"]}`,
  };
};

test("a tenant as the engine leaves it differs in nothing", async () => {
  const { code, stdout } = await tenant.drift("--json");
  expect(findingsOf({ code, stdout, stderr: "" })).toEqual([]);
  expect(code).toBe(0);
});

test.each([
  [
    "a weakened and renamed API",
    async () => call("PATCH", (await ids()).api, { signing_alg: "HS256", name: "X" }),
  ],
  ["a renamed application", async () => call("PATCH", (await ids()).application, { name: "X" })],
  ["scopes that are gone", async () => call("PATCH", (await ids()).api, { scopes: [] })],
  ["a grant without scopes", async () => call("PATCH", (await ids()).grant, { scope: [] })],
  ["a grant that is gone", async () => call("DELETE", (await ids()).grant)],
  ["an application that is gone", async () => call("DELETE", (await ids()).application)],
  ["an API that is gone", async () => call("DELETE", (await ids()).api)],
])("--fix fixes %s", async (_what, change) => {
  await change();
  expect((await tenant.drift("--no-blame")).code).toBe(7);
  const { code, stdout, stderr } = await tenant.drift("--fix", "--yes", "--json");
  expect(findingsOf({ code, stdout, stderr }), stderr).toEqual([]);
  expect(code).toBe(0);
});

test("--fix takes nothing away that was added, and says what it leaves alone", async () => {
  const { api, application } = await ids();
  await call("PATCH", application, {
    callbacks: ["https://x.example"],
    name: "X",
    client_metadata: { a: "b" },
  });
  await call("PATCH", api, { token_lifetime: 600, allow_offline_access: true });
  const { code, stdout, stderr } = await tenant.drift("--fix", "--yes", "--json");
  expect(code).toBe(7);
  expect(findingsOf({ code, stdout, stderr }).map(({ path: where }) => where)).toEqual([
    "apis.timesheets.allow_offline_access",
    "applications.import-job.name",
    "applications.import-job.callbacks",
    "applications.import-job.client_metadata.a",
  ]);
  expect(stderr).toContain("writing it would also undo applications.import-job.client_metadata.a");
  await call("PATCH", application, { callbacks: [], client_metadata: { a: null } });
  await call("PATCH", api, { allow_offline_access: false });
  expect((await tenant.drift("--fix", "--yes")).code).toBe(0);
});

test("--engine says what Pulumi sees and what it does not", async () => {
  const { api } = await ids();
  await call("PATCH", api, { name: "X", allow_offline_access: true });
  const { code, stdout } = await tenant.drift("--engine", "--json");
  const [stack] = JSON.parse(stdout).stacks;
  await call("PATCH", api, { allow_offline_access: false });
  expect(code).toBe(7);
  expect(stack.engine.resources).toMatchObject([{ refresh: "update", preview: "update" }]);
  expect((await tenant.drift("--fix", "--yes")).code).toBe(0);
});

test("no secret is in a report", async () => {
  const file = path.join(tenant.dataDir, "report.json");
  await call("PATCH", (await ids()).application, { client_metadata: { api_key: "do-not-print" } });
  await tenant.drift("--output", `json=${file}`, "--output", `markdown=${file}.md`);
  const written = (await readFile(file, "utf8")) + (await readFile(`${file}.md`, "utf8"));
  expect(written).not.toContain("do-not-print");
  expect(written).not.toContain(tenant.running.clientSecret);
});
