/** What `verify` finds in a tenant that is as the model says, and in one where a single property is not. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { AccessModel, Grant } from "../../../infra/accessModel.ts";
import { type Check, type Verification, verifyStack } from "../../../scripts/checks/verifyStack.ts";
import { type Accepted, acceptedOn } from "../../../scripts/differences/acceptances.ts";
import { accessModel, type Changes, granted } from "../../helpers/accessModel.ts";
import { closedPort } from "../../helpers/closedPort.ts";
import {
  makeClient,
  type Provisioned,
  provision,
  startTenant,
  type TestTenant,
} from "../../helpers/tenant.ts";

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await startTenant({ customHost: "127.0.0.1" });
});
afterAll(() => tenant.close());
afterEach(() => {
  vi.restoreAllMocks();
});

async function verify(
  model: AccessModel,
  made: Provisioned,
  more: Partial<Verification> = {},
): Promise<Check[]> {
  return verifyStack({
    model,
    issuer: tenant.issuer,
    credentials: { "import-job": { clientId: made.clientId, clientSecret: made.clientSecret } },
    management: tenant.management,
    signal: new AbortController().signal,
    ...more,
  });
}

function failures(checks: readonly Check[]): string[] {
  return checks.filter(({ ok }) => !ok).map(({ id }) => id);
}

describe("a tenant that is as the model says", () => {
  const profiles: Record<string, Changes> = {
    "the default model": {},
    "the rfc9068 profile": { api: { tokenProfile: "rfc9068" } },
    "permissions in the token": { api: { permissionsInToken: true } },
    "the rfc9068 profile with permissions and a secret by Basic": {
      api: { tokenProfile: "rfc9068", permissionsInToken: true },
      application: { authentication: "client_secret_basic" },
    },
    "a symmetric API": { api: { signingAlgorithm: "HS256" } },
    "a short lifetime and two scopes": {
      api: { tokenLifetime: 600 },
      application: { grants: { timesheets: granted("read:timesheets", "batch:upload") } },
    },
  };
  test.each(Object.entries(profiles))("passes every check: %s", async (_name, changes) => {
    const model = accessModel(changes);
    const checks = await verify(model, await provision(tenant, model));
    expect(failures(checks)).toEqual([]);
    expect(checks.filter(({ skipped }) => skipped)).toEqual([]);
    expect(checks.length).toBeGreaterThanOrEqual(16);
  });

  test("asks for at most 4 tokens, that of the Management API among them", async () => {
    const model = accessModel();
    const made = await provision(tenant, model);
    const requests = vi.spyOn(globalThis, "fetch");
    await verify(model, made);
    const tokens = requests.mock.calls.filter(([url]) => String(url).endsWith("/oauth/token"));
    expect(tokens.length + 1).toBeLessThanOrEqual(4);
  });

  test("a model of many applications keeps under the rate limit of a free tenant", async () => {
    const model = accessModel();
    const made = await provision(tenant, model);
    const [job] = Object.values(model.applications);
    if (!job) throw new Error("The model has lost its job.");
    const keys = Array.from({ length: 15 }, (_, index) => `job-${index}`);
    const applications = Object.fromEntries(keys.map((key) => [key, { ...job, key }]));
    const held = { clientId: made.clientId, clientSecret: made.clientSecret };
    const credentials = Object.fromEntries(keys.map((key) => [key, held]));
    await plan("free");
    try {
      const checks = await verify({ ...model, applications }, made, { credentials });
      expect(failures(checks)).toEqual([]);
      expect(checks.filter(({ id }) => id.endsWith(".timesheets.token"))).toHaveLength(15);
    } finally {
      await plan("none");
    }
  });

  test("says nothing of the token and the secret", async () => {
    const model = accessModel();
    const made = await provision(tenant, model);
    const said = JSON.stringify(await verify(model, made));
    expect(said).not.toContain(made.clientSecret);
    expect(said).not.toMatch(/eyJ[\w-]+\.[\w-]+/);
  });
});

describe("a tenant where one property differs", () => {
  const on = "import-job.timesheets";
  const api = (body: object) => (made: Provisioned) =>
    tenant.write("PATCH", `resource-servers/${made.apiId}`, body);
  const grant = (body: object) => (made: Provisioned) =>
    tenant.write("PATCH", `client-grants/${made.grantId}`, body);
  const differences: [string, (made: Provisioned) => Promise<unknown>, string[]][] = [
    ["the lifetime", api({ token_lifetime: 7200 }), [`${on}.lifetime`]],
    ["the profile", api({ token_dialect: "rfc9068_profile" }), [`${on}.type`, `${on}.profile`]],
    [
      "permissions",
      api({ token_dialect: "access_token_authz", enforce_policies: true }),
      [`${on}.permissions`],
    ],
    ["the algorithm", api({ signing_alg: "PS256" }), [`${on}.algorithm`, `${on}.signature`]],
    [
      "a symmetric signature",
      api({ signing_alg: "HS256" }),
      [`${on}.algorithm`, `${on}.key`, `${on}.signature`],
    ],
    ["one more scope", grant({ scope: ["batch:upload", "read:timesheets"] }), [`${on}.scope`]],
    ["no scope", grant({ scope: [] }), [`${on}.scope`]],
    ["no grant", ({ grantId }) => tenant.write("DELETE", `client-grants/${grantId}`), [`${on}.token`]],
    [
      "a new secret",
      ({ clientId }) => tenant.write("POST", `clients/${clientId}/rotate-secret`),
      [`${on}.token`, "import-job.management-api"],
    ],
    [
      "a grant on the Management API",
      ({ clientId }) =>
        tenant.write("POST", "client-grants", {
          client_id: clientId,
          audience: `${tenant.issuer}api/v2/`,
          scope: ["read:clients"],
        }),
      ["import-job.management-api"],
    ],
  ];
  test.each(differences)("finds it and nothing else: %s", async (_name, change, expected) => {
    const model = accessModel();
    const made = await provision(tenant, model);
    await change(made);
    expect(failures(await verify(model, made))).toEqual(expected);
  });

  test("on a custom domain, tokens carry its issuer, and its key set is the one that proves them", async () => {
    const issuer = tenant.issuer.replace("localhost", "127.0.0.1");
    const managementAudience = `${tenant.issuer}api/v2/`;
    const model = accessModel();
    const made = await provision(tenant, model);
    const checks = await verify(model, made, { issuer, managementAudience });
    expect(failures(checks)).toEqual([]);
    expect(checks.find(({ id }) => id === "import-job.timesheets.issuer")).toMatchObject({ seen: issuer });
    expect(checks.find(({ id }) => id === "import-job.management-api")).toMatchObject({ ok: true });
  });

  test("on a custom domain, the Management API is asked for by the tenant's own name", async () => {
    const managementAudience = "https://example.eu.auth0.com/api/v2/";
    const model = accessModel();
    const made = await provision(tenant, model);
    expect(failures(await verify(model, made, { managementAudience }))).toEqual([]);
    await tenant.write("POST", "resource-servers", {
      identifier: managementAudience,
      scopes: [{ value: "read:clients", description: "Read applications" }],
    });
    await tenant.write("POST", "client-grants", {
      client_id: made.clientId,
      audience: managementAudience,
      scope: ["read:clients"],
    });
    expect(failures(await verify(model, made))).toEqual([]);
    expect(failures(await verify(model, made, { managementAudience }))).toEqual([
      "import-job.management-api",
    ]);
  });

  const grantPath = "applications.import-job.grants.timesheets";
  const accepted: [string, (made: Provisioned) => Promise<unknown>, string[]][] = [
    ["the lifetime", api({ token_lifetime: 7200 }), ["apis.timesheets.token_lifetime"]],
    ["the profile", api({ token_dialect: "rfc9068_profile" }), ["apis.timesheets.token_dialect"]],
    [
      "permissions",
      api({ token_dialect: "access_token_authz", enforce_policies: true }),
      ["apis.timesheets.token_dialect"],
    ],
    ["a symmetric signature", api({ signing_alg: "HS256" }), ["apis.timesheets.signing_alg"]],
    [
      "two more scopes",
      grant({ scope: ["batch:upload", "read:timesheets", "delete:timesheets"] }),
      [`${grantPath}.scope["delete:timesheets"]`, `${grantPath}.scope["read:timesheets"]`],
    ],
    ["no scope", grant({ scope: [] }), [`${grantPath}.scope["batch:upload"]`]],
    ["no grant", ({ grantId }) => tenant.write("DELETE", `client-grants/${grantId}`), [grantPath]],
    [
      "a grant on the Management API",
      ({ clientId }) =>
        tenant.write("POST", "client-grants", {
          client_id: clientId,
          audience: `${tenant.issuer}api/v2/`,
          scope: ["read:clients"],
        }),
      ["applications.import-job.grants[MANAGEMENT]"],
    ],
  ];
  test.each(accepted)(
    "passes with its acceptance, and fails with a part of it: %s",
    async (_name, change, paths) => {
      const model = accessModel();
      const made = await provision(tenant, model);
      await change(made);
      const written = paths.map((path) =>
        path.replace("MANAGEMENT", JSON.stringify(`${tenant.issuer}api/v2/`)),
      );
      const checks = await verify(model, made, { accepted: acceptedBy(written) });
      expect(failures(checks)).toEqual([]);
      const passed = checks.filter((check) => check.accepted);
      expect(passed.length).toBeGreaterThan(0);
      for (const path of written) {
        expect(passed.map(({ explanation }) => explanation).join()).toContain(`${path} is accepted until`);
      }
      const fewer = [...written.slice(1), "apis.timesheets.name"];
      expect(failures(await verify(model, made, { accepted: acceptedBy(fewer) }))).not.toEqual([]);
    },
  );

  test("an accepted application does not fail the check of who else holds a grant, and another does", async () => {
    const model = accessModel();
    const made = await provision(tenant, model);
    const audience = model.apis.timesheets?.identifier;
    const authorize = async (name: string) => {
      const { client_id } = await makeClient(tenant.management, {
        name,
        authentication: "client_secret_post",
      });
      await tenant.write("POST", "client-grants", { client_id, audience, scope: ["read:timesheets"] });
      return client_id;
    };
    const payroll = await authorize("Payroll");
    const by = acceptedBy([`apis.timesheets.authorized_applications[${JSON.stringify(payroll)}]`]);
    const plain = acceptedBy([`apis.timesheets.authorized_applications.${payroll}`]);
    const accepted = /^[A-Za-z_]/.test(payroll) ? plain : by;
    expect(failures(await verify(model, made, { accepted }))).toEqual([]);
    await authorize("Reports");
    expect(failures(await verify(model, made, { accepted }))).toEqual(["timesheets.grants"]);
  });

  test("names the application that somebody authorized on the API by hand, and its scopes", async () => {
    const model = accessModel();
    const made = await provision(tenant, model);
    const { client_id } = await makeClient(tenant.management, {
      name: "Payroll",
      authentication: "client_secret_post",
    });
    const audience = model.apis.timesheets?.identifier;
    await tenant.write("POST", "client-grants", { client_id, audience, scope: ["read:timesheets"] });
    const checks = await verify(model, made);
    expect(failures(checks)).toEqual(["timesheets.grants"]);
    const found = checks.find(({ id }) => id === "timesheets.grants");
    expect(found?.seen).toBe(`besides: ${client_id} (read:timesheets)`);
  });

  test("explains a PS256 API whose key set says RS256 with the flag to set, and passes once it is", async () => {
    const model = accessModel({ api: { signingAlgorithm: "PS256" } });
    const made = await provision(tenant, model);
    const signature = (checks: readonly Check[]) => checks.find(({ id }) => id === `${on}.signature`);
    const refused = signature(await verify(model, made));
    expect(refused).toMatchObject({ ok: false, seen: "refused: the key set says alg RS256" });
    expect(refused?.explanation).toContain('{"flags":{"remove_alg_from_jwks":true}}');
    await tenant.write("PATCH", "tenants/settings", { flags: { remove_alg_from_jwks: true } });
    try {
      expect(failures(await verify(model, made))).toEqual([]);
    } finally {
      await tenant.write("PATCH", "tenants/settings", { flags: { remove_alg_from_jwks: false } });
    }
  });
});

describe("what the model itself keeps from tokens", () => {
  const timesheets = (more: Partial<Grant>): Grant[] => [
    { scopes: ["batch:upload"], subject: "client", ...more },
  ];
  const closed: [string, Changes, path: (made: Provisioned) => string, object, object][] = [
    [
      "a grant that takes an organization",
      { application: { grants: { timesheets: timesheets({ organizations: "require" }) } } },
      ({ grantId }) => `client-grants/${grantId}`,
      { organization_usage: "require" },
      { organization_usage: "allow" },
    ],
    [
      "an API that is closed to applications",
      { api: { access: { applications: "none", users: "any" } } },
      ({ apiId }) => `resource-servers/${apiId}`,
      { subject_type_authorization: { client: { policy: "deny_all" } } },
      { subject_type_authorization: { client: { policy: "require_client_grant" } } },
    ],
    [
      "an application without client credentials",
      { application: { grantTypes: ["authorization_code"] } },
      ({ clientId }) => `clients/${clientId}`,
      { grant_types: ["authorization_code"] },
      { grant_types: ["authorization_code", "client_credentials"] },
    ],
  ];
  test.each(closed)("%s is proved by a refusal", async (_name, changes, path, asModelled, opened) => {
    const model = accessModel(changes);
    const made = await provision(tenant, model);
    await tenant.write("PATCH", path(made), asModelled);
    const checks = await verify(model, made);
    expect(failures(checks)).toEqual([]);
    expect(checks.find(({ id }) => id === "import-job.timesheets.token")).toMatchObject({ seen: "refused" });
    await tenant.write("PATCH", path(made), opened);
    expect(failures(await verify(model, made))).toEqual(["import-job.timesheets.token"]);
  });

  test("granted scopes that the API does not declare need not be in a token", async () => {
    const model = accessModel({
      application: { grants: { timesheets: granted("batch:upload", "org:acct") } },
    });
    expect(failures(await verify(model, await provision(tenant, model)))).toEqual([]);
  });
});

describe("grants on and of what others own", () => {
  const managementAudience = () => `${tenant.issuer}api/v2/`;
  const model = (): AccessModel => {
    const { timesheets = [] } = accessModel().applications["import-job"]?.grants ?? {};
    const users: Grant = { scopes: ["read:timesheets"], subject: "user" };
    const grants = { timesheets: [...timesheets, users], auth0: granted("read:clients") };
    return {
      ...accessModel({ application: { grants } }),
      foreignApis: { auth0: { key: "auth0", identifier: managementAudience(), management: true } },
      foreignApplications: {
        storefront: { key: "storefront", clientId: "", grants: { timesheets: [users] } },
      },
    };
  };
  const grant = (client_id: string, audience: string, scope: string[], subject_type = "client") =>
    tenant.write("POST", "client-grants", { client_id, audience, scope, subject_type });

  test("a token for a foreign API is asked for on request alone, and none for users", async () => {
    const made = await provision(tenant, model());
    await grant(made.clientId, managementAudience(), ["read:clients"]);
    const audience = model().apis.timesheets?.identifier ?? "";
    await grant(made.clientId, audience, ["read:timesheets"], "user");
    const plain = await verify(model(), made);
    expect(failures(plain)).toEqual([]);
    expect(plain.filter(({ skipped }) => skipped).map(({ id }) => id)).toEqual([
      "import-job.auth0.token",
      "import-job.timesheets.users",
    ]);
    const asked = await verify(model(), made, { foreignApis: true });
    expect(asked.find(({ id }) => id === "import-job.auth0.scope")).toMatchObject({
      ok: true,
      seen: "read:clients",
    });
    const other = { ...model(), foreignApis: {} };
    expect(failures(await verify(other, made))).toEqual(["import-job.management-api"]);
  });

  test("an application of others may hold what the model gives it, and nothing else", async () => {
    const made = await provision(tenant, accessModel());
    const { client_id } = await makeClient(tenant.management, {
      name: "Storefront",
      authentication: "client_secret_post",
    });
    const audience = model().apis.timesheets?.identifier ?? "";
    await grant(client_id, audience, ["read:timesheets"], "user");
    const declared = { ...accessModel(), foreignApplications: model().foreignApplications };
    const foreignClientIds = { storefront: client_id };
    expect(failures(await verify(declared, made, { foreignClientIds }))).toEqual([]);
    await grant(client_id, audience, ["delete:timesheets"]);
    expect(failures(await verify(declared, made, { foreignClientIds }))).toEqual(["timesheets.grants"]);
  });
});

describe("a tenant that cannot be asked everything", () => {
  test("an unreachable one is one failed check that says why", async () => {
    const model = accessModel();
    const made = { apiId: "", clientId: "", clientSecret: "", grantId: "" };
    const port = await closedPort();
    const checks = await verify(model, made, { issuer: `https://localhost:${port}/` });
    expect(checks).toHaveLength(1);
    expect(checks[0]).toMatchObject({
      id: "tenant.discovery",
      ok: false,
      seen: `localhost:${port} cannot be reached: nothing listens there.`,
    });
  });

  test("without a management credential, the grants of others are not tried, and said so", async () => {
    const model = accessModel();
    const checks = await verify(model, await provision(tenant, model), { management: undefined });
    expect(failures(checks)).toEqual([]);
    expect(checks.filter(({ skipped }) => skipped).map(({ id }) => id)).toEqual(["timesheets.grants"]);
  });

  test("a passing failure of the token endpoint is asked again", async () => {
    const model = accessModel();
    const made = await provision(tenant, model);
    // biome-ignore lint/suspicious/noThenProperty: the name on the wire; the order is never awaited
    await fault({ method: "POST", path: "/oauth/token", count: 2, then: { status: 503 } });
    expect(failures(await verify(model, made))).toEqual([]);
  });
});

/** Accepts these paths, as the lines of a team's file would. */
function acceptedBy(paths: readonly string[]): Accepted {
  const acceptances = paths.map((path) => ({
    path,
    reason: "Until the end of the trial",
    until: "2999-12-31",
  }));
  return acceptedOn(acceptances, "local", new Date());
}

const fault = (order: object) => control("faults", order);
const plan = (rateLimit: string) => control("plan", { rateLimit });

async function control(what: string, order: object): Promise<void> {
  const { controlUrl, controlKey } = tenant.tenant;
  const response = await fetch(`${controlUrl}/${what}`, {
    method: "POST",
    headers: { authorization: `Bearer ${controlKey}`, "content-type": "application/json" },
    body: JSON.stringify(order),
  });
  expect(response.ok, `${what}: ${response.status}`).toBe(true);
}
