/** The whole program under Pulumi's mocks: what it declares and what it puts out. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sound } from "./brokenModels/soundModel.ts";
import { type Registration, read, register } from "./registrations.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "program-"));
  vi.resetModules();
  vi.stubEnv("AUTH0_DOMAIN", "example.eu.auth0.com");
});

afterEach(() => {
  vi.unstubAllEnvs();
  pulumi.runtime.setAllConfig({});
  rmSync(folder, { recursive: true });
});

interface Outputs {
  apis: Record<string, { id: pulumi.Output<string>; identifier: pulumi.Output<string> }>;
  applications: Record<string, { clientId: pulumi.Output<string>; clientSecret?: pulumi.Output<string> }>;
  issuer: string;
  tokenEndpoint: string;
}

/** Runs `infra/index.ts` as the engine would, on a model of the test's own where one is given. */
async function run(yaml?: string, config: Record<string, string> = {}) {
  if (yaml !== undefined) {
    const file = path.join(folder, "access.yaml");
    writeFileSync(file, yaml);
    vi.stubEnv("M2M_ACCESS_MODEL", file);
  }
  pulumi.runtime.setAllConfig(config);
  const { registrations, result } = await register(() => import("../../infra/index.ts") as Promise<Outputs>);
  return { registrations, outputs: result };
}

const summary = ({ type, name, parent }: Registration) => `${parent} > ${type} ${name}`;

test("the shipped model becomes two components with five resources, written in the order of the scenario", async () => {
  const { registrations } = await run();
  const children = registrations.filter(({ parent }) => parent === "timesheets" || parent === "import-job");
  expect(children.map(summary)).toEqual([
    "timesheets > ResourceServer timesheets",
    "import-job > Client import-job",
    "timesheets > ResourceServerScopes timesheets-scopes",
    "import-job > ClientCredentials import-job-credentials",
    "import-job > ClientGrant import-job-timesheets",
  ]);
});

test("outputs show where tokens come from, every API and every application, and hide the secret alone", async () => {
  const { outputs } = await run();
  expect(outputs.issuer).toBe("https://example.eu.auth0.com/");
  expect(outputs.tokenEndpoint).toBe("https://example.eu.auth0.com/oauth/token");
  const { id, identifier } = outputs.apis.timesheets ?? expect.unreachable();
  expect(await read(id)).toEqual({ value: "id of timesheets", secret: false });
  expect(await read(identifier)).toEqual({ value: "https://api.exampleco.com/timesheets", secret: false });
  const { clientId, clientSecret } = outputs.applications["import-job"] ?? expect.unreachable();
  expect(await read(clientId)).toEqual({ value: "client id of import-job", secret: false });
  expect(await read(clientSecret ?? expect.unreachable())).toEqual({
    value: "secret of client id of import-job",
    secret: true,
  });
});

test("the provider's configuration names the tenant where the environment does not", async () => {
  vi.stubEnv("AUTH0_DOMAIN", "");
  const { outputs } = await run(sound, { "auth0:domain": "configured.us.auth0.com" });
  expect(outputs.issuer).toBe("https://configured.us.auth0.com/");
});

