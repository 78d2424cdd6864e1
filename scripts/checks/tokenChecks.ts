/** Judges one access token against the model: header, signature and every claim that access rests on. */
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
  type ProtectedHeaderParameters,
} from "jose";
import type { Api } from "../../infra/accessModel.ts";
import { messageOf } from "../../lib/errors.ts";
import { type Accepted, nothingAccepted } from "../differences/acceptances.ts";
import { apiPath, element, grantPath } from "../differences/paths.ts";
import { type Check, type ChecksOn, scopeList, unlessAccepted } from "./check.ts";

export interface TokenExpectation {
  readonly api: Api;
  readonly issuer: string;
  readonly clientId: string;
  /** Exactly these. */
  readonly scopes: readonly string[];
  /** The application's key in the model. */
  readonly application: string;
  /** @default nothing is accepted */
  readonly accepted?: Accepted | undefined;
}

/** What signatures are checked with: the tenant's key set, or the API's own secret where it is symmetric. */
export interface VerificationKeys {
  readonly keySet: JSONWebKeySet;
  /** Absent where it may not be read. */
  readonly signingSecret?: string | undefined;
}

/** All checks of one token; none of them shows the token. */
export async function tokenChecks(
  checks: ChecksOn,
  token: string,
  expected: TokenExpectation,
  keys: VerificationKeys,
): Promise<Check[]> {
  let header: ProtectedHeaderParameters;
  let claims: JWTPayload;
  try {
    header = decodeProtectedHeader(token);
    claims = decodeJwt(token);
  } catch {
    return [checks.judged("form", "form", false, "a JSON Web Token (RFC 7519)", "something else")];
  }
  const { api, accepted = nothingAccepted } = expected;
  const bySigning = [
    ...signingChecks(checks, header, api, keys.keySet),
    await signatureCheck(checks, token, header, expected, keys),
  ];
  return [
    ...bySigning.map((check) => unlessAccepted(check, accepted, [apiPath(api.key, "signing_alg")])),
    unlessAccepted(typeCheck(checks, header, api), accepted, [apiPath(api.key, "token_dialect")]),
    ...claimChecks(checks, claims, expected),
  ];
}

/** The ways by which accepted differences explain the scopes of a token. */
export function scopeWays(
  { application, api, scopes }: Pick<TokenExpectation, "application" | "api" | "scopes">,
  seen: readonly string[],
): string[][] {
  const differing = [...new Set([...scopes, ...seen])].filter(
    (scope) => !(scopes.includes(scope) && seen.includes(scope)),
  );
  const path = (property: string) => grantPath(application, api.key, property);
  return [differing.map((scope) => path(element("scope", scope))), [path("allow_all_scopes")]];
}

function typeCheck(checks: ChecksOn, header: ProtectedHeaderParameters, { tokenProfile }: Api): Check {
  return checks.equal(
    "type",
    "header typ",
    tokenProfile === "rfc9068" ? "at+jwt" : "JWT",
    String(header.typ),
  );
}

function signingChecks(
  checks: ChecksOn,
  header: ProtectedHeaderParameters,
  { signingAlgorithm }: Api,
  { keys }: JSONWebKeySet,
): Check[] {
  const kid = header.kid ?? "none";
  const published = keys.some((key) => key.kid === header.kid);
  return [
    checks.equal("algorithm", "header alg", signingAlgorithm, String(header.alg)),
    // A symmetric key is never published.
    ...(signingAlgorithm === "HS256"
      ? []
      : [
          checks.judged(
            "key",
            "header kid",
            published,
            "one of the key set's",
            published ? kid : `${kid}, which the key set does not hold`,
          ),
        ]),
  ];
}

/** What to do where the key set binds its keys to another algorithm than the API signs with. */
function algorithmExplanation(keyAlgorithm: string, signingAlgorithm: string): string {
  return (
    `The tenant's key set says alg ${keyAlgorithm} for this key, so verifiers such as jose refuse ${signingAlgorithm} ` +
    "tokens although the signature is good. Set the tenant flag that leaves alg out of the key set: " +
    'PATCH /api/v2/tenants/settings {"flags":{"remove_alg_from_jwks":true}}.'
  );
}

