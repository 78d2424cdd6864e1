/** Changes behind the model's back, each with exactly what drift has to say about it. */
import { generateKeyPairSync } from "node:crypto";
import type { FindingKind, Json, Severity } from "../../../scripts/drift/finding.ts";
import type { Body, DriftTenant as WholeTenant } from "./driftTenant.ts";

/** What a change needs of a tenant. */
type DriftTenant = Pick<WholeTenant, "call" | "ids" | "model" | "running">;

export interface Expected {
  readonly kind: FindingKind;
  readonly path: string;
  readonly expected: Json;
  /** Compared with toMatchObject, so that ids made on the way may be left out. */
  readonly actual: Json;
  readonly severity: Severity;
}

export interface Mutation {
  readonly name: string;
  change(tenant: DriftTenant): Promise<unknown>;
  /** Absent where nothing brings the tenant back; such a change gets a tenant of its own. */
  undo?(tenant: DriftTenant): Promise<unknown>;
  expected(tenant: DriftTenant): readonly Expected[];
}

const api = "apis.timesheets";
const application = "applications.import-job";
const grant = `${application}.grants.timesheets`;

const apiTarget = ({ ids }: DriftTenant) => `resource-servers/${ids.apis.timesheets}`;
const applicationTarget = ({ ids }: DriftTenant) => `clients/${ids.applications["import-job"]}`;
const grantTarget = ({ ids }: DriftTenant) => `client-grants/${ids.grants["import-job/timesheets"]}`;

type Finding = readonly [
  kind: FindingKind,
  property: string,
  expected: Json,
  actual: Json,
  severity: Severity,
];

const under =
  (resource: string) =>
  ([kind, property, expected, actual, severity]: Finding): Expected => ({
    kind,
    path: property.startsWith("[") || property === "" ? `${resource}${property}` : `${resource}.${property}`,
    expected,
    actual,
    severity,
  });

function patch(target: (tenant: DriftTenant) => string, resource: string) {
  return (name: string, body: Body, undo: Body, ...findings: readonly Finding[]): Mutation => ({
    name,
    change: (tenant) => tenant.call("PATCH", target(tenant), body),
    undo: (tenant) => tenant.call("PATCH", target(tenant), undo),
    expected: () => findings.map(under(resource)),
  });
}

const onApi = patch(apiTarget, api);
const onApplication = patch(applicationTarget, application);
const onGrant = patch(grantTarget, grant);

const scopes = [
  { value: "batch:upload", description: "Upload timesheets in batches" },
  { value: "read:timesheets", description: "Read timesheets" },
  { value: "create:timesheets", description: "Create timesheets" },
  { value: "delete:timesheets", description: "Delete timesheets" },
  { value: "approve:timesheets", description: "Approve timesheets" },
];
const [firstScope, ...otherScopes] = scopes;
const defaultPolicies = { client: { policy: "require_client_grant" }, user: { policy: "allow_all" } };

const newKey = () =>
  generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" });

