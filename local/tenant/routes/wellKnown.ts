/** Discovery and keys: what verifiers and clients read before anything else. */
import { Hono } from "hono";
import { jsonAnswer } from "../answer.ts";
import type { Environment, Request } from "../http.ts";
import { isObject, without } from "../json.ts";
import { issuerAt, type Tenant } from "../tenant.ts";

export function wellKnownRoutes(tenant: Tenant): Hono<Environment> {
  const app = new Hono<Environment>();
  const discovery = ({ req }: Request) => jsonAnswer(discoveryDocument(issuerAt(tenant, req.url)));
  app.get("/openid-configuration", discovery);
  app.get("/oauth-authorization-server", discovery);
  app.get("/jwks.json", async () => {
    const settings = tenant.store.facts.get("settings");
    const flags = isObject(settings) && isObject(settings.flags) ? settings.flags : {};
    const keys = await tenant.keys.published();
    // With `alg` in it, verifiers refuse tokens of PS256 and RS512 APIs that the same key signed.
    const shown = flags.remove_alg_from_jwks === true ? keys.map((key) => without(key, ["alg"])) : keys;
    return jsonAnswer({ keys: shown }, { headers: { "cache-control": "public, max-age=15" } });
  });
  return app;
}

/** @see https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery */
function discoveryDocument(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}authorize`,
    token_endpoint: `${issuer}oauth/token`,
    device_authorization_endpoint: `${issuer}oauth/device/code`,
    userinfo_endpoint: `${issuer}userinfo`,
    mfa_challenge_endpoint: `${issuer}mfa/challenge`,
    jwks_uri: `${issuer}.well-known/jwks.json`,
    registration_endpoint: `${issuer}oidc/register`,
    revocation_endpoint: `${issuer}oauth/revoke`,
    scopes_supported: [
      ...["openid", "profile", "offline_access", "name", "given_name", "family_name", "nickname", "email"],
      ...["email_verified", "picture", "created_at", "identities", "phone", "address"],
    ],
    response_types_supported: [
      ...[
        "code",
        "token",
        "id_token",
        "code token",
        "code id_token",
        "token id_token",
        "code token id_token",
      ],
    ],
    code_challenge_methods_supported: ["S256", "plain"],
    response_modes_supported: ["query", "fragment", "form_post"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["HS256", "RS256", "PS256"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
    claims_supported: [
      ...[
        "aud",
        "auth_time",
        "created_at",
        "email",
        "email_verified",
        "exp",
        "family_name",
        "given_name",
        "iat",
      ],
      ...["identities", "iss", "name", "nickname", "phone_number", "picture", "sub"],
    ],
    request_uri_parameter_supported: false,
    request_parameter_supported: false,
    token_endpoint_auth_signing_alg_values_supported: ["RS256", "RS384", "PS256", "PS384", "ES256", "ES384"],
  };
}
