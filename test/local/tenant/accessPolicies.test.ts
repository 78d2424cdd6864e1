/** Who may have a token, by the policies of an API and the subjects of its grants, and what a plan leaves out. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTenant, type TestTenant } from "./support/running.ts";

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await startTenant();
});
afterAll(() => tenant[Symbol.asyncDispose]());

let counter = 0;

/** An API, and an application with a secret. */
async function arrange(api: object = {}, client: object = {}) {
  const audience = `urn:policy:${++counter}`;
  const scopes = [{ value: "read:a" }, { value: "read:b" }];
  await tenant.manage("POST", "/resource-servers", { identifier: audience, scopes, ...api });
  const { client_id, client_secret } = (
    await tenant.manage("POST", "/clients", {
      ...{ name: "Job", app_type: "non_interactive", token_endpoint_auth_method: "client_secret_post" },
      ...client,
    })
  ).body as { client_id: string; client_secret: string };
  return { audience, client_id, client_secret };
}

const applications = (policy: string) => ({ subject_type_authorization: { client: { policy } } });
const scope = ["read:a"];

const requests: readonly {
  name: string;
  api?: object;
  client?: object;
  /** Each with the application's id, unless it is for a group. */
  grants: readonly object[];
  /** The scopes of the token; absent where it is refused. */
  scope?: string;
}[] = [
  { name: "a grant for the application itself", grants: [{ scope }], scope: "read:a" },
  {
    name: "a grant for the application itself, where the API needs one",
    api: applications("require_client_grant"),
    grants: [{ scope }],
    scope: "read:a",
  },
  { name: "no grant", grants: [] },
  { name: "a grant for its users alone", grants: [{ scope, subject_type: "user" }] },
  { name: "a grant for anonymous users alone", grants: [{ scope, subject_type: "anonymous_user" }] },
  {
    name: "grants for both",
    grants: [{ scope: ["read:b"], subject_type: "user" }, { scope }],
    scope: "read:a",
  },
  {
    name: "a grant on an API that denies all applications",
    api: applications("deny_all"),
    grants: [{ scope }],
  },
  {
    name: "a grant on an API that denies all users",
    api: { subject_type_authorization: { user: { policy: "deny_all" } } },
    grants: [{ scope }],
    scope: "read:a",
  },
  { name: "a grant of all scopes", grants: [{ allow_all_scopes: true }], scope: "read:a read:b" },
  {
    name: "a grant of a scope that the API does not declare",
    grants: [{ scope: ["read:a", "org:42"] }],
    scope: "read:a",
  },
  {
    name: "a default grant, and being of a third party",
    client: { is_first_party: false },
    grants: [{ scope, default_for: "third_party_clients" }],
    scope: "read:a",
  },
  {
    name: "a default grant, and being of the first party",
    grants: [{ scope, default_for: "third_party_clients" }],
  },
  {
    name: "a default grant, and one of its own",
    client: { is_first_party: false },
    grants: [{ scope, default_for: "third_party_clients" }, { scope: ["read:b"] }],
    scope: "read:b",
  },
  {
    name: "a grant that needs an organization, named none",
    grants: [{ scope, organization_usage: "require" }],
  },
];

test.each(requests)("an application with $name gets: $scope", async ({ api, client, grants, scope }) => {
  const { audience, client_id, client_secret } = await arrange(api, client);
  for (const grant of grants) {
    const owner = "default_for" in grant ? {} : { client_id };
    const made = await tenant.manage("POST", "/client-grants", { audience, ...owner, ...grant });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
  }
  const { status, body } = await tenant.token({ client_id, client_secret, audience });
  expect({ status, scope: body.scope }).toEqual(scope ? { status: 200, scope } : { status: 403 });
  if (!scope) expect(body.error).toBe("access_denied");
});

test("an API keeps the policies that a change does not name", async () => {
  const { audience } = await arrange({
    subject_type_authorization: {
      user: { policy: "require_client_grant" },
      anonymous_user: { policy: "deny_all" },
    },
  });
  const at = `/resource-servers/${encodeURIComponent(audience)}`;
  await tenant.manage("PATCH", at, applications("deny_all"));
  expect((await tenant.manage("GET", at)).body.subject_type_authorization).toEqual({
    user: { policy: "require_client_grant" },
    client: { policy: "deny_all" },
    anonymous_user: { policy: "deny_all" },
  });
});

test("anonymous users are never all let in", async () => {
  const refused = await tenant.manage("POST", "/resource-servers", {
    identifier: "urn:open",
    subject_type_authorization: { anonymous_user: { policy: "allow_all" } },
  });
  expect(refused.status).toBe(400);
});

describe("a plan that lacks a feature", () => {
  const upgrade = (properties: string) => `Please upgrade your subscription to use ${properties}.`;
  const disabled = "This feature is not enabled for this tenant.";
  const quota = { client_credentials: { per_day: 10 } };
  const gated: readonly [string, string, object, string][] = [
    [
      "highlyRegulatedIdentity",
      "grant",
      { authorization_details_types: ["payment"] },
      "authorization_details_types",
    ],
    [
      "highlyRegulatedIdentity",
      "api",
      { proof_of_possession: { mechanism: "mtls", required: true } },
      "proof_of_possession",
    ],
    ["enterprise", "client", { token_quota: quota }, "token_quota"],
    [
      "organizations",
      "grant",
      { organization_usage: "allow", allow_any_organization: true },
      "allow_any_organization, organization_usage",
    ],
  ];

  test.each(gated)("%s refuses it on a change of a %s: %j", async (feature, kind, change, properties) => {
    const { audience, client_id } = await arrange();
    const { body } = await tenant.manage("POST", "/client-grants", { audience, client_id, scope });
    const path = {
      api: `/resource-servers/${encodeURIComponent(audience)}`,
      client: `/clients/${client_id}`,
      grant: `/client-grants/${body.id}`,
    }[kind];
    await tenant.control("POST", "/plan", { [feature]: false });
    const refused = await tenant.manage("PATCH", path ?? "", change);
    await tenant.control("POST", "/reset");
    expect(refused).toMatchObject({
      status: 403,
      body: { errorCode: "feature_not_enabled", message: upgrade(properties) },
    });
    expect((await tenant.manage("PATCH", path ?? "", change)).status).toBe(200);
  });

  test("enterprise refuses the key of an application", async () => {
    const { client_id } = await arrange();
    await tenant.control("POST", "/plan", { enterprise: false });
    const credential = { credential_type: "public_key", pem: "-----BEGIN PUBLIC KEY-----" };
    const refused = await tenant.manage("POST", `/clients/${client_id}/credentials`, credential);
    await tenant.control("POST", "/reset");
    expect(refused).toMatchObject({
      status: 403,
      body: { errorCode: "feature_not_enabled", message: disabled },
    });
  });

  test("accepts what Auth0 has by itself without it", async () => {
    const { audience, client_id } = await arrange();
    await tenant.control("POST", "/plan", { organizations: false });
    const grant = { audience, client_id, scope, organization_usage: "deny", allow_any_organization: false };
    const { status } = await tenant.manage("POST", "/client-grants", grant);
    await tenant.control("POST", "/reset");
    expect(status).toBe(201);
  });
});