const apiMutations: readonly Mutation[] = [
  onApi("the API is renamed", { name: "Hours" }, { name: "Timesheets API" }, [
    "changed",
    "name",
    "Timesheets API",
    "Hours",
    "low",
  ]),
  onApi("tokens are signed with a shared secret", { signing_alg: "HS256" }, { signing_alg: "RS256" }, [
    "changed",
    "signing_alg",
    "RS256",
    "HS256",
    "high",
  ]),
  onApi(
    "tokens are signed with another key pair algorithm",
    { signing_alg: "PS256" },
    { signing_alg: "RS256" },
    ["changed", "signing_alg", "RS256", "PS256", "medium"],
  ),
  ...["rfc9068_profile", "access_token_authz", "rfc9068_profile_authz"].map((dialect) =>
    onApi(
      `the token dialect becomes ${dialect}`,
      { token_dialect: dialect },
      { token_dialect: "access_token" },
      ["changed", "token_dialect", "access_token", dialect, "medium"],
    ),
  ),
  onApi("role-based access control is switched on", { enforce_policies: true }, { enforce_policies: false }, [
    "changed",
    "enforce_policies",
    false,
    true,
    "medium",
  ]),
  onApi("tokens live longer", { token_lifetime: 86_401 }, { token_lifetime: 86_400 }, [
    "changed",
    "token_lifetime",
    86_400,
    86_401,
    "high",
  ]),
  onApi("tokens live shorter", { token_lifetime: 600 }, { token_lifetime: 86_400 }, [
    "changed",
    "token_lifetime",
    86_400,
    600,
    "medium",
  ]),
  onApi("browser tokens live longer", { token_lifetime_for_web: 80_000 }, { token_lifetime_for_web: 7200 }, [
    "unmanaged",
    "token_lifetime_for_web",
    7200,
    80_000,
    "high",
  ]),
  onApi("browser tokens live shorter", { token_lifetime_for_web: 60 }, { token_lifetime_for_web: 7200 }, [
    "unmanaged",
    "token_lifetime_for_web",
    7200,
    60,
    "low",
  ]),
  onApi("refresh tokens are allowed", { allow_offline_access: true }, { allow_offline_access: false }, [
    "unmanaged",
    "allow_offline_access",
    false,
    true,
    "high",
  ]),
  onApi("online access is allowed", { allow_online_access: true }, { allow_online_access: false }, [
    "unmanaged",
    "allow_online_access",
    false,
    true,
    "high",
  ]),
  onApi(
    "machines are denied",
    { subject_type_authorization: { ...defaultPolicies, client: { policy: "deny_all" } } },
    { subject_type_authorization: defaultPolicies },
    ["unmanaged", "subject_type_authorization.client.policy", "require_client_grant", "deny_all", "medium"],
  ),
  onApi(
    "users are denied",
    { subject_type_authorization: { ...defaultPolicies, user: { policy: "deny_all" } } },
    { subject_type_authorization: defaultPolicies },
    ["unmanaged", "subject_type_authorization.user.policy", "allow_all", "deny_all", "medium"],
  ),
  onApi(
    "a consent policy is set",
    { consent_policy: "transactional-authorization-with-mfa" },
    { consent_policy: null },
    ["unmanaged", "consent_policy", null, "transactional-authorization-with-mfa", "medium"],
  ),
  onApi(
    "proof of possession is asked for",
    { proof_of_possession: { mechanism: "dpop", required: true } },
    { proof_of_possession: null },
    ["unmanaged", "proof_of_possession", null, { mechanism: "dpop", required: true }, "medium"],
  ),
  onApi(
    "tokens are encrypted",
    {
      token_encryption: {
        format: "compact-nested-jwe",
        encryption_key: { name: "k", alg: "RSA-OAEP-256", pem: newKey() },
      },
    },
    { token_encryption: null },
    ["unmanaged", "token_encryption", null, { format: "compact-nested-jwe" }, "medium"],
  ),
  onApi(
    "authorization details are declared",
    { authorization_details: [{ type: "payment" }] },
    { authorization_details: null },
    ["unmanaged", "authorization_details", null, [{ type: "payment" }], "medium"],
  ),
  onApi(
    "a scope is added",
    { scopes: [...scopes, { value: "admin:all", description: "Everything" }] },
    { scopes },
    ["unmanaged", 'scopes["admin:all"]', null, "Everything", "high"],
  ),
  onApi("a scope without a description is added", { scopes: [...scopes, { value: "x" }] }, { scopes }, [
    "unmanaged",
    "scopes.x",
    null,
    "",
    "high",
  ]),
  onApi("a scope is removed", { scopes: otherScopes }, { scopes }, [
    "missing",
    'scopes["batch:upload"]',
    "Upload timesheets in batches",
    null,
    "medium",
  ]),
  onApi(
    "a scope is renamed",
    { scopes: [{ ...firstScope, value: "batch:uploads" }, ...otherScopes] },
    { scopes },
    ["missing", 'scopes["batch:upload"]', "Upload timesheets in batches", null, "medium"],
    ["unmanaged", 'scopes["batch:uploads"]', null, "Upload timesheets in batches", "high"],
  ),
  onApi(
    "a scope is described otherwise",
    { scopes: [{ ...firstScope, description: "Upload" }, ...otherScopes] },
    { scopes },
    ["changed", 'scopes["batch:upload"]', "Upload timesheets in batches", "Upload", "low"],
  ),
  onApi(
    "a scope loses its description",
    { scopes: [{ value: "batch:upload" }, ...otherScopes] },
    { scopes },
    ["changed", 'scopes["batch:upload"]', "Upload timesheets in batches", "", "low"],
  ),
  onApi(
    "every scope is removed",
    { scopes: [] },
    { scopes },
    ...scopes.map(
      ({ value, description }): Finding => [
        "missing",
        `scopes[${JSON.stringify(value)}]`,
        description,
        null,
        "medium",
      ],
    ),
  ),
  onApi(
    "two properties change at once",
    { name: "Hours", token_lifetime: 90_000 },
    { name: "Timesheets API", token_lifetime: 86_400 },
    ["changed", "name", "Timesheets API", "Hours", "low"],
    ["changed", "token_lifetime", 86_400, 90_000, "high"],
  ),
];

