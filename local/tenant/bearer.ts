/** Who may use the Management API: the bearer token's checks, and the scope that each operation asks for. */
import type { JWTPayload } from "jose";
import { apiError, unauthorized } from "./errors.ts";
import type { Caller, Guard } from "./http.ts";
import { isObject } from "./json.ts";
import { issuersOf, managementAudience, type Tenant } from "./tenant.ts";

/** Milliseconds that a token's `iat` may lie ahead. */
const skew = 10_000;

/** A guard that lets a caller pass who holds any of the scopes. */
export type Allow = (...scopes: readonly string[]) => Guard;

export function allowIn(tenant: Tenant): Allow {
  return (...scopes) =>
    async (request, next) => {
      const caller = await authenticate(tenant, request.req.header("authorization"));
      request.set("caller", caller);
      requireAny(caller, scopes);
      await next();
    };
}

/** @throws Refusal 403 naming the scopes, any of which would do. */
export function requireAny(caller: Caller, scopes: readonly string[]): void {
  if (scopes.some((scope) => caller.scopes.has(scope))) return;
  throw apiError(403, `Insufficient scope, expected any of: ${scopes.join(", ")}`, "insufficient_scope");
}

async function authenticate(tenant: Tenant, header: string | undefined): Promise<Caller> {
  if (header === undefined || header === "") throw unauthorized("Missing authentication");
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(header)?.[1];
  const kid = token === undefined ? undefined : headerOf(token);
  if (token === undefined || kid === undefined)
    throw apiError(400, "Bad HTTP authentication header format", "Bearer");
  const claims = await verify(tenant, token, kid);
  return {
    clientId: claims.sub?.replace(/@clients$/, "") ?? "",
    scopes: new Set(typeof claims.scope === "string" ? claims.scope.split(" ") : []),
  };
}

/** The key id that a well-formed token names, "" for none, undefined when it is not well-formed. */
function headerOf(token: string): string | undefined {
  const [header = "", payload = ""] = token.split(".");
  try {
    const parsed: unknown = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (!isObject(parsed) || !isObject(claims)) return undefined;
    return typeof parsed.kid === "string" ? parsed.kid : "";
  } catch {
    return undefined;
  }
}

async function verify(tenant: Tenant, token: string, kid: string): Promise<JWTPayload> {
  const key = await tenant.keys.verifier(kid);
  if (!key) throw unauthorized("Invalid token");
  const [{ jwtVerify }, { JWSSignatureVerificationFailed, JWTExpired }] = await Promise.all([
    import("jose/jwt/verify"),
    import("jose/errors"),
  ]);
  try {
    const { payload } = await jwtVerify(token, key, {
      // One algorithm, whatever the token's header says: neither `none` nor HS256 with the public key as secret.
      algorithms: ["RS256"],
      issuer: issuersOf(tenant),
      audience: managementAudience(tenant),
      currentDate: new Date(tenant.clock.now()),
      requiredClaims: ["exp", "sub"],
    });
    if ((payload.iat ?? 0) * 1000 > tenant.clock.now() + skew) throw new Error("issued in the future");
    return payload;
  } catch (error) {
    if (error instanceof JWTExpired) {
      throw unauthorized("Expired token received for JSON Web Token validation");
    }
    if (error instanceof JWSSignatureVerificationFailed) {
      throw unauthorized("Invalid signature received for JSON Web Token validation");
    }
    throw unauthorized("Invalid token");
  }
}
