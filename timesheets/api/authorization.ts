/** Who may call: access tokens of one issuer for one audience, checked by Auth0's own middleware. */
import https from "node:https";
import tls from "node:tls";
import type { RequestHandler } from "express";
import { type AuthOptions, auth } from "express-oauth2-jwt-bearer";
import { ProblemError } from "./problems.ts";
import { rememberVerified } from "./verifiedTokens.ts";

export interface TokenRules {
  /** With the slash at its end, as Auth0 writes it. */
  readonly issuer: string;
  /** The API's identifier. */
  readonly audience: string;
  readonly signingAlgorithm: "RS256" | "PS256" | "HS256";
  /** The signing secret, for HS256 alone; a function finds it when it is needed, undefined while there is none. */
  readonly secret?: string | (() => Promise<string | undefined>) | undefined;
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
    const withSecret = (secret: string) => auth({ ...shared, issuer: rules.issuer, secret });
    return typeof rules.secret === "string" ? withSecret(rules.secret) : whenFound(rules.secret, withSecret);
  }
  const agent = rules.authority
    ? new https.Agent({ keepAlive: true, ca: [...tls.getCACertificates("default"), rules.authority] })
    : undefined;
  return rememberVerified(auth({ ...shared, issuerBaseURL: rules.issuer, ...(agent ? { agent } : {}) }));
}

/**
 * Refuses a token in the address, which the middleware would take (RFC 6750 section 2.3): addresses end up in logs. A
 * token in a form never reaches the middleware, since no form is read.
 */
export const refuseTokenInAddress: RequestHandler = (request, _response, next) => {
  const query = new URL(request.originalUrl, "http://localhost").searchParams;
  if (![...query.keys()].some((name) => /^access_token\b/i.test(name.trim()))) return next();
  const twice = request.headers.authorization !== undefined;
  throw new ProblemError(
    {
      status: twice ? 400 : 401,
      type: twice ? "bad-request" : "unauthorized",
      title: "A token in the address is not accepted",
      detail: "Send it in the Authorization header, and treat one that was sent in an address as published.",
    },
    { "WWW-Authenticate": twice ? 'Bearer error="invalid_request"' : "Bearer" },
  );
};

/** Checks with the secret as it is now, and answers 503 as long as there is none. */
function whenFound(
  find: () => Promise<string | undefined>,
  withSecret: (secret: string) => RequestHandler,
): RequestHandler {
  return async (request, response, next) => {
    const secret = await find();
    if (secret !== undefined) return withSecret(secret)(request, response, next);
    throw new ProblemError(
      {
        status: 503,
        type: "api-not-registered",
        title: "The tenant has no such API yet.",
        detail:
          "Its signing secret is needed to check tokens. Register it first, for example with pulumi up.",
      },
      { "Retry-After": "5" },
    );
  };
}