const list = (property: string, value: Json, severity: Severity = "high") =>
  onApplication(`${property} is filled`, { [property]: value }, { [property]: [] }, [
    "unmanaged",
    property,
    [],
    value,
    severity,
  ]);

const object = (property: string, value: Body, actual: Json, severity: Severity = "high") =>
  onApplication(`${property} is set`, { [property]: value }, { [property]: null }, [
    "unmanaged",
    property,
    null,
    actual,
    severity,
  ]);

const defaultRefreshToken = {
  rotation_type: "non-rotating",
  expiration_type: "non-expiring",
  leeway: 0,
  infinite_token_lifetime: true,
  infinite_idle_token_lifetime: true,
  token_lifetime: 31_557_600,
  idle_token_lifetime: 2_592_000,
};

const applicationMutations: readonly Mutation[] = [
  onApplication("the application is renamed", { name: "Job" }, { name: "Timesheets Import Job" }, [
    "changed",
    "name",
    "Timesheets Import Job",
    "Job",
    "low",
  ]),
  onApplication(
    "the description changes",
    { description: "Mine" },
    { description: "Machine-to-machine application, kept as code" },
    ["changed", "description", "Machine-to-machine application, kept as code", "Mine", "low"],
  ),
  onApplication(
    "the description is emptied",
    { description: "" },
    { description: "Machine-to-machine application, kept as code" },
    ["changed", "description", "Machine-to-machine application, kept as code", "", "low"],
  ),
  onApplication(
    "it becomes a web application",
    { app_type: "regular_web" },
    { app_type: "non_interactive" },
    ["changed", "app_type", "non_interactive", "regular_web", "medium"],
  ),
  onApplication("it becomes a native application", { app_type: "native" }, { app_type: "non_interactive" }, [
    "changed",
    "app_type",
    "non_interactive",
    "native",
    "high",
  ]),
  ...["password", "authorization_code", "refresh_token", "implicit"].map((grantType) =>
    onApplication(
      `the grant type ${grantType} is switched on`,
      { grant_types: ["client_credentials", grantType] },
      { grant_types: ["client_credentials"] },
      ["unmanaged", `grant_types.${grantType}`, null, grantType, "high"],
    ),
  ),
  onApplication("no grant type is left", { grant_types: [] }, { grant_types: ["client_credentials"] }, [
    "missing",
    "grant_types.client_credentials",
    "client_credentials",
    null,
    "medium",
  ]),
  onApplication(
    "the grant type is exchanged",
    { grant_types: ["urn:ietf:params:oauth:grant-type:device_code"] },
    { grant_types: ["client_credentials"] },
    ["missing", "grant_types.client_credentials", "client_credentials", null, "medium"],
    [
      "unmanaged",
      'grant_types["urn:ietf:params:oauth:grant-type:device_code"]',
      null,
      "urn:ietf:params:oauth:grant-type:device_code",
      "high",
    ],
  ),
  onApplication(
    "the secret travels in the header",
    { token_endpoint_auth_method: "client_secret_basic" },
    { token_endpoint_auth_method: "client_secret_post" },
    ["changed", "token_endpoint_auth_method", "client_secret_post", "client_secret_basic", "medium"],
  ),
  list("callbacks", ["https://attacker.example/callback"]),
  list("allowed_origins", ["https://attacker.example"]),
  list("web_origins", ["https://attacker.example"]),
  list("allowed_logout_urls", ["https://attacker.example"]),
  list("client_aliases", ["https://alias.example"]),
  list("allowed_clients", ["someone"]),
  onApplication(
    "cross-origin authentication is switched on",
    { cross_origin_authentication: true },
    { cross_origin_authentication: false },
    ["unmanaged", "cross_origin_authentication", false, true, "high"],
  ),
  onApplication("it becomes third-party", { is_first_party: false }, { is_first_party: true }, [
    "unmanaged",
    "is_first_party",
    true,
    false,
    "high",
  ]),
  onApplication(
    "the caller's address is believed",
    { is_token_endpoint_ip_header_trusted: true },
    { is_token_endpoint_ip_header_trusted: false },
    ["unmanaged", "is_token_endpoint_ip_header_trusted", false, true, "high"],
  ),
  onApplication(
    "ID tokens are signed with the secret",
    { jwt_configuration: { alg: "HS256" } },
    { jwt_configuration: { alg: "RS256" } },
    ["unmanaged", "jwt_configuration.alg", "RS256", "HS256", "high"],
  ),
  onApplication(
    "ID tokens live longer",
    { jwt_configuration: { lifetime_in_seconds: 360_000 } },
    { jwt_configuration: { lifetime_in_seconds: 36_000 } },
    ["unmanaged", "jwt_configuration.lifetime_in_seconds", 36_000, 360_000, "high"],
  ),
  onApplication(
    "refresh tokens rotate",
    { refresh_token: { ...defaultRefreshToken, rotation_type: "rotating" } },
    { refresh_token: defaultRefreshToken },
    ["unmanaged", "refresh_token.rotation_type", "non-rotating", "rotating", "low"],
  ),
  onApplication(
    "refresh tokens reach another API",
    { refresh_token: { ...defaultRefreshToken, policies: [{ audience: "https://x", scope: ["y"] }] } },
    { refresh_token: { ...defaultRefreshToken, policies: null } },
    ["unmanaged", "refresh_token.policies", null, [{ audience: "https://x", scope: ["y"] }], "high"],
  ),
  object("addons", { samlp: { audience: "https://x" } }, ["samlp"]),
  object(
    "token_exchange",
    { allow_any_profile_of_type: ["custom_authentication"] },
    {
      allow_any_profile_of_type: ["custom_authentication"],
    },
  ),
  object(
    "session_transfer",
    { can_create_session_transfer_token: true },
    {
      can_create_session_transfer_token: true,
    },
  ),
  onApplication(
    "metadata is added",
    { client_metadata: { role: "admin" } },
    { client_metadata: { role: null } },
    ["unmanaged", "client_metadata.role", null, "admin", "medium"],
  ),
  onApplication(
    "metadata that may be a secret is named, not shown",
    { client_metadata: { api_key: "do-not-print" } },
    { client_metadata: { api_key: null } },
    ["unmanaged", "client_metadata.api_key", null, "(not shown)", "medium"],
  ),
  onApplication("organizations may use it", { organization_usage: "allow" }, { organization_usage: null }, [
    "unmanaged",
    "organization_usage",
    null,
    "allow",
    "high",
  ]),
  onApplication(
    "a token quota is set",
    { token_quota: { client_credentials: { enforce: true, per_hour: 1 } } },
    { token_quota: null },
    ["unmanaged", "token_quota.client_credentials.enforce", null, true, "medium"],
    ["unmanaged", "token_quota.client_credentials.per_hour", null, 1, "medium"],
  ),
  onApplication(
    "proof of possession is asked of it",
    { require_proof_of_possession: true },
    { require_proof_of_possession: false },
    ["unmanaged", "require_proof_of_possession", null, true, "medium"],
  ),
  onApplication(
    "a login address is set",
    { initiate_login_uri: "https://x.example/login" },
    { initiate_login_uri: "" },
    ["unmanaged", "initiate_login_uri", null, "https://x.example/login", "medium"],
  ),
  onApplication("a logo is set", { logo_uri: "https://x.example/logo.png" }, { logo_uri: "" }, [
    "unmanaged",
    "logo_uri",
    null,
    "https://x.example/logo.png",
    "low",
  ]),
];

