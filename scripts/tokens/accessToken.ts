/** One access token by the client credentials grant (RFC 6749 section 4.4; Auth0: Get Token). */
import { z } from "zod";
import { connectionError } from "../../lib/connection.ts";
import { exitCodes, ToolError } from "../../lib/errors.ts";
import { type HttpResponse, sendRequest } from "../../lib/http.ts";
import { parseJson } from "../../lib/json.ts";
import { retryAfter } from "../../lib/retryAfter.ts";

export interface TokenRequest {
  /** e.g. `https://example.eu.auth0.com/oauth/token` */
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly audience: string;
  /** Space separated; all that is granted when absent. */
  readonly scope?: string;
  /** How the application proves itself. */
  readonly proof: ClientProof;
  readonly signal?: AbortSignal;
}

export type ClientProof =
  | { readonly method: "client_secret_post" | "client_secret_basic"; readonly clientSecret: string }
  /** A signed assertion (RFC 7523). */
  | { readonly method: "private_key_jwt"; readonly assertion: string };

const tokenSchema = z.object({
  access_token: z.string(),
  expires_in: z.number(),
  scope: z.string().default(""),
  token_type: z.string(),
});

export interface AccessToken {
  readonly value: string;
  /** Lifetime, seconds. */
  readonly expiresIn: number;
  readonly scopes: readonly string[];
}

/** What the token endpoint refused, in its own words (RFC 6749 section 5.2). */
export class TokenRefusal extends ToolError {
  /** HTTP status. */
  readonly status: number;
  /** The `error` member, e.g. `access_denied`. */
  readonly reason: string;

  constructor(status: number, reason: string, description: string) {
    super("token_refused", `The token endpoint refused (${status} ${reason}): ${description}`, {
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
  let response: HttpResponse;
  try {
    response = await sendRequest(request.tokenEndpoint, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...authorization(request) },
      body: form(request).toString(),
      signal: request.signal,
    });
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    throw connectionError(error, host);
  }
  const body = parseJson(response.text);
  const token = tokenSchema.safeParse(body);
  if (response.ok && token.success) {
    const { access_token: value, expires_in: expiresIn, scope } = token.data;
    return { value, expiresIn, scopes: scope.split(" ").filter(Boolean) };
  }
  const refusal = z.object({ error: z.string(), error_description: z.string().default("") }).safeParse(body);
  if (refusal.success && response.status < 500 && response.status !== 429) {
    throw new TokenRefusal(response.status, refusal.data.error, refusal.data.error_description);
  }
  throw new ToolError("token_endpoint_failed", `The token endpoint of ${host} answered ${response.status}.`, {
    cause: { retryAfter: retryAfter(response.header("retry-after") ?? null) },
  });
}

function authorization(request: TokenRequest): Record<string, string> {
  if (request.proof.method !== "client_secret_basic") return {};
  // RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
  const pair = `${encodeURIComponent(request.clientId)}:${encodeURIComponent(request.proof.clientSecret)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
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
