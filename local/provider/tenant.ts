/** The tenant's Management API, through the official SDK, with one shared token and the retries of the official plugin. */
import type { ManagementClient } from "auth0";
import { describeFailure, isNotFound, isUnauthorized, mayHaveHappened, ProviderError } from "./errors.ts";
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
  /** Makes an object; where it may have been made unheard, the error names what to look for. @param what After "the". */
  const creation = async (
    what: string,
    call: (management: ManagementClient) => PromiseLike<unknown>,
  ): Promise<Body> => {
    try {
      return asBody(await api(call));
    } catch (error) {
      if (!mayHaveHappened(error)) throw error;
      throw new ProviderError(
        `${describeFailure(error, access.domain)}; it may have been made: look in the tenant for the ${what} before running this ` +
          "again, or run `auth0-m2m bootstrap`, which finds it and continues with it",
        { cause: error },
      );
    }
  };
  // Cast, because the SDK's request types are narrower than what the official plugin sends (nulls, for one).
  return {
    resourceServers: {
      create: (body) => creation(`API ${body.identifier}`, (m) => m.resourceServers.create(body as never)),
      get: (id) => api((m) => m.resourceServers.get(id)).then(asBody),
      update: (id, body) => api((m) => m.resourceServers.update(id, body as never)).then(asBody),
      delete: (id) => api((m) => m.resourceServers.delete(id)).catch(unlessGone),
    },
    clients: {
      create: (body) => creation(`application "${body.name}"`, (m) => m.clients.create(body as never)),
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
        creation(`public key "${body.name ?? ""}" of the application ${clientId}`, (m) =>
          m.clients.credentials.create(clientId, body as never),
        ),
      get: (clientId, id) => api((m) => m.clients.credentials.get(clientId, id)).then(asBody),
      update: (clientId, id, body) =>
        api((m) => m.clients.credentials.update(clientId, id, body as never)).then(asBody),
      delete: (clientId, id) => api((m) => m.clients.credentials.delete(clientId, id)).catch(unlessGone),
    },
    clientGrants: {
      create: (body) =>
        creation(`grant of the application ${body.client_id} on ${body.audience}`, (m) =>
          m.clientGrants.create(body as never),
        ),
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