const grantMutations: readonly Mutation[] = [
  onGrant(
    "the grant gains a scope",
    { scope: ["batch:upload", "delete:timesheets"] },
    { scope: ["batch:upload"] },
    ["unmanaged", 'scope["delete:timesheets"]', null, "delete:timesheets", "high"],
  ),
  onGrant("the grant loses its scope", { scope: [] }, { scope: ["batch:upload"] }, [
    "missing",
    'scope["batch:upload"]',
    "batch:upload",
    null,
    "medium",
  ]),
  onGrant(
    "the grant's scope is exchanged",
    { scope: ["read:timesheets"] },
    { scope: ["batch:upload"] },
    ["missing", 'scope["batch:upload"]', "batch:upload", null, "medium"],
    ["unmanaged", 'scope["read:timesheets"]', null, "read:timesheets", "high"],
  ),
  onGrant(
    "the grant is widened to all scopes",
    { allow_all_scopes: true },
    { allow_all_scopes: false, scope: ["batch:upload"] },
    ["unmanaged", "allow_all_scopes", false, true, "high"],
  ),
  onGrant("organizations may use the grant", { organization_usage: "allow" }, { organization_usage: null }, [
    "unmanaged",
    "organization_usage",
    null,
    "allow",
    "high",
  ]),
  onGrant(
    "any organization may use the grant",
    { allow_any_organization: true },
    { allow_any_organization: false },
    ["unmanaged", "allow_any_organization", false, true, "high"],
  ),
  onGrant(
    "the grant covers authorization details",
    { authorization_details_types: ["payment"] },
    { authorization_details_types: [] },
    ["unmanaged", "authorization_details_types", [], ["payment"], "high"],
  ),
];

