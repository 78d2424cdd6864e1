/** Access tokens in the shape of the API's profile, signed as the API asks. */
import { tokenId } from "./identifiers.ts";
import type { JsonObject } from "./json.ts";
import { signJwt } from "./jwt.ts";
import type { ResourceServer } from "./store/resourceServers.ts";
import { issuerOf, type Tenant } from "./tenant.ts";

export interface Grant {
  clientId: string;
  api: ResourceServer;
  scopes: readonly string[];
  /** The organization that the application acts for. */
  organizationId?: string | undefined;
  /** @default the tenant's own */
  issuer?: string | undefined;
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
  const claims = claimsOf(grant.issuer ?? issuerOf(tenant), grant, dialect, issuedAt, expiresIn);
  const algorithm = typeof api.signing_alg === "string" ? api.signing_alg : "RS256";
  const header: JsonObject = { alg: algorithm, typ: typeOf(dialect) };
  // A symmetric API's tokens name no key, for theirs is in no JWKS.
  if (algorithm === "HS256") return { token: signJwt(header, claims, String(api.signing_secret)), expiresIn };
  const { key, kid } = await tenant.keys.signer();
  return { token: signJwt({ ...header, kid }, claims, key), expiresIn };
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
