/** Access tokens in the shape of the API's profile, signed as the API asks. */
import { createSecretKey, type KeyObject, type webcrypto } from "node:crypto";
import { tokenId } from "./identifiers.ts";
import type { JsonObject } from "./json.ts";
import type { AsymmetricAlgorithm } from "./keyRing.ts";
import type { ResourceServer } from "./store/resourceServers.ts";
import { issuerOf, type Tenant } from "./tenant.ts";

export interface Grant {
  clientId: string;
  api: ResourceServer;
  scopes: readonly string[];
  /** The organization that the application acts for. */
  organizationId?: string | undefined;
}

export interface IssuedToken {
  token: string;
  /** Seconds. */
  expiresIn: number;
}

/** Signs an access token for an application that acts for itself. */
export async function issueToken(tenant: Tenant, grant: Grant): Promise<IssuedToken> {
  const { api } = grant;
  const expiresIn = typeof api.token_lifetime === "number" ? api.token_lifetime : 86_400;
  const dialect = typeof api.token_dialect === "string" ? api.token_dialect : "access_token";
  const issuedAt = Math.floor(tenant.clock.now() / 1000);
  const claims = claimsOf(issuerOf(tenant), grant, dialect, issuedAt, expiresIn);
  const algorithm = typeof api.signing_alg === "string" ? api.signing_alg : "RS256";
  const { key, kid } = await signingKey(tenant, api, algorithm);
  const { SignJWT } = await import("jose/jwt/sign");
  const header: { alg: string; typ: string; kid?: string } = { alg: algorithm, typ: typeOf(dialect) };
  if (kid !== undefined) header.kid = kid;
  return { token: await new SignJWT(claims).setProtectedHeader(header).sign(key), expiresIn };
}

const isRfc9068 = (dialect: string): boolean => dialect.startsWith("rfc9068_profile");
const typeOf = (dialect: string): string => (isRfc9068(dialect) ? "at+jwt" : "JWT");

/** In the order that Auth0's tokens have them; keys without a value are absent, not null. */
function claimsOf(iss: string, grant: Grant, dialect: string, iat: number, lifetime: number): JsonObject {
  const { api, clientId, scopes, organizationId } = grant;
  const claims: JsonObject = {
    iss,
    sub: `${clientId}@clients`,
    aud: api.identifier,
    iat,
    exp: iat + lifetime,
  };
  if (scopes.length > 0) claims.scope = scopes.join(" ");
  if (organizationId !== undefined) claims.org_id = organizationId;
  if (isRfc9068(dialect)) {
    claims.client_id = clientId;
    claims.jti = tokenId();
  } else {
    claims.gty = "client-credentials";
    claims.azp = clientId;
  }
  if (dialect.endsWith("_authz") && api.enforce_policies === true) claims.permissions = [...scopes];
  return claims;
}

async function signingKey(
  tenant: Tenant,
  api: ResourceServer,
  algorithm: string,
): Promise<{ key: webcrypto.CryptoKey | KeyObject; kid?: string }> {
  if (algorithm === "HS256") {
    return { key: createSecretKey(Buffer.from(String(api.signing_secret ?? ""), "utf8")) };
  }
  return tenant.keys.signer(algorithm as AsymmetricAlgorithm);
}
