/** The public face of a tenant: its discovery document and its key set (OpenID Connect Discovery 1.0; RFC 7517). */
import type { JSONWebKeySet } from "jose";
import { z } from "zod";
import { connectionError } from "../../lib/connection.ts";
import { messageOf } from "../../lib/errors.ts";
import { sendRequest } from "../../lib/http.ts";
import { type Check, type ChecksOn, checksOn } from "./check.ts";

const discoverySchema = z.object({
  issuer: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
});

const keySchema = z.looseObject({
  kty: z.string(),
  kid: z.string(),
  alg: z.string().exactOptional(),
  use: z.string().exactOptional(),
});
const keySetSchema = z.object({ keys: z.array(keySchema).min(1) });

export interface IssuerFacts {
  /** Absent where the tenant or its key set could not be read. */
  readonly keySet?: JSONWebKeySet;
  readonly checks: readonly Check[];
}

/** The host of an issuer, e.g. `example.eu.auth0.com`. */
export function issuerHost(issuer: string): string {
  return new URL(issuer).host;
}

/** Reads both documents and judges them: reachable, about this tenant, and pointing at one another. */
export async function readIssuer(issuer: string, signal: AbortSignal): Promise<IssuerFacts> {
  const checks = checksOn({ id: "tenant", name: issuerHost(issuer) });
  const address = `${issuer}.well-known/openid-configuration`;
  const discovery = await read(address, discoverySchema, signal);
  if (typeof discovery === "string") {
    return {
      checks: [
        checks.judged("discovery", "discovery", false, `a discovery document at ${address}`, discovery),
      ],
    };
  }
  const said = discoveryChecks(checks, issuer, discovery);
  // A key set elsewhere would be somebody else's: it is judged above and not fetched.
  if (said.some(({ ok }) => !ok)) return { checks: said };
  const keySet = await read(discovery.jwks_uri, keySetSchema, signal);
  if (typeof keySet === "string") {
    return { checks: [...said, checks.judged("jwks", "key set", false, "signing keys", keySet)] };
  }
  return { keySet, checks: [...said, keySetCheck(checks, keySet)] };
}

/** @returns the document, or why there is none. */
async function read<T>(address: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | string> {
  try {
    const response = await sendRequest(address, {
      method: "GET",
      headers: { accept: "application/json" },
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
    if (!response.ok) return `${response.status}`;
    const parsed = schema.safeParse(JSON.parse(response.text));
    return parsed.success ? parsed.data : "an unexpected document";
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof SyntaxError
      ? "not JSON"
      : messageOf(connectionError(error, new URL(address).host));
  }
}

function discoveryChecks(checks: ChecksOn, issuer: string, seen: z.infer<typeof discoverySchema>): Check[] {
  return [
    checks.equal("discovery", "discovery names the issuer", issuer, seen.issuer),
    checks.equal(
      "token-endpoint",
      "discovery names the token endpoint",
      `${issuer}oauth/token`,
      seen.token_endpoint,
    ),
    checks.judged(
      "jwks-uri",
      "discovery names the key set",
      seen.jwks_uri.startsWith(issuer),
      `an address under ${issuer}`,
      seen.jwks_uri,
    ),
  ];
}

function keySetCheck(checks: ChecksOn, { keys }: z.infer<typeof keySetSchema>): Check {
  const ids = keys.map(({ kid }) => kid);
  const ok = new Set(ids).size === ids.length && keys.every(({ use = "sig" }) => use === "sig");
  return checks.judged(
    "jwks",
    "key set",
    ok,
    "signing keys, each with a kid of its own",
    `kids ${ids.join(", ")}`,
  );
}
