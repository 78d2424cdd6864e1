/**
 * What each property of an API, an application and a grant should hold: what the components set, and for the rest
 * what Auth0 fills in by itself. The second kind are the values of objects made through the Management API or in the
 * Dashboard; where the two differ, either is accepted.
 */
import { type Api, type Application, tokenDialect } from "../../../infra/accessModel.ts";
import { defaultDescription } from "../../../infra/defaults.ts";
import type { Json } from "./finding.ts";
import { isRecord, isUnset, type PropertyRule, type PropertyRules } from "./properties.ts";

type Value = Json | undefined;

const set = (value: Value) => !isUnset(value);
const longerThan = (limit: number) => (value: Value) => typeof value !== "number" || value > limit;
const oneOf =
  (...values: readonly Value[]) =>
  (value: Value) =>
    values.includes(value);

/** Normally unset; setting it opens a way in. */
const opens: PropertyRule = { weaker: set };
/** Normally unset, and of no consequence for machines. */
const cosmetic: PropertyRule = { severity: "low" };

/** @see https://auth0.com/docs/api/management/v2/resource-servers/get-resource-servers-by-id */
export function apiRules(api: Api): PropertyRules {
  const lifetimeForWeb = 7200;
  return {
    name: { expected: api.name, declared: true, severity: "low" },
    signing_alg: {
      expected: api.signingAlgorithm,
      declared: true,
      weaker: (value) => typeof value !== "string" || value.startsWith("HS"),
    },
    token_dialect: {
      expected: tokenDialect(api),
      declared: true,
      // Auth0 leaves the key out of APIs that never had another dialect.
      accepts: (value) => value === undefined && tokenDialect(api) === "access_token",
    },
    enforce_policies: {
      expected: tokenDialect(api).endsWith("_authz"),
      declared: true,
      weaker: (value) => !set(value),
    },
    token_lifetime: { expected: api.tokenLifetime, declared: true, weaker: longerThan(api.tokenLifetime) },
    token_lifetime_for_web: {
      expected: lifetimeForWeb,
      accepts: oneOf(undefined, Math.min(lifetimeForWeb, api.tokenLifetime)),
      weaker: longerThan(lifetimeForWeb),
      severity: "low",
    },
    token_lifetime_for_anonymous_access_tokens: opens,
    allow_offline_access: { expected: false, weaker: set },
    allow_online_access: { expected: false, weaker: set },
    allow_online_access_with_ephemeral_sessions: { expected: false, weaker: set },
    "subject_type_authorization.client.policy": {
      expected: "require_client_grant",
      accepts: oneOf(undefined),
      weaker: (value) => value !== "deny_all",
    },
    "subject_type_authorization.user.policy": { expected: "allow_all", accepts: oneOf(undefined) },
    consent_policy: {},
    authorization_details: { accepts: (value) => Array.isArray(value) && value.every(isUnset) },
    token_encryption: {},
    proof_of_possession: {},
    authorization_policy: {},
    // An application that acts as the API, and may exchange the tokens it receives.
    client_id: opens,
  };
}

/** `skip_consent...` is true on APIs made in the Dashboard and false on others, and machines are never asked. */
export const ignoredOfApis = [
  "id",
  "identifier",
  "is_system",
  "scopes",
  "signing_secret",
  "skip_consent_for_verifiable_first_party_clients",
] as const;

