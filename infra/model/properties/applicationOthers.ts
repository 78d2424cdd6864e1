/** The properties of an application that no row of the model sets: how each should be, and who writes it. */
import type { ClientArgs } from "@pulumi/auth0";
import { isRecord, isUnset, type Json } from "./compare.ts";
import {
  type ArgumentOf,
  type PropertyTable,
  type Undeclared,
  when,
  whenLonger,
  whenSet,
  whenSymmetric,
} from "./property.ts";

type Table = PropertyTable<ArgumentOf<ClientArgs>>;

const unset = (actual: Json | undefined) => actual === undefined;
/** Normally unset; setting it opens a way in. */
const opens: Undeclared = { weaker: whenSet };
const off: Undeclared = { value: false, weaker: whenSet };
/** Normally unset, and of no consequence for machines. */
const cosmetic: Undeclared = { severity: "low" };

/** Normally empty; an address more is one to which tokens or sessions of users may go. */
export const none: Undeclared = { value: [], weaker: whenSet };

export const undeclared: Readonly<Record<string, Undeclared>> = {
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
};

export const others: Table["others"] = {
  addons: "addons",
  allowed_clients: "allowedClients",
  anonymous_sessions: null,
  async_approval_notification_channels: "asyncApprovalNotificationChannels",
  b2b_integration_configuration: null,
  client_aliases: "clientAliases",
  compliance_level: "complianceLevel",
  cross_origin_authentication: "crossOriginAuth",
  cross_origin_loc: "crossOriginLoc",
  custom_login_page: "customLoginPage",
  custom_login_page_on: "customLoginPageOn",
  custom_login_page_preview: null,
  default_organization: "defaultOrganization",
  encryption_key: "encryptionKey",
  express_configuration: "expressConfiguration",
  external_client_id: null,
  fedcm_login: "fedcmLogin",
  form_template: "formTemplate",
  identity_assertion_authorization_grant: null,
  initiate_login_uri: "initiateLoginUri",
  is_first_party: "isFirstParty",
  is_token_endpoint_ip_header_trusted: "isTokenEndpointIpHeaderTrusted",
  jwks_uri: null,
  jwt_configuration: "jwtConfiguration",
  logo_uri: "logoUri",
  mobile: "mobile",
  my_organization_configuration: "myOrganizationConfiguration",
  native_social_login: "nativeSocialLogin",
  oidc_backchannel_logout: "oidcBackchannelLogoutUrls",
  oidc_conformant: "oidcConformant",
  oidc_logout: "oidcLogout",
  organization_discovery_methods: "organizationDiscoveryMethods",
  organization_require_behavior: "organizationRequireBehavior",
  organization_usage: "organizationUsage",
  par_request_expiry: null,
  redirection_policy: "redirectionPolicy",
  refresh_token: "refreshToken",
  require_proof_of_possession: "requireProofOfPossession",
  require_pushed_authorization_requests: "requirePushedAuthorizationRequests",
  resource_server_identifier: "resourceServerIdentifier",
  session_transfer: "sessionTransfer",
  signed_request_object: null,
  skip_non_verifiable_callback_uri_confirmation_prompt: "skipNonVerifiableCallbackUriConfirmationPrompt",
  sso: "sso",
  sso_disabled: "ssoDisabled",
  third_party_security_mode: "thirdPartySecurityMode",
  token_exchange: "tokenExchange",
  token_quota: "tokenQuota",
  token_vault_privileged_access: null,
};

const auth0s = "Remove it; Auth0 sets it, and nobody changes it.";
const credentialsInstead = "Write `credentials: elsewhere` where another tool keeps the credentials.";
/** Names that `leaveAlone` does not take, each with what to do instead. */
export const readOnly = {
  callback_url_template: auth0s,
  client_id: auth0s,
  encrypted: auth0s,
  global: auth0s,
  owners: auth0s,
  signing_keys: auth0s,
  tenant: auth0s,
  cross_origin_auth: "Write cross_origin_authentication.",
  client_authentication_methods: credentialsInstead,
  client_secret: credentialsInstead,
  token_endpoint_auth_method: credentialsInstead,
};

// `oidc_conformant` is true on applications made in the Dashboard and false on others, and the client credentials
// grant does not depend on it. How an application authenticates is compared by rules of its own.
export const ignored: Table["ignored"] = [
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
];

export const overwritten: readonly string[] = [
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
];
