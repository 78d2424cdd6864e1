/** What Auth0 fills in when an application is created, and how a change is merged into it. */
import { apiError } from "./errors.ts";
import { inOrder, isObject, type Json, type JsonObject } from "./json.ts";

/** The order of the wire, for the part that is kept; `clientView.ts` adds the rest. */
const order = [
  ...["is_token_endpoint_ip_header_trusted", "name", "description", "logo_uri", "allowed_clients"],
  ...[
    "allowed_logout_urls",
    "callbacks",
    "client_metadata",
    "cross_origin_authentication",
    "cross_origin_loc",
  ],
  ...[
    "initiate_login_uri",
    "is_first_party",
    "native_social_login",
    "oidc_conformant",
    "refresh_token",
    "sso",
  ],
  ...["sso_disabled", "cross_origin_auth", "allowed_origins", "jwt_configuration", "client_aliases"],
  ...["token_endpoint_auth_method", "app_type", "grant_types", "web_origins", "custom_login_page_on"],
];

const everyGrant = ["authorization_code", "implicit", "refresh_token", "client_credentials"];
const publicTypes: readonly Json[] = ["native", "spa"];
const ownTypes: readonly Json[] = ["resource_server", "express_configuration"];

const isStrict = (body: JsonObject): boolean => body.third_party_security_mode === "strict";

/** A new application's body: the request, and a value for everything that has a default. */
export function newClientBody(request: JsonObject): JsonObject {
  const given: JsonObject = {};
  for (const [key, value] of Object.entries(request)) if (value !== null) given[key] = value;
  const crossOrigin = given.cross_origin_authentication ?? false;
  const body: JsonObject = {
    is_first_party: true,
    is_token_endpoint_ip_header_trusted: false,
    oidc_conformant:
      ownTypes.includes(given.app_type ?? null) || given.is_first_party === false || isStrict(given),
    sso_disabled: false,
    custom_login_page_on: true,
    grant_types: defaultGrantTypes(given),
    ...given,
    cross_origin_authentication: crossOrigin,
    cross_origin_auth: crossOrigin,
    jwt_configuration: newJwtConfiguration(given),
    refresh_token: completeRefreshToken(given, given.refresh_token),
  };
  checkGrantTypes(body);
  return inOrder(body, order);
}

/**
 * Merges a change: metadata and JWT settings key by key, everything else whole; null takes away what may be absent
 * and resets the rest.
 */
export function changedClientBody(before: JsonObject, request: JsonObject): JsonObject {
  const body: JsonObject = { ...before };
  for (const [key, value] of Object.entries(request)) {
    if (key === "client_metadata") body[key] = mergeMetadata(before[key], value);
    else if (key === "jwt_configuration") body[key] = { ...objectOf(before[key]), ...objectOf(value) };
    else if (key === "refresh_token") body[key] = completeRefreshToken(body, value, before[key]);
    else if (value === null) delete body[key];
    else body[key] = value;
  }
  body.cross_origin_auth = body.cross_origin_authentication ?? false;
  if (request.client_authentication_methods) delete body.token_endpoint_auth_method;
  else if (request.token_endpoint_auth_method) delete body.client_authentication_methods;
  checkGrantTypes(body);
  return inOrder(body, order);
}

function defaultGrantTypes(given: JsonObject): string[] {
  if (isStrict(given)) return ["authorization_code"];
  if (given.app_type === "resource_server") return [];
  if (given.app_type === "express_configuration") return ["authorization_code", "client_credentials"];
  const isPublic =
    publicTypes.includes(given.app_type ?? null) || given.token_endpoint_auth_method === "none";
  return isPublic ? everyGrant.filter((grant) => grant !== "client_credentials") : everyGrant;
}

/** @throws Refusal 400 when an application without a secret of its own asks for client_credentials. */
function checkGrantTypes(body: JsonObject): void {
  if (!Array.isArray(body.grant_types) || !body.grant_types.includes("client_credentials")) return;
  const method = body.token_endpoint_auth_method;
  const isPublic = publicTypes.includes(body.app_type ?? null) && method === undefined;
  if (body.client_authentication_methods || !(method === "none" || isPublic)) return;
  throw apiError(400, "Invalid grant types: client_credentials", "invalid_body");
}

function newJwtConfiguration(given: JsonObject): JsonObject {
  const asked = given.jwt_configuration;
  if (isObject(asked)) {
    // `alg` comes first on the wire.
    return inOrder({ secret_encoded: false, ...asked }, ["alg", "lifetime_in_seconds"]);
  }
  if (isStrict(given)) return { alg: "RS256", lifetime_in_seconds: 3600, secret_encoded: false };
  if (ownTypes.includes(given.app_type ?? null)) return { alg: "RS256", secret_encoded: false };
  return { lifetime_in_seconds: 36_000, secret_encoded: false };
}

function completeRefreshToken(body: JsonObject, asked: Json | undefined, before?: Json): JsonObject {
  const lasting = body.token_endpoint_auth_method === "client_secret_post";
  const expiring = isObject(asked) && asked.expiration_type === "expiring";
  return {
    expiration_type: "non-expiring",
    leeway: 0,
    infinite_token_lifetime: !expiring,
    infinite_idle_token_lifetime: !expiring,
    token_lifetime: lasting ? 31_557_600 : 2_592_000,
    idle_token_lifetime: lasting ? 2_592_000 : 1_296_000,
    rotation_type: "non-rotating",
    ...(isObject(asked) ? { ...objectOf(before), ...asked } : {}),
  };
}

function mergeMetadata(before: Json | undefined, change: Json): JsonObject {
  const merged = { ...objectOf(before), ...objectOf(change) };
  for (const [key, value] of Object.entries(merged)) if (value === null) delete merged[key];
  return merged;
}

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