/** @see https://auth0.com/docs/api/management/v2/clients/get-clients-by-id */
export function applicationRules(application: Application): PropertyRules {
  return {
    name: { expected: application.name, declared: true, severity: "low" },
    description: {
      expected: application.description ?? defaultDescription,
      declared: true,
      severity: "low",
    },
    app_type: {
      expected: "non_interactive",
      declared: true,
      weaker: oneOf("native", "spa"),
    },
    callbacks: { ...opens, expected: [] },
    allowed_origins: { ...opens, expected: [] },
    web_origins: { ...opens, expected: [] },
    allowed_logout_urls: { ...opens, expected: [] },
    client_aliases: { ...opens, expected: [] },
    allowed_clients: { ...opens, expected: [] },
    addons: { ...opens, namesOnly: true },
    cross_origin_authentication: { expected: false, weaker: set },
    cross_origin_loc: opens,
    custom_login_page: opens,
    form_template: opens,
    native_social_login: opens,
    fedcm_login: opens,
    oidc_logout: opens,
    oidc_backchannel_logout: opens,
    jwks_uri: opens,
    external_client_id: opens,
    resource_server_identifier: opens,
    default_organization: opens,
    express_configuration: opens,
    my_organization_configuration: opens,
    b2b_integration_configuration: opens,
    is_token_endpoint_ip_header_trusted: { expected: false, weaker: set },
    is_first_party: { expected: true, weaker: (value) => value !== true },
    session_transfer: opens,
    token_exchange: opens,
    token_vault_privileged_access: { ...opens, namesOnly: true },
    identity_assertion_authorization_grant: opens,
    anonymous_sessions: opens,
    organization_usage: { accepts: oneOf("deny"), weaker: oneOf("allow") },
    organization_require_behavior: { accepts: oneOf("no_prompt") },
    compliance_level: { accepts: oneOf("none") },
    redirection_policy: { weaker: oneOf("allow_always"), severity: "low" },
    third_party_security_mode: { weaker: oneOf("permissive"), severity: "low" },
    "jwt_configuration.alg": {
      expected: "RS256",
      accepts: oneOf(undefined),
      weaker: (value) => typeof value !== "string" || value.startsWith("HS"),
      severity: "low",
    },
    "jwt_configuration.lifetime_in_seconds": {
      expected: 36_000,
      accepts: oneOf(undefined),
      weaker: longerThan(36_000),
      severity: "low",
    },
    "refresh_token.rotation_type": {
      expected: "non-rotating",
      accepts: oneOf(undefined),
      severity: "low",
    },
    "refresh_token.expiration_type": {
      expected: "non-expiring",
      accepts: oneOf(undefined),
      severity: "low",
    },
    "refresh_token.leeway": { expected: 0, accepts: oneOf(undefined), severity: "low" },
    "refresh_token.infinite_token_lifetime": { expected: true, accepts: oneOf(undefined), severity: "low" },
    "refresh_token.infinite_idle_token_lifetime": {
      expected: true,
      accepts: oneOf(undefined),
      severity: "low",
    },
    "refresh_token.token_lifetime": {
      expected: 31_557_600,
      accepts: oneOf(undefined, 2_592_000),
      weaker: longerThan(31_557_600),
      severity: "low",
    },
    "refresh_token.idle_token_lifetime": {
      expected: 2_592_000,
      accepts: oneOf(undefined, 1_296_000),
      weaker: longerThan(2_592_000),
      severity: "low",
    },
    "refresh_token.policies": opens,
    custom_login_page_on: { expected: true, accepts: oneOf(undefined), severity: "low" },
    sso_disabled: { expected: false, severity: "low" },
    logo_uri: cosmetic,
    sso: cosmetic,
    require_pushed_authorization_requests: cosmetic,
    par_request_expiry: cosmetic,
    skip_non_verifiable_callback_uri_confirmation_prompt: opens,
    encryption_key: { namesOnly: true },
    signed_request_object: { weaker: (value) => isRecord(value) && set(value.credentials as Value) },
  };
}

/**
 * `oidc_conformant` is true on applications made in the Dashboard and false on others, and the client credentials
 * grant does not depend on it. The authentication and the grant types are compared by rules of their own.
 */
export const ignoredOfApplications = [
  "tenant",
  "global",
  "client_id",
  "client_secret",
  "signing_keys",
  "encrypted",
  "callback_url_template",
  "cross_origin_auth",
  "oidc_conformant",
  "grant_types",
  "token_endpoint_auth_method",
  "client_authentication_methods",
  "owners",
] as const;

/** @see https://auth0.com/docs/api/management/v2/client-grants/get-client-grants */
export const grantRules: PropertyRules = {
  allow_all_scopes: { expected: false, weaker: set },
  allow_any_organization: { expected: false, weaker: set },
  organization_usage: { accepts: oneOf("deny"), weaker: oneOf("allow") },
  authorization_details_types: { ...opens, expected: [] },
};

export const ignoredOfGrants = [
  "id",
  "client_id",
  "audience",
  "scope",
  "subject_type",
  "is_system",
  "default_for",
] as const;
