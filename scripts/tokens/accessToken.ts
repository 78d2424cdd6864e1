/** One access token by the client credentials grant (RFC 6749 section 4.4; Auth0: Get Token). */
import { z } from "zod";
import { connectionError } from "../../lib/connection.ts";
import { exitCodes, ToolError } from "../../lib/errors.ts";
import { type HttpResponse, sendRequest } from "../../lib/http.ts";
import { parseJson } from "../../lib/json.ts";
import { retryAfter } from "../../lib/retryAfter.ts";
import { plainText } from "../../lib/text.ts";

export interface TokenRequest {
  /** e.g. `https://example.eu.auth0.com/oauth/token` */
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly audience: string;
  /** Space separated; all that is granted when absent. */
  readonly scope?: string;
  /** How the application proves itself. */
  readonly proof: ClientProof;
  /** For the whole answer, milliseconds. @default 30,000 */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal;
}

export type ClientProof =
  | { readonly method: "client_secret_post" | "client_secret_basic"; readonly clientSecret: string }
  /** A signed assertion (RFC 7523). */
  | { readonly method: "private_key_jwt"; readonly assertion: string };

const tokenSchema = z.object({
  access_token: z.string(),
  expires_in: z.unknown().optional(),
  scope: z.string().catch(""),
  token_type: z.string(),
});

/** Bytes of an answer of the token endpoint at most. */
const largestAnswer = 256 * 1024;

/** Longest token: more would not fit into the headers that servers read. */
const longestToken = 16_000;

export interface AccessToken {
  readonly value: string;
  /** Lifetime, seconds; undefined where neither the answer nor the token says it. */
  readonly expiresIn: number | undefined;
  readonly scopes: readonly string[];
}

/** What the token endpoint refused, in its own words (RFC 6749 section 5.2). */
export class TokenRefusal extends ToolError {
  /** HTTP status. */
  readonly status: number;
  /** The `error` member, e.g. `access_denied`. */
  readonly reason: string;

  constructor(status: number, reason: string, description: string) {
    super("token_refused", plainText(`The token endpoint refused (${status} ${reason}): ${description}`), {
      exitCode: exitCodes.credentials,
      hint: "Check the client id, its secret or key, and its grant on the API.",
    });
    this.status = status;
    this.reason = reason;
  }
}

/**
 * Asks for a token once; retrying is the caller's business.
 * @throws {TokenRefusal} exit code 3. @throws {ToolError} `tenant_unreachable`, `tenant_untrusted`, `token_endpoint_failed` (exit code 1).
 */
export async function requestAccessToken(request: TokenRequest): Promise<AccessToken> {
  const host = new URL(request.tokenEndpoint).host;
  const { timeout = 30_000 } = request;
  let response: HttpResponse;
  try {
    response = await sendRequest(request.tokenEndpoint, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...authorization(request) },
      body: form(request).toString(),
      repeatable: true,
      silence: timeout,
      within: timeout,
      most: largestAnswer,
      signal: request.signal,
    });
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    throw connectionError(error, host);
  }
  const body = parseJson(response.text);
  const token = tokenSchema.safeParse(body);
  if (response.ok && token.success) {
    const { access_token: value, expires_in, scope, token_type } = token.data;
    assertUsable(value, token_type, host);
    return { value, expiresIn: lifetimeOf(value, expires_in), scopes: scope.split(" ").filter(Boolean) };
  }
  const refusal = z.object({ error: z.string(), error_description: z.string().default("") }).safeParse(body);
  if (refusal.success && response.status < 500 && response.status !== 429) {
    const { error, error_description: description } = refusal.data;
    throw new TokenRefusal(response.status, withoutProof(error, request), withoutProof(description, request));
  }
  const { status } = response;
  if (response.ok || (status < 500 && status !== 408 && status !== 429)) {
    throw unusable(host, response.ok ? `a body without a token (${status})` : `${status}, not a token`);
  }
  const asked = retryAfter(response.header("retry-after"));
  throw new ToolError("token_endpoint_failed", `The token endpoint of ${host} answered ${status}.`, {
    ...(status === 429 && { hint: quotaHint(asked ?? untilReset(response.header("x-ratelimit-reset"))) }),
    cause: { retryAfter: asked },
  });
}

