/** Authentication by a signed assertion (private_key_jwt): RFC 7523 with Auth0's limits. */
import { createPublicKey } from "node:crypto";
import { tokenError } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { Client } from "./store/clients.ts";
import type { StoredCredential } from "./store/credentials.ts";
import { issuerOf, issuersOf, type Tenant } from "./tenant.ts";

const longestAssertion = 2048;
const longestClaim = 64;
const longestAlgorithm = 16;
/** Seconds that the clocks of both sides may differ. */
const skew = 10;
/** Seconds between `iat` and `exp`. */
const longestLife = 300;

/** Auth0's status and texts for these refusals are not published; these are ours, each naming its reason. */
const refused = (reason: string) => tokenError(401, "invalid_client", reason);

/**
 * The application that signed the assertion.
 *
 * @param claimedId the request's `client_id`, which may be left out.
 * @throws Refusal 401 `invalid_client`.
 * @see https://auth0.com/docs/get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt
 */
export async function verifyAssertion(
  tenant: Tenant,
  assertion: string,
  claimedId: string | undefined,
): Promise<Client> {
  if (assertion.length > longestAssertion)
    throw refused(`client_assertion is longer than ${longestAssertion} bytes`);
  const { header, claims } = decode(assertion);
  const clientId = textClaim(claims, "iss");
  if (textClaim(claims, "sub") !== clientId) throw refused("'sub' claim must equal the 'iss' claim");
  if (claimedId !== undefined && claimedId !== clientId) {
    throw refused("'iss' claim must equal the client_id of the request");
  }
  const client = tenant.store.clients.byId(clientId);
  const credentials = client ? activeCredentials(tenant, client) : [];
  if (!client || credentials.length === 0) throw refused("Client is not configured for private_key_jwt");
  await verifySignature(assertion, header, credentials);
  checkTimes(claims, Math.floor(tenant.clock.now() / 1000));
  const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  if (!issuersOf(tenant).some((issuer) => audiences.includes(issuer)))
    throw refused(`'aud' claim must be ${issuerOf(tenant)}`);
  const jti = textClaim(claims, "jti");
  const now = Math.floor(tenant.clock.now() / 1000);
  if (!tenant.store.assertions.use(clientId, jti, Number(claims.exp) + skew, now)) {
    throw refused("'jti' claim was used before");
  }
  return client;
}

function decode(assertion: string): { header: JsonObject; claims: JsonObject } {
  const parts = assertion.split(".");
  try {
    const [header, claims] = parts
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8")));
    if (parts.length === 3 && isObject(header) && isObject(claims)) return { header, claims };
  } catch {
    // Falls through to the one refusal for everything that is no JWT.
  }
  throw refused("client_assertion is not a JWT");
}

function textClaim(claims: JsonObject, name: "iss" | "sub" | "jti"): string {
  const value = claims[name];
  if (typeof value !== "string" || value === "") throw refused(`'${name}' claim is required`);
  if (value.length > longestClaim) throw refused(`'${name}' claim is longer than ${longestClaim} characters`);
  return value;
}

/** The credentials listed for private_key_jwt that have not expired. */
function activeCredentials(tenant: Tenant, client: Client): StoredCredential[] {
  const methods = client.body.client_authentication_methods;
  const method = isObject(methods) ? methods.private_key_jwt : undefined;
  const listed = isObject(method) && Array.isArray(method.credentials) ? method.credentials : [];
  const ids = listed.filter(isObject).map((credential) => credential.id);
  return tenant.store.credentials.ofClient(client.clientId).filter(({ body, publicKey }) => {
    const expires =
      typeof body.expires_at === "string" ? Date.parse(body.expires_at) : Number.POSITIVE_INFINITY;
    return publicKey !== null && ids.includes(body.id) && expires > tenant.clock.now();
  });
}

async function verifySignature(
  assertion: string,
  header: JsonObject,
  credentials: readonly StoredCredential[],
): Promise<void> {
  const { alg, kid } = header;
  if (typeof alg !== "string" || alg.length > longestAlgorithm) throw refused("'alg' header is not valid");
  const candidates = credentials.filter(({ body }) => kid === undefined || body.kid === kid);
  if (candidates.length === 0) throw refused("'kid' header matches no active credential");
  const fitting = candidates.filter(({ body }) => body.alg === alg);
  if (fitting.length === 0) throw refused("'alg' header must equal the algorithm of the credential");
  const { compactVerify } = await import("jose/jws/compact/verify");
  for (const credential of fitting) {
    const key = createPublicKey(credential.publicKey ?? "");
    const verified = await compactVerify(assertion, key, { algorithms: [alg] }).then(
      () => true,
      () => false,
    );
    if (verified) return;
  }
  throw refused("Signature of client_assertion is not valid");
}

function checkTimes(claims: JsonObject, now: number): void {
  const time = (name: "exp" | "iat" | "nbf"): number | undefined => {
    const value = claims[name];
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !Number.isFinite(value))
      throw refused(`'${name}' claim must be a number`);
    return value;
  };
  const [exp, iat, nbf] = [time("exp"), time("iat"), time("nbf")];
  if (exp === undefined) throw refused("'exp' claim is required");
  if (exp <= now - skew) throw refused("'exp' claim timestamp check failed: the assertion has expired");
  if (iat !== undefined && iat > now + skew) throw refused("'iat' claim must not lie in the future");
  if (nbf !== undefined && nbf > now + skew) throw refused("'nbf' claim timestamp check failed");
  // Without `iat` the life is counted from now, or an assertion could live for ever by leaving it out.
  if (exp - (iat ?? now) > longestLife) {
    throw refused("'exp' claim must specify a time that is no more than 5 minutes after 'iat'");
  }
}
