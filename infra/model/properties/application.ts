/** The properties of a machine-to-machine application, in the Management API's terms a client. */
import type { ClientArgs } from "@pulumi/auth0";
import { grantEntry } from "../grants.ts";
import { isRecord, isUnset, type Json } from "./compare.ts";
import { grantProperties } from "./grant.ts";
import {
  type ArgumentOf,
  type Property,
  type PropertyTable,
  type Undeclared,
  type Weaker,
  when,
  whenLonger,
  whenSet,
  whenSymmetric,
} from "./property.ts";
import { displayName, formerKeys, key, list, map, oneOf, text } from "./values.ts";

export const authenticationMethods = [
  "client_secret_post",
  "client_secret_basic",
  "private_key_jwt",
] as const;
/** What an application may do at the token endpoint; everything but the first needs an exception. */
export const grantTypes = [
  "client_credentials",
  "authorization_code",
  "refresh_token",
  "password",
  "implicit",
  "urn:ietf:params:oauth:grant-type:device_code",
] as const;

/** What the component writes where the model has no description. */
export const defaultDescription = "Machine-to-machine application, kept as code";

type Argument = ArgumentOf<ClientArgs>;

/** RFC 9700 section 2.5 recommends asymmetric methods. */
function strength(method: unknown): number {
  if (typeof method !== "string" || method === "none") return 0;
  return method.startsWith("client_secret") ? 1 : 2;
}
/** True where an application would prove less surely who it is. */
export const whenWeakerMethod: Weaker = (from, to) => strength(to) < strength(from);

export const applicationProperties = {
  name: {
    accepts: displayName(),
    sentence: "What the Auth0 Dashboard calls the application; unique in the model.",
    values: "text",
    example: "name: Timesheets Import Job",
    fix: "Give it the name that the Auth0 Dashboard is to show.",
    wire: [{ name: "name", argument: "name", title: "name", severity: "low" }],
  },
  description: {
    accepts: text("text of 1 to 140 characters", 140, /\S/).optional(),
    sentence: "Shown in the Auth0 Dashboard.",
    values: "at most 140 characters",
    otherwise: "a general one",
    example: "description: Uploads the night's timesheets",
    fix: "Shorten it to what a reader of the Auth0 Dashboard needs.",
    wire: [
      {
        name: "description",
        argument: "description",
        title: "description",
        long: true,
        severity: "low",
        value: ({ description }) => (typeof description === "string" ? description : defaultDescription),
      },
    ],
  },
  adopts: {
    accepts: displayName().optional(),
    sentence:
      "The name of an application that exists already and is to become this one, ids and secret kept.",
    values: "the name of an application in the tenant",
    example: "adopts: Timesheets API (Test Application)",
    fix: "Give the present name of the application in the tenant, or remove the line.",
  },
  formerly: {
    accepts: formerKeys(),
    sentence: "Keys that the application had in this file before: it is kept, not deleted and created again.",
    values: "list of keys",
    example: "formerly: [importer]",
    fix: "List the keys that it had before, such as `[importer]`, or remove the line.",
    alsoCalled: ["aliases", "previously"],
  },
  authentication: {
    accepts: oneOf(authenticationMethods),
    sentence: "How the application proves at the token endpoint who it is.",
    values: "see below",
    example: "authentication: client_secret_post",
    fix: `Write one of ${authenticationMethods.join(", ")}.`,
    alsoCalled: ["authenticationMethod", "authMethod", "token_endpoint_auth_method"],
  },
  publicKeys: {
    accepts: list(text("the path of a PEM file", 1000, /\S/))
      .min(1, "a list of one or two PEM files")
      .max(2, "a list of one or two PEM files")
      .optional(),
    sentence: "For private_key_jwt: one or two PEM files with public keys, relative to this file.",
    values: "one or two PEM files",
    example: "publicKeys: [keys/import-job.pem]",
    fix: "List one or two PEM files with public keys, such as `[keys/import-job.pem]`.",
    alsoCalled: ["keys"],
  },
  grantTypes: {
    accepts: list(oneOf(grantTypes))
      .min(1, "a list of at least one grant type")
      .default(["client_credentials"]),
    sentence:
      "What the application may use at the token endpoint; others than client_credentials need an exception.",
    values: "list",
    example: "grantTypes: [client_credentials]",
    fix: "Write `[client_credentials]`, or remove the line.",
    wire: [
      {
        name: "grant_types",
        argument: "grantTypes",
        title: "grant types",
        weaker: whenSet,
        byElement: true,
      },
    ],
  },
  grants: {
    accepts: map(key, grantEntry).default({}),
    sentence: "Which scopes of which APIs the application may ask for; there is no wildcard.",
    values: "API key: list of scopes, or a map (see Grants)",
    otherwise: "none",
    example: "grants: { timesheets: [batch:upload] }",
    fix: grantProperties.scopes.fix,
    alsoCalled: ["clientGrants"],
  },
} as const satisfies Record<string, Property<Argument>>;

