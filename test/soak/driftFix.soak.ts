/** `auth0-m2m drift --fix` and `--engine` on the real engine: what is fixed, what is left, where the views disagree. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { readIds } from "../../scripts/session/ids.ts";
import { repository } from "../helpers/commandLine.ts";
import { startLocal } from "../helpers/localStack.ts";
import { providers } from "../helpers/providers.ts";
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
    oidc_logout: { backchannel_logout_urls: ["https://x.example"] },
  });
  await call("PATCH", api, { token_lifetime: 600, allow_offline_access: true });
  const { code, stdout, stderr } = await tenant.drift("--fix", "--yes", "--json");
  expect(code).toBe(7);
  expect(findingsOf({ code, stdout, stderr }).map(({ path: where }) => where)).toEqual([
    "apis.timesheets.allow_offline_access",
    "applications.import-job.name",
    "applications.import-job.callbacks",
    "applications.import-job.oidc_logout",
  ]);
  expect(stderr).toContain("writing it would also undo applications.import-job.oidc_logout");
  await call("PATCH", application, { callbacks: [], oidc_logout: null });
  await call("PATCH", api, { allow_offline_access: false });
  expect((await tenant.drift("--fix", "--yes")).code).toBe(0);
});

test("--fix keeps metadata that the model does not mention", async () => {
  const { application } = await ids();
  await call("PATCH", application, { name: "X", client_metadata: { a: "b" } });
  expect((await tenant.drift("--fix", "--yes")).code).toBe(0);
  const { name, client_metadata } = await call("GET", application);
  expect({ name, client_metadata }).toEqual({
    name: "Timesheets Import Job",
    client_metadata: { a: "b" },
  });
  await call("PATCH", application, { client_metadata: { a: null } });
});

test.each(providers)(
  "--fix puts declared metadata back, and takes none away, with the %s provider",
  async (provider) => {
    const declared = (await readFile(path.join(repository, "infra", "access.yaml"), "utf8")).replace(
      "    authentication:",
      "    metadata: { team: payroll }\n    authentication:",
    );
    const local = await startLocal({ provider, model: declared });
    const wire = z.looseObject({ client_metadata: z.record(z.string(), z.string()) });
    const drift = async (...flags: string[]) => local.run(["drift", "--stack", "local", "--json", ...flags]);
    try {
      const bootstrap = await local.run(["bootstrap", "--stack", "local", "--yes", "--json"]);
      expect(bootstrap.code, bootstrap.stderr).toBe(0);
      const target = `clients/${JSON.parse(bootstrap.stdout).ids.applications["import-job"]}`;
      const change = (metadata: object) =>
        local.management.send("PATCH", target, { client_metadata: metadata }, wire);
      await change({ team: "sales", floor: "3" });
      expect(findingsOf(await drift("--fix", "--yes")).map(({ path: where }) => where)).toEqual([
        "applications.import-job.client_metadata.team",
        "applications.import-job.client_metadata.floor",
      ]);
      await change({ floor: null });
      const fixed = await drift("--fix", "--yes");
      expect(fixed.code, fixed.stdout + fixed.stderr).toBe(0);
      expect((await local.management.get(target, wire))?.client_metadata).toEqual({ team: "payroll" });
    } finally {
      await local.close();
    }
  },
);

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
  await call("PATCH", (await ids()).application, {
    oidc_logout: { backchannel_logout_urls: ["https://x:do-not-print@x.example"] },
  });
  await tenant.drift("--output", `json=${file}`, "--output", `markdown=${file}.md`);
  const written = (await readFile(file, "utf8")) + (await readFile(`${file}.md`, "utf8"));
  expect(written).not.toContain("do-not-print");
  expect(written).not.toContain(tenant.running.clientSecret);
});
