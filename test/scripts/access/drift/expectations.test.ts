/** What drift expects is what the components set, in every combination that a model can ask for. */
import { generateKeyPairSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { declareAccess } from "../../../../infra/program.ts";
import {
  apiRules,
  applicationRules,
  ignoredOfApplications,
} from "../../../../scripts/differences/expectations.ts";
import { accessModel } from "../../../helpers/accessModel.ts";
import { findingsOf, startDriftTenant } from "./driftTenant.ts";

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

test("has a rule with the same value for every property that a component sets", async () => {
  const inputs = new Map<string, Record<string, unknown>>();
  await pulumi.runtime.setMocks({
    call: () => ({}),
    newResource: ({ type, inputs: given, name }) => {
      inputs.set(type, given);
      return { id: name, state: { ...given, clientId: name } };
    },
  });
  const model = accessModel();
  declareAccess(model, { protect: false });
  await pulumi.runtime.disconnect();
  const { timesheets } = model.apis;
  const job = model.applications["import-job"];
  if (!timesheets || !job) throw new Error("The default model has lost its API or its job.");

  const { identifier, ...api } = inputs.get("auth0:index/resourceServer:ResourceServer") ?? {};
  expect(identifier).toBe(timesheets.identifier);
  const ofApi = apiRules(timesheets);
  for (const [name, value] of Object.entries(api)) {
    expect([name, ofApi[snake(name)]?.declared, ofApi[snake(name)]?.value]).toEqual([name, true, value]);
  }
  const { grantTypes, ...client } = inputs.get("auth0:index/client:Client") ?? {};
  expect(grantTypes).toEqual(job.grantTypes);
  expect(ignoredOfApplications(job)).toContain("grant_types");
  const ofApplication = applicationRules(job);
  for (const [name, value] of Object.entries(client)) {
    const rule = ofApplication[snake(name)];
    expect([name, rule?.declared, rule?.value]).toEqual([name, true, value]);
  }
  expect(Object.keys(inputs.get("auth0:index/clientGrant:ClientGrant") ?? {}).sort()).toEqual([
    "audience",
    "clientId",
    "scopes",
  ]);
});

test("finds nothing on a clean tenant, whatever dialect, algorithm and authentication the model asks for", async () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const apis: Record<string, object> = { timesheets: {} };
  for (const tokenProfile of ["auth0", "rfc9068"]) {
    for (const permissionsInToken of [false, true]) {
      for (const signingAlgorithm of ["RS256", "PS256", "HS256"]) {
        const key = `${tokenProfile}-${permissionsInToken}-${signingAlgorithm}`.toLowerCase();
        apis[key] = {
          name: key,
          identifier: `https://${key}.example`,
          tokenProfile,
          permissionsInToken,
          signingAlgorithm,
          tokenLifetime: 3600,
          scopes: { "read:x": "Read", "write:x": "Write" },
        };
      }
    }
  }
  const declared = Object.keys(apis).filter((key) => key !== "timesheets");
  const grants = () => Object.fromEntries(declared.map((key) => [key, ["read:x"]]));
  const tenant = await startDriftTenant({
    overrides: {
      apis,
      applications: {
        post: { name: "Post", authentication: "client_secret_post", grants: grants() },
        basic: { name: "Basic", authentication: "client_secret_basic", grants: grants() },
        keys: { name: "Keys", authentication: "private_key_jwt", publicKeys: ["keys.pem"], grants: grants() },
      },
    },
    files: { "keys.pem": publicKey.export({ type: "spki", format: "pem" }).toString() },
  });
  try {
    const result = await tenant.drift("--json");
    expect(result.code, result.stderr).toBe(0);
    expect(findingsOf(result)).toEqual([]);
    const [stack] = JSON.parse(result.stdout).stacks;
    expect(stack.requests.management).toBeLessThanOrEqual(1 + 2 * 13 + 2 * 4 + 1);
  } finally {
    await tenant.close();
  }
});

test("finds nothing where no ids are recorded, and reports what is missing there", async () => {
  const tenant = await startDriftTenant({ recordIds: false });
  try {
    expect((await tenant.drift("--json")).code).toBe(0);
    await tenant.call("DELETE", `clients/${tenant.ids.applications["import-job"]}`);
    expect(findingsOf(await tenant.drift("--json"))).toMatchObject([
      { kind: "missing", path: "applications.import-job" },
    ]);
  } finally {
    await tenant.close();
  }
});

test("reads many applications from lists, and finds as much", async () => {
  const jobs = Array.from({ length: 12 }, (_, index) => [
    `job-${index}`,
    {
      name: `Job ${index}`,
      authentication: "client_secret_post",
      grants: { timesheets: ["batch:upload"] },
    },
  ]);
  const tenant = await startDriftTenant({ overrides: { applications: Object.fromEntries(jobs) } });
  try {
    const clean = await tenant.drift("--json");
    expect(findingsOf(clean)).toEqual([]);
    const [stack] = JSON.parse(clean.stdout).stacks;
    // The API, a page of grants, a page of applications, and each application's keys.
    expect(stack.requests.management).toBe(1 + 1 + 1 + 13);
    await tenant.call("PATCH", `clients/${tenant.ids.applications["job-7"]}`, { description: "Changed" });
    expect(findingsOf(await tenant.drift("--json")).map(({ path }) => path)).toEqual([
      "applications.job-7.description",
    ]);
  } finally {
    await tenant.close();
  }
});

test("stays within its requests, and finds as much, in a tenant with more than a hundred grants", async () => {
  const tenant = await startDriftTenant();
  try {
    const audience = "https://other.example";
    await tenant.call("POST", "resource-servers", { identifier: audience });
    for (let index = 0; index < 110; index += 1) {
      const { client_id } = await tenant.call("POST", "clients", { name: `Other ${index}` });
      await tenant.call("POST", "client-grants", { client_id, audience, scope: [] });
    }
    const clean = await tenant.drift("--json");
    expect(findingsOf(clean)).toEqual([]);
    const [stack] = JSON.parse(clean.stdout).stacks;
    expect(stack.requests.management).toBeLessThanOrEqual(1 + 2 + 2);
    expect(stack.notes.join()).toContain("--scan-applications");

    const job = tenant.ids.applications["import-job"];
    await tenant.call("POST", "client-grants", { client_id: job, audience, scope: [] });
    const found = findingsOf(await tenant.drift("--json", "--scan-applications"));
    expect(found.map(({ path }) => path)).toEqual([
      'applications.import-job.grants["https://other.example"]',
    ]);
  } finally {
    await tenant.close();
  }
});