const unset = (actual: Json | undefined) => actual === undefined;
/** Normally unset; setting it opens a way in. */
const opens: Undeclared = { weaker: whenSet };
const none: Undeclared = { value: [], weaker: whenSet };
const off: Undeclared = { value: false, weaker: whenSet };
/** Normally unset, and of no consequence for machines. */
const cosmetic: Undeclared = { severity: "low" };

/** @see https://auth0.com/docs/api/management/v2/clients/get-clients-by-id */
export const applicationTable: PropertyTable<Argument> = {
  properties: applicationProperties,
  fixed: [
    {
      name: "app_type",
      argument: "appType",
      title: "type",
      value: () => "non_interactive",
      weaker: when("native", "spa"),
    },
  ],
  undeclared: {
    callbacks: none,
    allowed_origins: none,
    web_origins: none,
    allowed_logout_urls: none,
    client_aliases: none,
    allowed_clients: none,
    addons: { ...opens, namesOnly: true },
    cross_origin_authentication: off,
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
    is_token_endpoint_ip_header_trusted: off,
    is_first_party: { value: true, weaker: (_, to) => to !== true },
    session_transfer: opens,
    token_exchange: opens,
    token_vault_privileged_access: { ...opens, namesOnly: true },
    identity_assertion_authorization_grant: opens,
    anonymous_sessions: opens,
    organization_usage: { accepts: (actual) => actual === "deny", weaker: when("allow") },
    organization_require_behavior: { accepts: (actual) => actual === "no_prompt" },
    compliance_level: { accepts: (actual) => actual === "none" },
    redirection_policy: { weaker: when("allow_always"), severity: "low" },
    third_party_security_mode: { weaker: when("permissive"), severity: "low" },
    "jwt_configuration.alg": { value: "RS256", accepts: unset, weaker: whenSymmetric, severity: "low" },
    "jwt_configuration.lifetime_in_seconds": {
      value: 36_000,
      accepts: unset,
      weaker: whenLonger,
      severity: "low",
    },
    "refresh_token.rotation_type": { value: "non-rotating", accepts: unset, severity: "low" },
    "refresh_token.expiration_type": { value: "non-expiring", accepts: unset, severity: "low" },
    "refresh_token.leeway": { value: 0, accepts: unset, severity: "low" },
    "refresh_token.infinite_token_lifetime": { value: true, accepts: unset, severity: "low" },
    "refresh_token.infinite_idle_token_lifetime": { value: true, accepts: unset, severity: "low" },
    "refresh_token.token_lifetime": {
      value: 31_557_600,
      accepts: (actual) => actual === undefined || actual === 2_592_000,
      weaker: whenLonger,
      severity: "low",
    },
    "refresh_token.idle_token_lifetime": {
      value: 2_592_000,
      accepts: (actual) => actual === undefined || actual === 1_296_000,
      weaker: whenLonger,
      severity: "low",
    },
    "refresh_token.policies": opens,
    custom_login_page_on: { value: true, accepts: unset, severity: "low" },
    sso_disabled: { value: false, severity: "low" },
    logo_uri: cosmetic,
    sso: cosmetic,
    require_pushed_authorization_requests: cosmetic,
    par_request_expiry: cosmetic,
    skip_non_verifiable_callback_uri_confirmation_prompt: opens,
    encryption_key: { namesOnly: true },
    signed_request_object: { weaker: (_, to) => isRecord(to) && !isUnset(to.credentials) },
  },
  // `oidc_conformant` is true on applications made in the Dashboard and false on others, and the client credentials
  // grant does not depend on it. How an application authenticates is compared by rules of its own.
  ignored: [
    "tenant",
    "global",
    "client_id",
    "client_secret",
    "signing_keys",
    "encrypted",
    "callback_url_template",
    "cross_origin_auth",
    "oidc_conformant",
    "token_endpoint_auth_method",
    "client_authentication_methods",
    "owners",
  ],
  overwritten: [
    "addons",
    "async_approval_notification_channels",
    "client_metadata",
    "cross_origin_loc",
    "default_organization",
    "encryption_key",
    "fedcm_login",
    "oidc_logout",
    "organization_discovery_methods",
    "require_pushed_authorization_requests",
    "session_transfer",
    "skip_non_verifiable_callback_uri_confirmation_prompt",
    "sso",
    "token_exchange",
    "token_quota",
  ],
};
