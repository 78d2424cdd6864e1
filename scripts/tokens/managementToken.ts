/** The token that enters a tenant's Management API. */
import { z } from "zod";
import { tenantEndpoints } from "../../infra/tenant.ts";
import { parseJson } from "../../lib/json.ts";
import { requestAccessToken } from "./accessToken.ts";

/** A tenant, and how its Management API is entered. */
export interface TenantAccess {
  /** Host, with a port only on this machine, e.g. `example.eu.auth0.com`. */
  readonly domain: string;
  readonly credentials:
    | { readonly clientId: string; readonly clientSecret: string }
    | { readonly token: string };
}

export interface ManagementToken {
  readonly value: string;
  /** What it may do; empty where it does not say. */
  readonly scopes: readonly string[];
}

/**
 * Takes the token that the credentials are, or asks for one with all scopes that are granted.
 * @throws {ToolError} as {@link requestAccessToken} does
 */
export async function managementToken(
  { domain, credentials }: TenantAccess,
  signal: AbortSignal,
): Promise<ManagementToken> {
  if ("token" in credentials) return { value: credentials.token, scopes: scopesOf(credentials.token) };
  const { clientId, clientSecret } = credentials;
  const { tokenEndpoint, managementApi } = tenantEndpoints(domain);
  const { value, scopes } = await requestAccessToken({
    tokenEndpoint,
    clientId,
    audience: managementApi,
    proof: { method: "client_secret_post", clientSecret },
    signal,
  });
  return { value, scopes };
}

/** The scopes a token says it has; unverified, good only for telling the user what is missing. */
function scopesOf(token: string): string[] {
  const payload = token.split(".")[1] ?? "";
  const claims = parseJson(Buffer.from(payload, "base64url").toString("utf8"));
  const parsed = z.object({ scope: z.string() }).safeParse(claims);
  return parsed.success ? parsed.data.scope.split(" ").filter(Boolean) : [];
}
