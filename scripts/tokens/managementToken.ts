/** The token that enters a tenant's Management API. */
import { z } from "zod";
import { tenantEndpoints } from "../../infra/tenant.ts";
import { parseJson } from "../../lib/json.ts";
import { type ClientProof, requestAccessToken } from "./accessToken.ts";
import type { AssertionAlgorithm } from "./assertionAlgorithms.ts";

/** A tenant, and how its Management API is entered. */
export interface TenantAccess {
  /** Host, with a port only on this machine, e.g. `example.eu.auth0.com`. */
  readonly domain: string;
  /** Audience of the Management API's tokens. @default `https://<domain>/api/v2/`; a custom domain needs the tenant's own */
  readonly audience?: string | undefined;
  readonly credentials: ManagementApplication | { readonly token: string };
}

/** The application that enters the Management API, by a secret or by a key (`private_key_jwt`). */
export type ManagementApplication =
  | { readonly clientId: string; readonly clientSecret: string }
  | {
      readonly clientId: string;
      /** PEM, RSA. */
      readonly privateKey: string;
      readonly signingAlgorithm: AssertionAlgorithm;
    };

/** What the tenant's Management API is called as an audience, in grants too. */
export function managementAudienceOf({
  domain,
  audience,
}: Pick<TenantAccess, "domain" | "audience">): string {
  return audience ?? tenantEndpoints(domain).managementApi;
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
  { domain, audience, credentials }: TenantAccess,
  signal: AbortSignal,
): Promise<ManagementToken> {
  if ("token" in credentials) return { value: credentials.token, scopes: scopesOf(credentials.token) };
  return requestManagementToken({ domain, audience, credentials }, { signal });
}

/**
 * Asks for a token.
 * @param scope Space separated; all that is granted when absent.
 */
export async function requestManagementToken(
  { domain, audience, credentials }: TenantAccess & { readonly credentials: ManagementApplication },
  { scope, signal }: { readonly scope?: string; readonly signal: AbortSignal },
): Promise<ManagementToken> {
  const { issuer, tokenEndpoint } = tenantEndpoints(domain);
  const { clientId } = credentials;
  const { value, scopes } = await requestAccessToken({
    tokenEndpoint,
    clientId,
    audience: managementAudienceOf({ domain, audience }),
    ...(scope !== undefined && { scope }),
    proof: await proofOf(credentials, issuer),
    signal,
  });
  return { value, scopes };
}

async function proofOf(credentials: ManagementApplication, issuer: string): Promise<ClientProof> {
  if ("clientSecret" in credentials) {
    return { method: "client_secret_post", clientSecret: credentials.clientSecret };
  }
  const { clientId, privateKey, signingAlgorithm } = credentials;
  // Loaded for a key alone, since jose takes a short command's time to load.
  const { signClientAssertion } = await import("./clientAssertion.ts");
  const assertion = await signClientAssertion(privateKey, clientId, issuer, signingAlgorithm);
  return { method: "private_key_jwt", assertion };
}

/** The audiences a token says it is for; unverified. */
export function audiencesOf(token: string): string[] {
  const parsed = z.object({ aud: z.string().or(z.array(z.string())) }).safeParse(claimsOf(token));
  return parsed.success ? [parsed.data.aud].flat() : [];
}

function claimsOf(token: string): unknown {
  const payload = token.split(".")[1] ?? "";
  return parseJson(Buffer.from(payload, "base64url").toString("utf8"));
}

/** The scopes a token says it has; unverified, good only for telling the user what is missing. */
function scopesOf(token: string): string[] {
  const parsed = z.object({ scope: z.string() }).safeParse(claimsOf(token));
  return parsed.success ? parsed.data.scope.split(" ").filter(Boolean) : [];
}
