/** `auth0.Client`: an application. */
import { onlyRecorded, type Table, unsupported } from "../schema.ts";
import { isObject, isZero, type Properties } from "../values.ts";
import { type Body, toBody } from "../wire.ts";
import { type ResourceType, readObject } from "./resourceType.ts";

const appTypes = [
  "native",
  "spa",
  "regular_web",
  "non_interactive",
  "resource_server",
  "rms",
  "box",
  "cloudbees",
  "concur",
  "dropbox",
  "mscrm",
  "echosign",
  "egnyte",
  "newrelic",
  "office365",
  "salesforce",
  "sentry",
  "sharepoint",
  "slack",
  "springcm",
  "sso_integration",
  "zendesk",
  "zoom",
  "express_configuration",
];

const properties = {
  name: { wire: "name", type: "string" },
  description: { wire: "description", type: "string", default: "Managed by Pulumi", maximumLength: 140 },
  appType: { wire: "app_type", type: "string", values: appTypes },
  logoUri: { wire: "logo_uri", type: "string" },
  isFirstParty: { wire: "is_first_party", type: "boolean", computed: true },
  oidcConformant: { wire: "oidc_conformant", type: "boolean", computed: true },
  clientAliases: { wire: "client_aliases", type: "strings" },
  callbacks: { wire: "callbacks", type: "strings", computed: true },
  allowedLogoutUrls: { wire: "allowed_logout_urls", type: "strings" },
  allowedOrigins: { wire: "allowed_origins", type: "strings" },
  allowedClients: { wire: "allowed_clients", type: "strings" },
  webOrigins: { wire: "web_origins", type: "strings" },
  grantTypes: { wire: "grant_types", type: "strings", computed: true },
  organizationUsage: {
    wire: "organization_usage",
    type: "string",
    computed: true,
    values: ["deny", "allow", "require"],
  },
  organizationRequireBehavior: {
    wire: "organization_require_behavior",
    type: "string",
    computed: true,
    values: ["no_prompt", "pre_login_prompt", "post_login_prompt"],
  },
  sso: { wire: "sso", type: "boolean", sent: "changed" },
  ssoDisabled: { wire: "sso_disabled", type: "boolean" },
  crossOriginAuth: { wire: "cross_origin_authentication", type: "boolean" },
  crossOriginLoc: { wire: "cross_origin_loc", type: "string" },
  customLoginPage: { wire: "custom_login_page", type: "string" },
  customLoginPageOn: { wire: "custom_login_page_on", type: "boolean", computed: true },
  formTemplate: { wire: "form_template", type: "string" },
  initiateLoginUri: { wire: "initiate_login_uri", type: "string" },
  isTokenEndpointIpHeaderTrusted: {
    wire: "is_token_endpoint_ip_header_trusted",
    type: "boolean",
    computed: true,
  },
  requireProofOfPossession: { wire: "require_proof_of_possession", type: "boolean" },
  requirePushedAuthorizationRequests: {
    wire: "require_pushed_authorization_requests",
    type: "boolean",
    sent: "changed",
  },
  complianceLevel: { wire: "compliance_level", type: "string" },
  thirdPartySecurityMode: {
    wire: "third_party_security_mode",
    type: "string",
    computed: true,
    values: ["strict", "permissive"],
  },
  redirectionPolicy: {
    wire: "redirection_policy",
    type: "string",
    computed: true,
    values: ["allow_always", "open_redirect_protection"],
  },
  resourceServerIdentifier: { wire: "resource_server_identifier", type: "string", sent: "create" },
  clientMetadata: { wire: "client_metadata", type: "map", sent: "changed" },
  jwtConfiguration: {
    wire: "jwt_configuration",
    type: "object",
    computed: true,
    properties: {
      lifetimeInSeconds: { wire: "lifetime_in_seconds", type: "integer", computed: true, sent: "changed" },
      secretEncoded: { wire: "secret_encoded", type: "boolean", computed: true, replace: true },
      scopes: { wire: "scopes", type: "map", sent: "changed" },
      alg: { wire: "alg", type: "string", values: ["HS256", "RS256", "PS256"] },
    },
  },
  refreshToken: {
    wire: "refresh_token",
    type: "object",
    computed: true,
    properties: {
      rotationType: {
        wire: "rotation_type",
        type: "string",
        required: true,
        values: ["rotating", "non-rotating"],
      },
      expirationType: {
        wire: "expiration_type",
        type: "string",
        required: true,
        values: ["expiring", "non-expiring"],
      },
      leeway: { wire: "leeway", type: "integer", computed: true },
      tokenLifetime: { wire: "token_lifetime", type: "integer", computed: true },
      infiniteTokenLifetime: { wire: "infinite_token_lifetime", type: "boolean", computed: true },
      infiniteIdleTokenLifetime: { wire: "infinite_idle_token_lifetime", type: "boolean", computed: true },
      idleTokenLifetime: { wire: "idle_token_lifetime", type: "integer", computed: true },
      policies: {
        wire: "policies",
        type: "set",
        properties: {
          audience: { wire: "audience", type: "string", required: true },
          scope: { wire: "scope", type: "strings", required: true },
        },
      },
    },
  },
  tokenQuota: {
    wire: "token_quota",
    type: "object",
    properties: {
      clientCredentials: {
        wire: "client_credentials",
        type: "object",
        required: true,
        properties: {
          enforce: { wire: "enforce", type: "boolean" },
          perDay: { wire: "per_day", type: "integer" },
          perHour: { wire: "per_hour", type: "integer" },
        },
      },
    },
  },
  clientId: { wire: "client_id", type: "string", output: true },
  externalClientId: { wire: "external_client_id", type: "string", output: true },
  externalMetadataCreatedBy: { wire: "external_metadata_created_by", type: "string", output: true },
  externalMetadataType: { wire: "external_metadata_type", type: "string", output: true },
  jwksUri: { wire: "jwks_uri", type: "string", output: true },
  signingKeys: {
    wire: "signing_keys",
    type: "list",
    output: true,
    secret: true,
    properties: {
      cert: { wire: "cert", type: "string" },
      pkcs7: { wire: "pkcs7", type: "string" },
      subject: { wire: "subject", type: "string" },
    },
  },
  defaultOrganization: {
    wire: "default_organization",
    type: "object",
    ...onlyRecorded,
    absent: { disable: true, flows: [], organizationId: "" },
    properties: {
      disable: { wire: "disable", type: "boolean" },
      flows: { wire: "flows", type: "strings", computed: true },
      organizationId: { wire: "organization_id", type: "string" },
    },
  },
  oidcBackchannelLogoutUrls: {
    wire: "oidc_backchannel_logout_urls",
    type: "strings",
    ...onlyRecorded,
    absent: [],
  },
  skipNonVerifiableCallbackUriConfirmationPrompt: {
    wire: "skip_non_verifiable_callback_uri_confirmation_prompt",
    type: "string",
    ...onlyRecorded,
    absent: "null",
  },
  ...unsupported(
    "addons",
    "asyncApprovalNotificationChannels",
    "encryptionKey",
    "expressConfiguration",
    "fedcmLogin",
    "mobile",
    "myOrganizationConfiguration",
    "nativeSocialLogin",
    "oidcLogout",
    "organizationDiscoveryMethods",
    "sessionTransfer",
    "tokenExchange",
  ),
} satisfies Table;

