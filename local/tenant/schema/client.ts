/** What may be sent when an application (client) is created or changed. */
import type { Schema } from "./check.ts";
import { createCredential } from "./credential.ts";

const boolean: Schema = { type: "boolean" };
const string: Schema = { type: "string" };
const strings: Schema = { type: "array", items: { type: "string" } };
const nullableObject: Schema = { type: ["object", "null"] };

const credentialIds = (maxItems: number): Schema => ({
  type: "object",
  additionalProperties: false,
  required: ["credentials"],
  properties: {
    credentials: {
      type: "array",
      minItems: 1,
      maxItems,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["id"],
        properties: { id: { type: "string" } },
      },
    },
  },
});

const inlineCredentials = (maxItems: number): Schema => ({
  type: "object",
  additionalProperties: false,
  required: ["credentials"],
  properties: { credentials: { type: "array", minItems: 1, maxItems, items: createCredential } },
});

const methods = (list: (maxItems: number) => Schema): Schema => ({
  type: ["object", "null"],
  additionalProperties: false,
  properties: { private_key_jwt: list(2), tls_client_auth: list(1), self_signed_tls_client_auth: list(2) },
});

const tokenQuota: Schema = {
  type: ["object", "null"],
  additionalProperties: false,
  required: ["client_credentials"],
  properties: {
    client_credentials: {
      type: "object",
      additionalProperties: false,
      properties: {
        enforce: boolean,
        per_day: { type: "integer", minimum: 1 },
        per_hour: { type: "integer", minimum: 1 },
      },
    },
  },
};

const jwtConfiguration: Schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    lifetime_in_seconds: { type: "integer", minimum: 0 },
    secret_encoded: boolean,
    scopes: { type: "object" },
    alg: { type: "string", enum: ["HS256", "RS256", "RS512", "PS256"] },
  },
};

const refreshToken: Schema = {
  type: ["object", "null"],
  additionalProperties: false,
  required: ["rotation_type", "expiration_type"],
  properties: {
    rotation_type: { type: "string", enum: ["rotating", "non-rotating"] },
    expiration_type: { type: "string", enum: ["expiring", "non-expiring"] },
    leeway: { type: "integer", minimum: 0 },
    token_lifetime: { type: "integer", minimum: 1, maximum: 157_788_000 },
    infinite_token_lifetime: boolean,
    idle_token_lifetime: { type: "integer", minimum: 1, maximum: 157_788_000 },
    infinite_idle_token_lifetime: boolean,
    policies: { type: ["array", "null"], items: { type: "object" } },
  },
};

const appTypes = [
  ...["native", "spa", "regular_web", "non_interactive", "resource_server", "express_configuration"],
  ...["rms", "box", "cloudbees", "concur", "dropbox", "mscrm", "echosign", "egnyte", "newrelic", "office365"],
  ...["salesforce", "sentry", "sharepoint", "slack", "springcm", "zendesk", "zoom", "sso_integration", "oag"],
];

const shared: Readonly<Record<string, Schema>> = {
  name: {
    type: "string",
    minLength: 1,
    pattern: "^[^<>]+$",
    description: "The name of the client. Must contain at least one character. Does not allow '<' or '>'.",
  },
  description: {
    type: "string",
    maxLength: 140,
    description:
      "Free text description of the purpose of the Client. (Max character length: <code>140</code>)",
  },
  logo_uri: string,
  callbacks: strings,
  oidc_logout: nullableObject,
  oidc_backchannel_logout: nullableObject,
  session_transfer: nullableObject,
  allowed_origins: strings,
  web_origins: strings,
  client_aliases: strings,
  allowed_clients: strings,
  allowed_logout_urls: strings,
  grant_types: strings,
  token_endpoint_auth_method: {
    type: "string",
    enum: ["none", "client_secret_post", "client_secret_basic"],
    description: "Defines the requested authentication method for the token endpoint.",
  },
  is_token_endpoint_ip_header_trusted: boolean,
  app_type: { type: "string", enum: appTypes, description: "The type of application this client represents" },
  is_first_party: boolean,
  oidc_conformant: boolean,
  jwt_configuration: jwtConfiguration,
  encryption_key: nullableObject,
  sso: boolean,
  cross_origin_authentication: boolean,
  cross_origin_loc: { type: ["string", "null"] },
  sso_disabled: boolean,
  custom_login_page_on: boolean,
  custom_login_page: string,
  custom_login_page_preview: string,
  form_template: string,
  addons: nullableObject,
  client_metadata: {
    type: "object",
    maxProperties: 50,
    additionalProperties: { type: ["string", "null"], maxLength: 255 },
  },
  mobile: { type: "object" },
  initiate_login_uri: string,
  native_social_login: nullableObject,
  fedcm_login: nullableObject,
  refresh_token: refreshToken,
  default_organization: nullableObject,
  organization_usage: { type: ["string", "null"], enum: ["deny", "allow", "require", null] },
  organization_require_behavior: {
    type: ["string", "null"],
    enum: ["no_prompt", "pre_login_prompt", "post_login_prompt", null],
  },
  organization_discovery_methods: {
    type: ["array", "null"],
    items: { enum: ["email", "organization_name"] },
  },
  require_pushed_authorization_requests: boolean,
  require_proof_of_possession: boolean,
  signed_request_object: nullableObject,
  token_vault_privileged_access: nullableObject,
  compliance_level: {
    type: ["string", "null"],
    enum: [
      ...["none", "fapi1_adv_pkj_par", "fapi1_adv_mtls_par", "fapi2_sp_pkj_mtls", "fapi2_sp_mtls_mtls"],
      null,
    ],
  },
  skip_non_verifiable_callback_uri_confirmation_prompt: { type: ["boolean", "null"] },
  token_exchange: nullableObject,
  par_request_expiry: { type: ["integer", "null"], minimum: 10, maximum: 600 },
  token_quota: tokenQuota,
  identity_assertion_authorization_grant: nullableObject,
  anonymous_sessions: nullableObject,
  third_party_security_mode: { type: "string", enum: ["strict", "permissive"] },
  redirection_policy: { type: "string", enum: ["allow_always", "open_redirect_protection"] },
  express_configuration: nullableObject,
  b2b_integration_configuration: { type: "object" },
  my_organization_configuration: nullableObject,
  async_approval_notification_channels: { type: ["array", "null"] },
};

export const createClient: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  properties: {
    ...shared,
    client_authentication_methods: methods(inlineCredentials),
    resource_server_identifier: string,
  },
};

export const updateClient: Schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    ...shared,
    client_authentication_methods: methods(credentialIds),
    token_endpoint_auth_method: {
      type: ["string", "null"],
      enum: ["none", "client_secret_post", "client_secret_basic", null],
      description: "Defines the requested authentication method for the token endpoint.",
    },
    client_secret: {
      type: "string",
      minLength: 1,
      description: "The secret used to sign tokens for the client",
    },
  },
};