/** What a change made along the way, to be taken away again and to be named in expectations. */
const made = new WeakMap<DriftTenant, Record<string, string>>();
const remember = (tenant: DriftTenant, name: string, id: unknown) => {
  made.set(tenant, { ...made.get(tenant), [name]: String(id) });
};
const recall = (tenant: DriftTenant, name: string) => made.get(tenant)?.[name] ?? "";

async function makeForeign(tenant: DriftTenant): Promise<string> {
  const { client_id } = await tenant.call("POST", "clients", {
    name: "Payroll",
    app_type: "non_interactive",
    grant_types: ["client_credentials"],
  });
  remember(tenant, "foreign", client_id);
  return String(client_id);
}

const identifier = ({ model }: DriftTenant) => model.apis.timesheets?.identifier ?? "";
const unknownApi = (tenant: DriftTenant) => `${identifier(tenant)}/payroll`;
const apiName = ({ model }: DriftTenant) => model.apis.timesheets?.name ?? "";
const applicationName = ({ model }: DriftTenant) => model.applications["import-job"]?.name ?? "";

const additions: readonly Mutation[] = [
  {
    name: "another application is authorized on the API",
    async change(tenant) {
      const client_id = await makeForeign(tenant);
      await tenant.call("POST", "client-grants", {
        client_id,
        audience: identifier(tenant),
        scope: ["delete:timesheets"],
      });
    },
    undo: (tenant) => tenant.call("DELETE", `clients/${recall(tenant, "foreign")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${api}.authorized_applications${bracketed(recall(tenant, "foreign"))}`,
        expected: null,
        actual: { name: "Payroll", client_id: recall(tenant, "foreign"), scope: ["delete:timesheets"] },
        severity: "high",
      },
    ],
  },
  {
    name: "another application is authorized without any scope",
    async change(tenant) {
      const client_id = await makeForeign(tenant);
      await tenant.call("POST", "client-grants", { client_id, audience: identifier(tenant), scope: [] });
    },
    undo: (tenant) => tenant.call("DELETE", `clients/${recall(tenant, "foreign")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${api}.authorized_applications${bracketed(recall(tenant, "foreign"))}`,
        expected: null,
        actual: { scope: [] },
        severity: "high",
      },
    ],
  },
  {
    name: "all third-party applications are authorized on the API",
    async change(tenant) {
      const body = {
        default_for: "third_party_clients",
        audience: identifier(tenant),
        scope: ["read:timesheets"],
      };
      remember(tenant, "default", (await tenant.call("POST", "client-grants", body)).id);
    },
    undo: (tenant) => tenant.call("DELETE", `client-grants/${recall(tenant, "default")}`),
    expected: () => [
      {
        kind: "unmanaged",
        path: `${api}.authorized_applications.third_party_clients`,
        expected: null,
        actual: { default_for: "third_party_clients", scope: ["read:timesheets"] },
        severity: "high",
      },
    ],
  },
  {
    name: "the application is authorized on the API for users",
    async change(tenant) {
      const body = {
        client_id: tenant.ids.applications["import-job"],
        audience: identifier(tenant),
        scope: ["read:timesheets"],
        subject_type: "user",
      };
      remember(tenant, "user", (await tenant.call("POST", "client-grants", body)).id);
    },
    undo: (tenant) => tenant.call("DELETE", `client-grants/${recall(tenant, "user")}`),
    expected: () => [
      {
        kind: "unmanaged",
        path: `${application}.grants["timesheets (user)"]`,
        expected: null,
        actual: { subject_type: "user", scope: ["read:timesheets"] },
        severity: "high",
      },
    ],
  },
  {
    name: "the application is authorized on an API that the model does not know",
    async change(tenant) {
      const other = { identifier: unknownApi(tenant), scopes: [{ value: "pay" }] };
      remember(tenant, "api", (await tenant.call("POST", "resource-servers", other)).id);
      await tenant.call("POST", "client-grants", {
        client_id: tenant.ids.applications["import-job"],
        audience: other.identifier,
        scope: ["pay"],
      });
    },
    undo: (tenant) => tenant.call("DELETE", `resource-servers/${recall(tenant, "api")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${application}.grants["${unknownApi(tenant)}"]`,
        expected: null,
        actual: { audience: unknownApi(tenant), scope: ["pay"] },
        severity: "high",
      },
    ],
  },
  {
    name: "the application is authorized on the Management API",
    async change(tenant) {
      const body = {
        client_id: tenant.ids.applications["import-job"],
        audience: `${tenant.running.url}/api/v2/`,
        scope: ["read:clients"],
      };
      remember(tenant, "management", (await tenant.call("POST", "client-grants", body)).id);
    },
    undo: (tenant) => tenant.call("DELETE", `client-grants/${recall(tenant, "management")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${application}.grants["${tenant.running.url}/api/v2/"]`,
        expected: null,
        actual: { scope: ["read:clients"] },
        severity: "high",
      },
    ],
  },
  {
    name: "a key is uploaded to an application that authenticates by secret",
    async change(tenant) {
      const body = { name: "theirs", credential_type: "public_key", pem: newKey(), alg: "RS256" };
      const { id } = await tenant.call("POST", `${applicationTarget(tenant)}/credentials`, body);
      remember(tenant, "key", id);
    },
    undo: (tenant) =>
      tenant.call("DELETE", `${applicationTarget(tenant)}/credentials/${recall(tenant, "key")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${application}.credentials.${recall(tenant, "key")}`,
        expected: null,
        actual: { id: recall(tenant, "key"), name: "theirs", alg: "RS256", attached: false },
        severity: "high",
      },
    ],
  },
  {
    name: "a key takes the place of the secret",
    async change(tenant) {
      const body = { name: "theirs", credential_type: "public_key", pem: newKey(), alg: "RS256" };
      const { id } = await tenant.call("POST", `${applicationTarget(tenant)}/credentials`, body);
      remember(tenant, "key", id);
      await tenant.call("PATCH", applicationTarget(tenant), {
        client_authentication_methods: { private_key_jwt: { credentials: [{ id }] } },
        token_endpoint_auth_method: null,
      });
    },
    async undo(tenant) {
      await tenant.call("PATCH", applicationTarget(tenant), {
        client_authentication_methods: null,
        token_endpoint_auth_method: "client_secret_post",
      });
      await tenant.call("DELETE", `${applicationTarget(tenant)}/credentials/${recall(tenant, "key")}`);
    },
    expected: (tenant) => [
      {
        kind: "changed",
        path: `${application}.token_endpoint_auth_method`,
        expected: "client_secret_post",
        actual: "private_key_jwt",
        severity: "medium",
      },
      {
        kind: "unmanaged",
        path: `${application}.credentials.${recall(tenant, "key")}`,
        expected: null,
        actual: { attached: true },
        severity: "high",
      },
    ],
  },
];

