/** What is in a tenant before anyone calls its APIs, and what the Dashboard leaves there. */
import type { JsonObject } from "./json.ts";
import { managementScopes } from "./managementScopes.ts";
import { insertClientGrant } from "./routes/clientGrants.ts";
import { insertClient } from "./routes/clients.ts";
import { insertConnection } from "./routes/connections.ts";
import { insertResourceServer } from "./routes/resourceServers.ts";
import { managementApi } from "./systemApis.ts";
import { managementAudience, type Tenant } from "./tenant.ts";

export interface ManagementCredentials {
  clientId: string;
  clientSecret: string;
}

/** The test application as the Dashboard creates it: machine-to-machine, secret in the body. */
const machineApplication = (name: string): JsonObject => ({
  name,
  app_type: "non_interactive",
  is_first_party: true,
  oidc_conformant: true,
  grant_types: ["client_credentials"],
  token_endpoint_auth_method: "client_secret_post",
  jwt_configuration: { alg: "RS256", lifetime_in_seconds: 36_000, secret_encoded: false },
});

/**
 * Brings a tenant to where a new one of Auth0 stands, and follows a change of its domain: the Management API's
 * identifier, and with it the audience of its grants, is made of the domain.
 *
 * @returns the application that may do everything, the same one at every start.
 */
export function seedTenant(tenant: Tenant): ManagementCredentials {
  const { store } = tenant;
  return store.transaction(() => {
    const before = store.facts.get<string>("domain");
    if (before === undefined) seedNew(tenant);
    else if (before !== tenant.domain) moveDomain(tenant, before);
    store.facts.set("domain", tenant.domain);
    return managementApplication(tenant);
  });
}

function seedNew(tenant: Tenant): void {
  const { store } = tenant;
  const identifier = managementAudience(tenant);
  const id = "000000000000000000000001";
  store.resourceServers.insert({ id, identifier, ...managementApi() });
  insertClient(tenant, { name: "All Applications" }, { isGlobal: true });
  insertConnection(tenant, { name: "Username-Password-Authentication", strategy: "auth0" });
}

function moveDomain(tenant: Tenant, before: string): void {
  for (const path of ["api/v2/", "me/"]) {
    tenant.store.resourceServers.rename(`https://${before}/${path}`, `https://${tenant.domain}/${path}`);
  }
}

function managementApplication(tenant: Tenant): ManagementCredentials {
  const { clients, clientGrants, facts } = tenant.store;
  const known = facts.get<string>("management_client");
  const found = known === undefined ? undefined : clients.byId(known);
  const client =
    found ??
    insertClient(
      tenant,
      machineApplication("Local Management Application"),
      known === undefined ? {} : { clientId: known },
    ).client;
  facts.set("management_client", client.clientId);
  const audience = managementAudience(tenant);
  const grant = clientGrants.forClient(client.clientId, audience);
  if (!grant)
    insertClientGrant(tenant, { client_id: client.clientId, audience, scope: [...managementScopes] });
  return { clientId: client.clientId, clientSecret: client.clientSecret };
}

export interface DashboardApi {
  /** The API's name, which its test application's name is made of. */
  name: string;
  identifier: string;
  /** @default "RS256" */
  signingAlgorithm?: "RS256" | "PS256" | "HS256" | "RS512";
  /** @default "access_token" */
  tokenDialect?: string;
  /** Leaves an API of this identifier as it is and returns its ids. @default false */
  idempotent?: boolean;
}

export interface SeededApi {
  resourceServerId: string;
  clientId: string;
  grantId: string;
}

/**
 * Leaves what "Create API" in the Dashboard leaves: the API without scopes, a machine-to-machine application named
 * "<name> (Test Application)", and its grant with an empty list of scopes.
 */
export function seedDashboardApi(tenant: Tenant, api: DashboardApi): SeededApi {
  const { store } = tenant;
  return store.transaction(() => {
    const there = api.idempotent === true ? store.resourceServers.byIdentifier(api.identifier) : undefined;
    if (there) return idsOf(tenant, there.id, api);
    const server = insertResourceServer(tenant, {
      name: api.name,
      identifier: api.identifier,
      signing_alg: api.signingAlgorithm ?? "RS256",
      token_dialect: api.tokenDialect ?? "access_token",
      skip_consent_for_verifiable_first_party_clients: true,
    });
    const { client } = insertClient(tenant, machineApplication(`${api.name} (Test Application)`));
    const grant = insertClientGrant(tenant, {
      client_id: client.clientId,
      audience: api.identifier,
      scope: [],
    });
    return { resourceServerId: server.id, clientId: client.clientId, grantId: grant.id };
  });
}

function idsOf(tenant: Tenant, resourceServerId: string, api: DashboardApi): SeededApi {
  const everything = { start: 0, limit: -1 };
  const grants = tenant.store.clientGrants.list(everything, {
    audience: api.identifier,
    subjectType: "client",
  }).items;
  const grant = grants.find(({ client_id }) => typeof client_id === "string");
  return {
    resourceServerId,
    clientId: typeof grant?.client_id === "string" ? grant.client_id : "",
    grantId: grant?.id ?? "",
  };
}
