/** Spares a token that was verified a moment ago its signature check, which costs more than storing an entry. */
import { hash } from "node:crypto";
import type { Request, RequestHandler } from "express";

/**
 * How long a verification counts, milliseconds; never beyond the token's end. Far shorter than the ten minutes for
 * which the middleware keeps the tenant's keys, so that a key that is taken away serves no longer than without this.
 */
const lifetime = 10_000;

/** Tokens that are remembered at once. */
const most = 1000;

interface Verified {
  readonly auth: NonNullable<Request["auth"]>;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/**
 * Asks `verify` only about what it has not just accepted.
 * @param now Milliseconds since the epoch; tests pass their own clock.
 */
export function rememberVerified(verify: RequestHandler, now: () => number = Date.now): RequestHandler {
  /** By a digest of the Authorization header: the tokens themselves are not kept. */
  const remembered = new Map<string, Verified>();
  return (request, response, next) => {
    const { authorization } = request.headers;
    // A second token in the query is an error, which is for the middleware to report.
    if (authorization === undefined || request.url.includes("?")) return verify(request, response, next);
    const name = hash("sha256", authorization, "base64url");
    const known = remembered.get(name);
    if (known && known.until > now()) {
      request.auth = known.auth;
      return next();
    }
    return verify(request, response, (problem?: unknown) => {
      const { auth } = request;
      if (problem === undefined && auth) {
        if (remembered.size >= most) remembered.clear();
        const end = (auth.payload.exp ?? 0) * 1000;
        remembered.set(name, { auth, until: Math.min(now() + lifetime, end) });
      }
      next(problem);
    });
  };
}