/** What goes only by a request of its own, before all others. */
const removable = { crossOriginLoc: "cross_origin_loc", tokenQuota: "token_quota" };

export const client: ResourceType = {
  type: "auth0:index/client:Client",
  title: "application",
  properties,
  autonamed: true,

  async create(tenant, inputs, made) {
    const answer = await tenant.clients.create({ ...toBody(properties, inputs), ...authMethodOfNew(inputs) });
    made(String(answer.client_id));
  },

  read: (tenant, id) => readObject(properties, "client_id", () => tenant.clients.get(id)),

  async update(tenant, { id, state, inputs, changed }) {
    const removed = Object.entries(removable).filter(
      ([name]) => changed.has(name) && inputs[name] === undefined,
    );
    if (removed.length > 0) {
      await tenant.clients.update(id, Object.fromEntries(removed.map(([, wire]) => [wire, null])));
    }
    const body = toBody(properties, inputs, changed);
    if (changed.has("clientMetadata")) body.client_metadata = metadataChange(state, inputs);
    await tenant.clients.update(id, body);
  },

  async remove(tenant, { id }) {
    await tenant.clients.delete(id);
  },
};

/** The Management API would leave a new application without a method; the official plugin picks one by its type. */
function authMethodOfNew(inputs: Properties): Body {
  switch (inputs.appType) {
    case "native":
    case "spa":
      return { token_endpoint_auth_method: "none" };
    case "regular_web":
    case "non_interactive":
      return { token_endpoint_auth_method: "client_secret_post" };
    default:
      return isZero(inputs.isTokenEndpointIpHeaderTrusted) && inputs.isTokenEndpointIpHeaderTrusted !== false
        ? {}
        : { token_endpoint_auth_method: "client_secret_post" };
  }
}

/** The tenant merges metadata key by key; null takes a key away. */
function metadataChange(state: Properties, inputs: Properties): Body {
  const old = isObject(state.clientMetadata) ? state.clientMetadata : {};
  const next = isObject(inputs.clientMetadata) ? inputs.clientMetadata : {};
  return { ...Object.fromEntries(Object.keys(old).map((key) => [key, null])), ...next };
}