const losses: readonly Mutation[] = [
  {
    name: "the grant is deleted",
    change: (tenant) => tenant.call("DELETE", grantTarget(tenant)),
    expected: (tenant) => [
      {
        kind: "missing",
        path: grant,
        expected: { audience: identifier(tenant), scope: ["batch:upload"] },
        actual: null,
        severity: "medium",
      },
    ],
  },
  {
    name: "the grant is deleted and made again",
    async change(tenant) {
      await tenant.call("DELETE", grantTarget(tenant));
      const body = {
        client_id: tenant.ids.applications["import-job"],
        audience: identifier(tenant),
        scope: ["batch:upload"],
      };
      remember(tenant, "grant", (await tenant.call("POST", "client-grants", body)).id);
    },
    expected: (tenant) => [
      {
        kind: "missing",
        path: `${grant}.id`,
        expected: tenant.ids.grants["import-job/timesheets"] ?? "",
        actual: recall(tenant, "grant"),
        severity: "low",
      },
    ],
  },
  {
    name: "the application is deleted",
    change: (tenant) => tenant.call("DELETE", applicationTarget(tenant)),
    expected: (tenant) => [
      {
        kind: "missing",
        path: application,
        expected: {
          name: applicationName(tenant),
          client_id: tenant.ids.applications["import-job"] ?? "",
        },
        actual: null,
        severity: "medium",
      },
    ],
  },
  {
    name: "the application is deleted and made again under its name",
    async change(tenant) {
      await tenant.call("DELETE", applicationTarget(tenant));
      const { client_id } = await tenant.call("POST", "clients", {
        name: applicationName(tenant),
        description: "Machine-to-machine application, kept as code",
        app_type: "non_interactive",
        grant_types: ["client_credentials"],
        token_endpoint_auth_method: "client_secret_post",
      });
      remember(tenant, "application", client_id);
      const body = { client_id, audience: identifier(tenant), scope: ["batch:upload"] };
      await tenant.call("POST", "client-grants", body);
    },
    expected: (tenant) => [
      {
        kind: "missing",
        path: `${application}.client_id`,
        expected: tenant.ids.applications["import-job"] ?? "",
        actual: recall(tenant, "application"),
        severity: "medium",
      },
    ],
  },
  {
    name: "the API is deleted",
    change: (tenant) => tenant.call("DELETE", apiTarget(tenant)),
    expected: (tenant) => [
      {
        kind: "missing",
        path: api,
        expected: { identifier: identifier(tenant), id: tenant.ids.apis.timesheets ?? "" },
        actual: null,
        severity: "medium",
      },
    ],
  },
  {
    name: "the API is deleted and made again under its identifier",
    async change(tenant) {
      await tenant.call("DELETE", apiTarget(tenant));
      const { id } = await tenant.call("POST", "resource-servers", {
        name: apiName(tenant),
        identifier: identifier(tenant),
        signing_alg: "RS256",
        token_dialect: "access_token",
        token_lifetime: 86_400,
        scopes,
      });
      remember(tenant, "api", id);
    },
    expected: (tenant) => [
      {
        kind: "missing",
        path: `${api}.id`,
        expected: tenant.ids.apis.timesheets ?? "",
        actual: recall(tenant, "api"),
        severity: "medium",
      },
      {
        kind: "missing",
        path: grant,
        expected: { audience: identifier(tenant), scope: ["batch:upload"] },
        actual: null,
        severity: "medium",
      },
    ],
  },
];

