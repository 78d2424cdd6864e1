/** The secret that an HS256 API shares with its tenant, looked up there when it is needed. */
import { z } from "zod";
import { sendRequest } from "../../lib/http.ts";

/** A management application with `read:resource_servers`. */
export interface SecretSource {
  /** Host and port, e.g. `localhost:4443`. */
  readonly domain: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** How long a secret is used before it is looked up again, milliseconds: it may change with the API. */
const freshness = 5000;

const answerSchema = z.object({ signing_secret: z.string().optional() });
const tokenSchema = z.object({ access_token: z.string() });

/** Finds the secret of the API with this identifier; undefined while the tenant has none. */
export function signingSecretOf(source: SecretSource, identifier: string): () => Promise<string | undefined> {
  let found: { secret: string; until: number } | undefined;
  return async () => {
    if (found && Date.now() < found.until) return found.secret;
    const secret = await readSecret(source, identifier);
    found = secret === undefined ? undefined : { secret, until: Date.now() + freshness };
    return secret;
  };
}

async function readSecret(source: SecretSource, identifier: string): Promise<string | undefined> {
  const url = `https://${source.domain}/api/v2/resource-servers/${encodeURIComponent(identifier)}`;
  const headers = { authorization: `Bearer ${await managementToken(source)}` };
  const { status, ok, text } = await sendRequest(url, { method: "GET", headers });
  if (status === 404) return undefined;
  if (!ok) throw new Error(`The tenant does not show the API's signing secret (${status}).`);
  return answerSchema.parse(JSON.parse(text)).signing_secret;
}

async function managementToken({ domain, clientId, clientSecret }: SecretSource): Promise<string> {
  const { status, ok, text } = await sendRequest(`https://${domain}/oauth/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      audience: `https://${domain}/api/v2/`,
    }),
  });
  if (!ok) throw new Error(`The tenant gives no token to look up the API's signing secret (${status}).`);
  return tokenSchema.parse(JSON.parse(text)).access_token;
}
