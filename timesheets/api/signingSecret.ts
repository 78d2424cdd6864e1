/** The secret that an HS256 API shares with its tenant, looked up there when it is needed. */
import { z } from "zod";
import { createManagementClient } from "../../scripts/tenant/managementClient.ts";

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

/** Finds the secret of the API with this identifier; undefined while the tenant has none. */
export function signingSecretOf(
  { domain, clientId, clientSecret }: SecretSource,
  identifier: string,
): () => Promise<string | undefined> {
  const { signal } = new AbortController();
  const client = createManagementClient({ domain, credentials: { clientId, clientSecret } }, { signal });
  let found: { secret: string; until: number } | undefined;
  return async () => {
    if (found && Date.now() < found.until) return found.secret;
    const path = `resource-servers/${encodeURIComponent(identifier)}`;
    const secret = (await client.get(path, answerSchema))?.signing_secret;
    found = secret === undefined ? undefined : { secret, until: Date.now() + freshness };
    return secret;
  };
}