test.each(["auth0:domain", "timesheets:tenant"])(
  "a tenant in %s that the environment contradicts ends the run before anything is registered",
  async (key) => {
    const error = await run(sound, { [key]: "configured.us.auth0.com" }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    expect(String(error)).toContain(
      `${key} names the tenant configured.us.auth0.com, AUTH0_DOMAIN names example.eu.auth0.com.`,
    );
  },
);

test("overrides in the stack's configuration change what is declared", async () => {
  const { registrations } = await run(sound, {
    "timesheets:access": JSON.stringify({
      apis: { timesheets: { tokenProfile: "rfc9068", tokenLifetime: 600 } },
    }),
  });
  const server = registrations.find(({ type }) => type === "ResourceServer");
  expect(server?.inputs).toMatchObject({ tokenDialect: "rfc9068_profile", tokenLifetime: 600 });
});

const withOthers = `${sound
  .replace("    scopes:\n", "    thirdPartyGrants: [read:timesheets]\n    scopes:\n")
  .replace(
    "      timesheets: [batch:upload]",
    `      timesheets:
        - scopes: [batch:upload]
        - { scopes: [read:timesheets], subject: user }
      auth0: [read:users]`,
  )}  storefront:
    owner: elsewhere
    name: Storefront
    grants: { timesheets: { scopes: [read:timesheets], subject: user } }
foreignApis: { auth0: management }
`;
const storefront = {
  applications: { storefront: "abc" },
  names: { applications: { storefront: "Storefront" } },
};

test("grants on and of what others own are all that is declared of them", async () => {
  const { registrations, outputs } = await run(withOthers, { "timesheets:ids": JSON.stringify(storefront) });
  const grants = registrations.filter(({ type }) => type === "ClientGrant");
  const audience = "https://api.exampleco.com/timesheets";
  const clientId = "client id of import-job";
  expect(Object.fromEntries(grants.map(({ name, parent, inputs }) => [`${parent} ${name}`, inputs]))).toEqual(
    {
      "timesheets third-parties-timesheets": {
        defaultFor: "third_party_clients",
        audience,
        scopes: ["read:timesheets"],
      },
      "import-job import-job-timesheets": { clientId, audience, scopes: ["batch:upload"] },
      "import-job import-job-timesheets-user": {
        ...{ clientId, audience },
        scopes: ["read:timesheets"],
        subjectType: "user",
      },
      "import-job import-job-auth0": {
        clientId,
        audience: "https://example.eu.auth0.com/api/v2/",
        scopes: ["read:users"],
      },
      "storefront storefront-timesheets-user": {
        clientId: "abc",
        audience,
        scopes: ["read:timesheets"],
        subjectType: "user",
      },
    },
  );
  expect(registrations.filter(({ type }) => type === "Client").map(({ name }) => name)).toEqual([
    "import-job",
  ]);
  expect(Object.keys(outputs.applications)).toEqual(["import-job"]);
});

test("the Management API is called by the tenant's own domain where login is on a custom one", async () => {
  const tenant = "https://exampleco.eu.auth0.com/api/v2/";
  const { registrations } = await run(withOthers, {
    "timesheets:ids": JSON.stringify(storefront),
    "auth0:audience": tenant,
  });
  const grant = registrations.find(({ name }) => name === "import-job-auth0");
  expect(grant?.inputs.audience).toBe(tenant);
});

test.each([
  ["never found", {}],
  ["found by another name", { ...storefront, names: { applications: { storefront: "Shop" } } }],
])("an application of others that was %s ends the run", async (_, ids) => {
  const error = await run(withOthers, { "timesheets:ids": JSON.stringify(ids) }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(String(error)).toContain(
    "The client id of applications.storefront, which is owned elsewhere, is not known.",
  );
});

test("a protected stack protects every resource, any other stack none", async () => {
  const { registrations } = await run(`${sound}protectedStacks: [test]\n`);
  expect(registrations).toHaveLength(7);
  expect(registrations.filter(({ protect }) => !protect)).toEqual([]);
  vi.resetModules();
  const elsewhere = await run(`${sound}protectedStacks: [production]\n`);
  expect(elsewhere.registrations.filter(({ protect }) => protect)).toEqual([]);
});

test.each([
  ["a broken model", sound.replace("[batch:upload]", "[batch:uplaod]"), 'Did you mean "batch:upload"?'],
  ["a model that breaks a rule", sound.replace("RS256", "HS256"), "(rule asymmetric-signing)"],
])("%s ends the run before anything is registered, without a stack trace", async (_, yaml, reported) => {
  const registered: string[] = [];
  await pulumi.runtime.setMocks({
    call: () => ({}),
    newResource: ({ type }) => {
      registered.push(type);
      return { id: "", state: {} };
    },
  });
  const file = path.join(folder, "access.yaml");
  writeFileSync(file, yaml);
  vi.stubEnv("M2M_ACCESS_MODEL", file);
  const error = await import("../../infra/index.ts").then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(String(error)).toContain(reported);
  expect(registered).toEqual([]);
});

test.each([
  [
    "no domain",
    "",
    "No tenant is named. Set AUTH0_DOMAIN, or run: pulumi config set auth0:domain example.eu.auth0.com",
  ],
  [
    "a URL for a domain",
    "https://example.eu.auth0.com/",
    "The tenant's domain must be a host name such as example.eu.auth0.com, without https:// and slashes.",
  ],
])("%s is reported without a stack trace", async (_, domain, reported) => {
  vi.stubEnv("AUTH0_DOMAIN", domain);
  const error = await run(sound).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(error).toHaveProperty("message", reported);
});

test("twenty applications on ten APIs have four resources each and ask for nothing else", async () => {
  const apis = Array.from(
    { length: 10 },
    (_, index) => `  api-${index}: { name: A${index}, identifier: a${index}, scopes: { s: S } }`,
  );
  const applications = Array.from(
    { length: 20 },
    (_, index) =>
      `  job-${index}: { name: J${index}, authentication: client_secret_basic, grants: { api-${index % 10}: [s] } }`,
  );
  const { registrations } = await run(["apis:", ...apis, "applications:", ...applications, ""].join("\n"));
  expect(registrations.filter(({ type }) => type !== "Stack")).toHaveLength(10 * 3 + 20 * 4);
});