/** @param wait Milliseconds until the tenant gives tokens again; undefined where it does not say. */
function quotaHint(wait: number | undefined): string {
  const quota = "The quota of tokens or requests is used up";
  if (wait === undefined) return `${quota}; try again in some minutes.`;
  return `${quota}; try again in ${Math.ceil(wait / 1000)} s, at ${new Date(Date.now() + wait).toISOString()}.`;
}

/** @param reset Seconds since 1970, as Auth0 gives them. */
function untilReset(reset: string | undefined): number | undefined {
  const wait = Number(reset || Number.NaN) * 1000 - Date.now();
  return wait > 0 ? wait : undefined;
}

/** @throws {ToolError} `token_unusable`, exit 1, for what cannot be sent in an Authorization header */
function assertUsable(value: string, type: string, host: string): void {
  if (type.toLowerCase() !== "bearer") throw unusable(host, "a token that is not of the type Bearer");
  if (!/^[\x21-\x7e]+$/.test(value)) throw unusable(host, "a token with characters that no header takes");
  if (value.length > longestToken) throw unusable(host, `a token of more than ${longestToken} characters`);
}

function unusable(host: string, what: string): ToolError {
  return new ToolError("token_unusable", `The token endpoint of ${host} answered with ${what}.`, {
    exitCode: exitCodes.failure,
    hint: "Check the domain or tokenEndpoint of the credentials.",
  });
}

/** Thirty days, the longest that Auth0 lets an access token live. */
const longestLifetime = 2_592_000;

/**
 * Seconds that a token lives. Its own claims say it best, since the API goes by them; an answer may leave `expires_in`
 * out (RFC 6749 section 5.1), or have nonsense there.
 */
function lifetimeOf(token: string, expiresIn: unknown): number | undefined {
  const claims = parseJson(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  const { exp, iat } = z.object({ exp: z.number(), iat: z.number() }).safeParse(claims).data ?? {};
  const own = exp !== undefined && iat !== undefined ? exp - iat : Number.NaN;
  const said = Number(
    typeof expiresIn === "string" ? expiresIn.trim() || Number.NaN : (expiresIn ?? Number.NaN),
  );
  const atLeast = own > 0 ? shortestLifetime.claimed : shortestLifetime.said;
  const seconds = own > 0 ? own : said > 0 ? said : undefined;
  return seconds === undefined ? undefined : Math.min(Math.max(seconds, atLeast), longestLifetime);
}

/**
 * Seconds that a token is used at least, until the API refuses it: a wrong lifetime must not cost a token a second. The
 * API goes by a token's own claims, so these are believed sooner than the answer that it came in.
 */
const shortestLifetime = { claimed: 2, said: 30 };

function authorization(request: TokenRequest): Record<string, string> {
  if (request.proof.method !== "client_secret_basic") return {};
  // RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
  const pair = `${encodeURIComponent(request.clientId)}:${encodeURIComponent(request.proof.clientSecret)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** Characters; a shorter one would blot out ordinary words. */
const shortestSecret = 8;

/** A token endpoint that repeats what it was sent must not put the secret into a log. */
function withoutProof(text: string, request: TokenRequest): string {
  const { proof } = request;
  const secret = "clientSecret" in proof ? proof.clientSecret : proof.assertion;
  const inHeader = authorization(request).authorization?.replace("Basic ", "") ?? secret;
  const inForm = new URLSearchParams({ secret }).toString().replace("secret=", "");
  return [secret, encodeURIComponent(secret), inForm, inHeader]
    .filter((each) => each.length >= shortestSecret)
    .reduce((rest, each) => rest.replaceAll(each, "..."), text);
}

function form(request: TokenRequest): URLSearchParams {
  const fields = new URLSearchParams({ grant_type: "client_credentials", audience: request.audience });
  if (request.scope !== undefined) fields.set("scope", request.scope);
  const { proof } = request;
  if (proof.method === "client_secret_post") {
    fields.set("client_id", request.clientId);
    fields.set("client_secret", proof.clientSecret);
  }
  if (proof.method === "private_key_jwt") {
    fields.set("client_id", request.clientId);
    fields.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    fields.set("client_assertion", proof.assertion);
  }
  return fields;
}
