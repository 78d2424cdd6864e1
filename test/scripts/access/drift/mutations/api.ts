/** Changes to the API: its properties, its scopes, and its end. */
import {
  api,
  apiName,
  apiTarget,
  type Finding,
  grant,
  identifier,
  type Mutation,
  newKey,
  onApi,
  recall,
  remember,
} from "./mutation.ts";

const scopes = [
  { value: "batch:upload", description: "Upload timesheets in batches" },
  { value: "read:timesheets", description: "Read timesheets" },
  { value: "create:timesheets", description: "Create timesheets" },
  { value: "delete:timesheets", description: "Delete timesheets" },
  { value: "approve:timesheets", description: "Approve timesheets" },
];
const [firstScope, ...otherScopes] = scopes;
const defaultPolicies = { client: { policy: "require_client_grant" }, user: { policy: "allow_all" } };

export const apiMutations: readonly Mutation[] = [
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
    "online access without a lasting session is allowed",
    { allow_online_access_with_ephemeral_sessions: true },
    { allow_online_access_with_ephemeral_sessions: false },
    ["unmanaged", "allow_online_access_with_ephemeral_sessions", false, true, "high"],
  ),
  onApi(
    "tokens for nobody in particular are allowed",
    { token_lifetime_for_anonymous_access_tokens: 60 },
    { token_lifetime_for_anonymous_access_tokens: null },
    ["unmanaged", "token_lifetime_for_anonymous_access_tokens", null, 60, "high"],
  ),
  onApi(
    "an authorization policy is attached",
    { authorization_policy: { policy_id: "pol_1" } },
    { authorization_policy: null },
    ["unmanaged", "authorization_policy", null, { policy_id: "pol_1" }, "medium"],
  ),
  onApi(
    "users need a grant",
    {
      subject_type_authorization: { ...defaultPolicies, user: { policy: "require_client_grant" } },
    },
    { subject_type_authorization: defaultPolicies },
    ["unmanaged", "subject_type_authorization.user.policy", "allow_all", "require_client_grant", "medium"],
  ),
  {
    name: "an application acts as the API",
    async change(tenant) {
      const { client_id } = await tenant.call("POST", "clients", {
        name: "Gateway",
        app_type: "resource_server",
        resource_server_identifier: identifier(tenant),
      });
      remember(tenant, "gateway", client_id);
    },
    undo: (tenant) => tenant.call("DELETE", `clients/${recall(tenant, "gateway")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${api}.client_id`,
        expected: null,
        actual: recall(tenant, "gateway"),
        severity: "high",
      },
    ],
  },
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
    "a scope is there a second time, described otherwise",
    { scopes: [{ ...firstScope, description: "Read" }, firstScope, ...otherScopes] },
    { scopes },
    ["changed", 'scopes["batch:upload"]', "Upload timesheets in batches", "Read", "low"],
  ),
  onApi(
    "a scope is added that no model can name",
    { scopes: [...scopes, { value: "batch:upload ", description: "Look-alike" }] },
    { scopes },
    ["unmanaged", 'scopes["batch:upload "]', null, "Look-alike", "high"],
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