async function signatureCheck(
  checks: ChecksOn,
  token: string,
  header: ProtectedHeaderParameters,
  { api }: TokenExpectation,
  { keySet, signingSecret }: VerificationKeys,
): Promise<Check> {
  const title = "signature";
  const expected = `good for ${api.signingAlgorithm}`;
  if (api.signingAlgorithm === "HS256") {
    if (signingSecret === undefined) {
      return checks.skipped(
        "signature",
        title,
        expected,
        "A symmetric signature takes the API's signing secret, which needs the scope read:resource_servers.",
      );
    }
    const problem = await verification(token, api, new TextEncoder().encode(signingSecret));
    return checks.equal("signature", title, expected, problem ?? expected);
  }
  const problem = await signatureProblem(token, api, keySet);
  if (problem === undefined) return checks.equal("signature", title, expected, expected);
  const bound = keySet.keys.find(({ kid }) => kid === header.kid)?.alg;
  if (bound !== undefined && bound !== api.signingAlgorithm) {
    const unbound = { keys: keySet.keys.map(({ alg, ...key }) => key) };
    if ((await signatureProblem(token, api, unbound)) === undefined) {
      return checks.judged(
        "signature",
        title,
        false,
        expected,
        `refused: the key set says alg ${bound}`,
        algorithmExplanation(bound, api.signingAlgorithm),
      );
    }
  }
  return checks.judged("signature", title, false, expected, problem);
}

/** Why a verifier with this key set refuses the token's signature; undefined where it does not. */
export async function signatureProblem(
  token: string,
  api: Pick<Api, "signingAlgorithm">,
  keySet: JSONWebKeySet,
): Promise<string | undefined> {
  return verification(token, api, createLocalJWKSet(keySet));
}

/** @returns why the signature does not hold, or undefined where it does; the claims are judged apart. */
async function verification(
  token: string,
  { signingAlgorithm }: Pick<Api, "signingAlgorithm">,
  key: Uint8Array | ReturnType<typeof createLocalJWKSet>,
): Promise<string | undefined> {
  const options = { algorithms: [signingAlgorithm] };
  try {
    await (typeof key === "function" ? jwtVerify(token, key, options) : jwtVerify(token, key, options));
    return undefined;
  } catch (error) {
    // The signature is checked before the claims, so one that fails on a claim is signed well.
    if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
      return undefined;
    return messageOf(error);
  }
}

function claimChecks(checks: ChecksOn, claims: JWTPayload, expected: TokenExpectation): Check[] {
  const { api, issuer, clientId, scopes, accepted = nothingAccepted } = expected;
  // Auth0 does not say whether tokens carry granted scopes that the API does not declare; either is as the model says.
  const grantedOf = (seen: readonly string[]) =>
    scopeList(scopes.filter((scope) => Object.hasOwn(api.scopes, scope) || seen.includes(scope)));
  const seenScopes = String(claims.scope ?? "")
    .split(" ")
    .filter(Boolean);
  const permitted = Array.isArray(claims.permissions) ? claims.permissions.map(String) : undefined;
  const permissions = permitted ? scopeList(permitted) : "absent";
  const profile = [apiPath(api.key, "token_dialect")];
  const roles = [apiPath(api.key, "enforce_policies")];
  const lifetime = (claims.exp ?? Number.NaN) - (claims.iat ?? Number.NaN);
  return [
    checks.equal("issuer", "issuer", issuer, String(claims.iss)),
    checks.equal("audience", "audience", api.identifier, [claims.aud].flat().join(" ")),
    unlessAccepted(profileCheck(checks, claims, api, clientId), accepted, profile),
    unlessAccepted(
      checks.equal("scope", "scope", grantedOf(seenScopes), scopeList(seenScopes)),
      accepted,
      ...scopeWays(expected, seenScopes),
    ),
    unlessAccepted(
      checks.equal(
        "permissions",
        "permissions",
        api.permissionsInToken ? grantedOf(permitted ?? []) : "absent",
        permissions,
      ),
      accepted,
      profile,
      roles,
      ...(api.permissionsInToken && permitted ? scopeWays(expected, permitted) : []),
    ),
    unlessAccepted(
      checks.equal("lifetime", "lifetime", `${api.tokenLifetime} s`, `${lifetime} s`),
      accepted,
      [apiPath(api.key, "token_lifetime")],
    ),
  ];
}

/** Auth0's own profile names the client in azp; RFC 9068 section 2.2 in client_id, and asks for a jti. */
function profileCheck(checks: ChecksOn, claims: JWTPayload, { tokenProfile }: Api, clientId: string): Check {
  const show = (name: string) =>
    claims[name] === undefined ? `no ${name}` : `${name} ${String(claims[name])}`;
  const identified = claims.jti === undefined ? "no jti" : "a jti";
  if (tokenProfile === "rfc9068") {
    const seen = `${show("client_id")}, ${show("azp")}, ${identified}`;
    return checks.equal(
      "profile",
      "claims of the rfc9068 profile",
      `client_id ${clientId}, no azp, a jti`,
      seen,
    );
  }
  const seen = `${show("azp")}, ${show("client_id")}`;
  return checks.equal("profile", "claims of the auth0 profile", `azp ${clientId}, no client_id`, seen);
}