function bracketed(key: string): string {
  return /^[A-Za-z_]/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** On the default model, whose application authenticates by secret. */
export const mutations: readonly Mutation[] = [
  ...apiMutations,
  ...applicationMutations,
  ...grantMutations,
  ...additions,
  ...losses,
];

/** On a model whose application signs its assertions with the key of `job.pem`. */
export const keyMutations: readonly Mutation[] = [
  {
    name: "the application may use a secret again",
    change: (tenant) =>
      tenant.call("PATCH", applicationTarget(tenant), {
        client_authentication_methods: null,
        token_endpoint_auth_method: "client_secret_post",
      }),
    async undo(tenant) {
      await tenant.call("PATCH", applicationTarget(tenant), {
        client_authentication_methods: {
          private_key_jwt: { credentials: [{ id: (await ownCredential(tenant)).id }] },
        },
        token_endpoint_auth_method: null,
      });
    },
    expected: () => [
      {
        kind: "changed",
        path: `${application}.token_endpoint_auth_method`,
        expected: "private_key_jwt",
        actual: "client_secret_post",
        severity: "high",
      },
    ],
  },
  {
    name: "a second key is attached",
    async change(tenant) {
      const own = await ownCredential(tenant);
      const body = { name: "theirs", credential_type: "public_key", pem: newKey(), alg: "RS256" };
      const { id } = await tenant.call("POST", `${applicationTarget(tenant)}/credentials`, body);
      remember(tenant, "key", id);
      await attach(tenant, [own.id, id]);
    },
    async undo(tenant) {
      await attach(tenant, [(await ownCredential(tenant)).id]);
      await tenant.call("DELETE", `${applicationTarget(tenant)}/credentials/${recall(tenant, "key")}`);
    },
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${application}.credentials.${recall(tenant, "key")}`,
        expected: null,
        actual: { name: "theirs", attached: true },
        severity: "high",
      },
    ],
  },
  {
    name: "the key is exchanged",
    async change(tenant) {
      const body = { name: "theirs", credential_type: "public_key", pem: newKey(), alg: "RS256" };
      const { id } = await tenant.call("POST", `${applicationTarget(tenant)}/credentials`, body);
      remember(tenant, "key", id);
      await attach(tenant, [id]);
    },
    async undo(tenant) {
      await attach(tenant, [(await ownCredential(tenant)).id]);
      await tenant.call("DELETE", `${applicationTarget(tenant)}/credentials/${recall(tenant, "key")}`);
    },
    expected: (tenant) => [
      {
        kind: "missing",
        path: `${application}.credentials${bracketed(ownKey(tenant))}`,
        expected: { kid: ownKey(tenant), file: "job.pem" },
        actual: { kid: ownKey(tenant), attached: false },
        severity: "medium",
      },
      {
        kind: "unmanaged",
        path: `${application}.credentials.${recall(tenant, "key")}`,
        expected: null,
        actual: { attached: true },
        severity: "high",
      },
    ],
  },
  {
    name: "the key is given an end",
    async change(tenant) {
      const { id } = await ownCredential(tenant);
      await tenant.call("PATCH", `${applicationTarget(tenant)}/credentials/${id}`, {
        expires_at: "2031-01-01T00:00:00.000Z",
      });
    },
    expected: (tenant) => [
      {
        kind: "changed",
        path: `${application}.credentials${bracketed(ownKey(tenant))}.expires_at`,
        expected: null,
        actual: "2031-01-01T00:00:00.000Z",
        severity: "medium",
      },
    ],
  },
];

const ownKey = ({ model }: DriftTenant) =>
  model.applications["import-job"]?.publicKeys?.[0]?.keyId ?? "no key";

async function ownCredential(tenant: DriftTenant): Promise<Body> {
  const list = (await tenant.call("GET", `${applicationTarget(tenant)}/credentials`)) as unknown as Body[];
  const own = list.find(({ kid }) => kid === ownKey(tenant));
  if (!own) throw new Error("The declared key is not there.");
  return own;
}

function attach(tenant: DriftTenant, ids: readonly unknown[]) {
  return tenant.call("PATCH", applicationTarget(tenant), {
    client_authentication_methods: { private_key_jwt: { credentials: ids.map((id) => ({ id })) } },
  });
}
