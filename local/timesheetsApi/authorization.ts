/** Who may call: access tokens of one issuer for one audience, checked by Auth0's own middleware. */
import https from "node:https";
import tls from "node:tls";
import type { RequestHandler } from "express";
import { type AuthOptions, auth } from "express-oauth2-jwt-bearer";

export interface TokenRules {
  /** With the slash at its end, as Auth0 writes it. */
  readonly issuer: string;
  /** The API's identifier. */
  readonly audience: string;
  readonly signingAlgorithm: "RS256" | "PS256" | "HS256";
  /** The signing secret, for HS256 alone. */
  readonly secret?: string | undefined;
  readonly tokenProfile: "auth0" | "rfc9068";
  /** PEM of the authority behind the issuer's certificate, where the system does not know it. */
  readonly authority?: string | undefined;
}

/** Refuses every request that has no valid token of this issuer for this API. */
export function requireToken(rules: TokenRules): RequestHandler {
  const shared: AuthOptions = {
    audience: rules.audience,
    tokenSigningAlg: rules.signingAlgorithm,
    strict: rules.tokenProfile === "rfc9068",
    dpop: { enabled: false },
  };
  if (rules.signingAlgorithm === "HS256") {
    if (rules.secret === undefined) throw new Error("HS256 needs the API's signing secret.");
    return auth({ ...shared, issuer: rules.issuer, secret: rules.secret });
  }
  const agent = rules.authority
    ? new https.Agent({ keepAlive: true, ca: [...tls.getCACertificates("default"), rules.authority] })
    : undefined;
  return auth({ ...shared, issuerBaseURL: rules.issuer, ...(agent ? { agent } : {}) });
}
