/** What an application may get for an API when it acts for itself: its grant, and the scopes that count. */
import { tokenError } from "./errors.ts";
import { isObject } from "./json.ts";
import { remember } from "./remember.ts";
import type { ClientGrant } from "./store/clientGrants.ts";
import type { Client } from "./store/clients.ts";
import type { ResourceServer } from "./store/resourceServers.ts";
import type { Store } from "./store.ts";

export interface Entitlement {
  client: Client;
  api: ResourceServer;
  grant: ClientGrant;
  /** Those granted, in the grant's order; a scope that the API does not declare (any more) is left out. */
  scopes: readonly string[];
}

export interface Entitlements {
  client(clientId: string): Client | undefined;
  /** @throws Refusal 403 when there is no such API, or no grant for it. */
  of(client: Client, audience: string): Entitlement;
}

/** Over a store; asked for every token, so what it reads is remembered. */
export function createEntitlements(store: Store): Entitlements {
  const client = remember(store, store.clients.byId);
  const find = remember(store, (clientId: string, audience: string): Entitlement => {
    const found = client(clientId);
    const api = store.resourceServers.byIdentifier(audience);
    if (!found || !api)
      throw tokenError(403, "access_denied", `Service not enabled within domain: ${audience}`);
    const grant = grantFor(store, found, api);
    return { client: found, api, grant, scopes: grantedScopes(grant, api) };
  });
  return { client, of: ({ clientId }, audience) => find(clientId, audience) };
}

function grantFor(store: Store, client: Client, api: ResourceServer): ClientGrant {
  const refused = () => {
    const text = `Client "${client.clientId}" is not authorized to access resource server "${api.identifier}".`;
    return tokenError(
      403,
      "access_denied",
      `${text} You need to create a "client-grant" associated to this API.`,
    );
  };
  const policies = isObject(api.subject_type_authorization)
    ? api.subject_type_authorization.client
    : undefined;
  if (isObject(policies) && policies.policy === "deny_all") throw refused();
  const { clientGrants } = store;
  const own = clientGrants.forClient(client.clientId, api.identifier);
  if (own) return own;
  const shared =
    client.body.is_first_party === false && clientGrants.defaultFor("third_party_clients", api.identifier);
  if (!shared) throw refused();
  return shared;
}

function grantedScopes(grant: ClientGrant, api: ResourceServer): string[] {
  const declared = (Array.isArray(api.scopes) ? api.scopes : [])
    .filter(isObject)
    .map(({ value }) => String(value));
  if (grant.allow_all_scopes === true) return declared;
  const known = new Set(declared);
  return (Array.isArray(grant.scope) ? grant.scope : []).map(String).filter((scope) => known.has(scope));
}
