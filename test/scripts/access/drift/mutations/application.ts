/** Changes to the application: its properties, its grant types, and its end. */
import type { Json, Severity } from "../../../../../scripts/differences/finding.ts";
import type { Body } from "../driftTenant.ts";
import {
  application,
  applicationName,
  applicationTarget,
  identifier,
  type Mutation,
  onApplication,
  recall,
  remember,
} from "./mutation.ts";

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

export const applicationMutations: readonly Mutation[] = [
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
  onApplication(
    "a grant type that no model can name is switched on",
    { grant_types: ["client_credentials", "http://auth0.com/oauth/legacy/grant-type/ro"] },
    { grant_types: ["client_credentials"] },
    [
      "unmanaged",
      'grant_types["http://auth0.com/oauth/legacy/grant-type/ro"]',
      null,
      "http://auth0.com/oauth/legacy/grant-type/ro",
      "high",
    ],
  ),
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
  onApplication("an addon without settings is switched on", { addons: { wsfed: {} } }, { addons: null }, [
    "unmanaged",
    "addons",
    null,
    ["wsfed"],
    "high",
  ]),
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
];
