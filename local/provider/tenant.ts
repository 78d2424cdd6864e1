/** The tenant's Management API, through the official SDK, with one shared token and the retries of the official plugin. */
import type { ManagementClient } from "auth0";
import { isNotFound, isUnauthorized, ProviderError } from "./errors.ts";
import { requireLoopback } from "./guard.ts";
import { patientFetch } from "./retry.ts";
import type { Body } from "./wire.ts";

/** The calls that resources make. Paths and authorization are the SDK's affair, bodies are the resources' own. */
export interface ManagementApi {
  readonly resourceServers: Family;
  readonly clients: Omit<Family, "get"> & { get(id: string, fields?: readonly string[]): Promise<Body> };
  readonly credentials: {
    list(clientId: string): Promise<Body[]>;
    create(clientId: string, body: Body): Promise<Body>;
    get(clientId: string, id: string): Promise<Body>;
    update(clientId: string, id: string, body: Body): Promise<Body>;
    delete(clientId: string, id: string): Promise<void>;
  };
  readonly clientGrants: Family & { list(query: { audience: string; client_id: string }): Promise<Body[]> };
}

interface Family {
  create(body: Body): Promise<Body>;
  get(id: string): Promise<Body>;
  update(id: string, body: Body): Promise<Body>;
  delete(id: string): Promise<void>;
}

export interface Access {
  /** Host and port, without a scheme. */
  readonly domain: string;
  readonly credentials:
    | { readonly token: string }
    | { readonly clientId: string; readonly clientSecret: string };
}

/** The names of the settings, in the stack's configuration (`auth0:domain`) and in the environment. */
const variables = {
  domain: "AUTH0_DOMAIN",
  clientId: "AUTH0_CLIENT_ID",
  clientSecret: "AUTH0_CLIENT_SECRET",
  apiToken: "AUTH0_API_TOKEN",
} as const;

/** Where the tenant is and who asks, from the stack's configuration first, as in the official plugin, then the environment. */
export function accessFrom(
  configuration: Readonly<Record<string, string | undefined>>,
  env: Readonly<NodeJS.ProcessEnv>,
): Access {
  const setting = (name: keyof typeof variables) => configuration[name] || env[variables[name]] || undefined;
  const domain = setting("domain")
    ?.replace(/^https:\/\//, "")
    .replace(/\/+$/, "");
  const [token, clientId, clientSecret] = [setting("apiToken"), setting("clientId"), setting("clientSecret")];
  if (!domain) {
    throw new ProviderError('AUTH0_DOMAIN is not set; run eval "$(npx auth0-m2m local env)" first');
  }
  requireLoopback(domain);
  if (token) return { domain, credentials: { token } };
  if (clientId && clientSecret) return { domain, credentials: { clientId, clientSecret } };
  throw new ProviderError("AUTH0_CLIENT_ID with AUTH0_CLIENT_SECRET, or AUTH0_API_TOKEN, must be set");
}

/** A tenant for `access`; the SDK is loaded at the first call. `signal` ends every request. */
export function connect(access: Access, signal: AbortSignal): ManagementApi {
  let client: Promise<ManagementClient> | undefined;
  const current = () => {
    client ??= open(access, signal);
    return client;
  };
  const api = async <Result>(
    call: (management: ManagementClient) => PromiseLike<Result>,
  ): Promise<Result> => {
    const used = current();
    try {
      return await call(await used);
    } catch (error) {
      // A token may end before its time, when the tenant's keys or clock change; a new client asks for a new one.
      if (!isUnauthorized(error) || "token" in access.credentials) throw error;
      if (client === used) client = undefined;
      return await call(await current());
    }
  };
  // Cast, because the SDK's request types are narrower than what the official plugin sends (nulls, for one).
  return {
    resourceServers: {
      create: (body) => api((m) => m.resourceServers.create(body as never)).then(asBody),
      get: (id) => api((m) => m.resourceServers.get(id)).then(asBody),
      update: (id, body) => api((m) => m.resourceServers.update(id, body as never)).then(asBody),
      delete: (id) => api((m) => m.resourceServers.delete(id)).catch(unlessGone),
    },
    clients: {
      create: (body) => api((m) => m.clients.create(body as never)).then(asBody),
      get: (id, fields) =>
        api((m) => m.clients.get(id, fields ? { fields: fields.join(","), include_fields: true } : {})).then(
          asBody,
        ),
      update: (id, body) => api((m) => m.clients.update(id, body as never)).then(asBody),
      delete: (id) => api((m) => m.clients.delete(id)).catch(unlessGone),
    },
    credentials: {
      list: (clientId) => api((m) => m.clients.credentials.list(clientId)).then((list) => list.map(asBody)),
      create: (clientId, body) =>
        api((m) => m.clients.credentials.create(clientId, body as never)).then(asBody),
      get: (clientId, id) => api((m) => m.clients.credentials.get(clientId, id)).then(asBody),
      update: (clientId, id, body) =>
        api((m) => m.clients.credentials.update(clientId, id, body as never)).then(asBody),
      delete: (clientId, id) => api((m) => m.clients.credentials.delete(clientId, id)).catch(unlessGone),
    },
    clientGrants: {
      create: (body) => api((m) => m.clientGrants.create(body as never)).then(asBody),
      get: (id) => api((m) => m.clientGrants.get(id)).then(asBody),
      update: (id, body) => api((m) => m.clientGrants.update(id, body as never)).then(asBody),
      delete: (id) => api((m) => m.clientGrants.delete(id)).catch(unlessGone),
      list: (query) =>
        api(async (m) => {
          const grants: Body[] = [];
          for await (const grant of await m.clientGrants.list(query)) grants.push(asBody(grant));
          return grants;
        }),
    },
  };
}

async function open({ domain, credentials }: Access, signal: AbortSignal): Promise<ManagementClient> {
  const sdk = await import("auth0");
  const options = {
    domain,
    fetch: patientFetch({ domain, signal }),
    // The fetch above does all the waiting, and may have to wait long under a low rate limit.
    maxRetries: 0,
    timeoutInSeconds: 3600,
  };
  return new sdk.ManagementClient({ ...options, ...credentials });
}

function asBody(answer: unknown): Body {
  return answer as Body;
}

/** What is gone already needs no deleting. */
function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
