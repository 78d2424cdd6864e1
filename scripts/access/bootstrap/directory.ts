/** Reads a tenant for `discover`: each object and each list at most once, and lists only where they cost less. */
import { z } from "zod";
import type { AccessModel } from "../../../infra/accessModel.ts";
import type { ManagementClient } from "../../tenant/managementClient.ts";
import {
  clientGrantSchema,
  clientSchema,
  credentialSchema,
  fieldsOf,
  resourceServerSchema,
} from "../../tenant/managementObjects.ts";

export interface FoundApi {
  readonly id: string;
  readonly name: string | undefined;
  readonly identifier: string;
  readonly signingAlgorithm: string;
  readonly tokenDialect: string;
  /** Role-based access control. */
  readonly enforcePolicies: boolean;
  /** Seconds. */
  readonly tokenLifetime: number;
  /** Scope -> what it allows. */
  readonly scopes: Readonly<Record<string, string>>;
}

const namedSchema = clientSchema.pick({ client_id: true, name: true });
export type Named = z.infer<typeof namedSchema>;

export type Client = z.infer<typeof clientSchema>;
export type Credential = z.infer<typeof credentialSchema>;
export type Grant = z.infer<typeof clientGrantSchema>;

/** A model with more objects of a kind than this reads the tenant's whole list of them, a hundred at a time. */
const mostLookups = 25;

export interface Directory {
  api(identifier: string): Promise<FoundApi | undefined>;
  apiById(id: string): Promise<FoundApi | undefined>;
  client(clientId: string): Promise<Client | undefined>;
  clients(): Promise<readonly Named[]>;
  grantsOn(audience: string): Promise<readonly Grant[]>;
  grant(clientId: string, audience: string): Promise<Grant | undefined>;
  credentials(clientId: string): Promise<readonly Credential[]>;
}

export function createDirectory(client: ManagementClient, model: AccessModel): Directory {
  const apiAt = (key: string) =>
    client.get(`resource-servers/${encodeURIComponent(key)}`, resourceServerSchema);
  const allApis = once(() => client.list("resource-servers", "resource_servers", resourceServerSchema));
  const manyApis = Object.keys(model.apis).length > mostLookups;
  const manyApplications = Object.keys(model.applications).length > mostLookups;
  const clients = new Map<string, Promise<Client | undefined>>();
  const listClients = <T extends Named>(schema: z.ZodType<T> & z.ZodObject) =>
    client.list("clients", "clients", schema, { ...fieldsOf(schema), is_global: false });
  const allClients = once(() => listClients(clientSchema));
  const clientAt = (clientId: string) =>
    client.get(`clients/${encodeURIComponent(clientId)}`, clientSchema, fieldsOf(clientSchema));
  const grantLists = new Map<string, Promise<readonly Grant[]>>();
  const listGrants = async (query: Record<string, string>) => {
    const grants = await client.list("client-grants", "client_grants", clientGrantSchema, query);
    return grants.filter((grant) => grant.subject_type === "client");
  };
  const allGrants = once(() => listGrants({}));
  const grantsOn = (audience: string) =>
    remembered(grantLists, audience, async () =>
      manyApplications
        ? (await allGrants()).filter((grant) => grant.audience === audience)
        : listGrants({ audience }),
    );
  return {
    async api(identifier) {
      const found = manyApis
        ? (await allApis()).find((api) => api.identifier === identifier)
        : await apiAt(identifier);
      return found && foundApi(found);
    },
    async apiById(id) {
      const found = await apiAt(id);
      return found && foundApi(found);
    },
    client: (clientId) =>
      remembered(clients, clientId, async () =>
        manyApplications
          ? (await allClients()).find(({ client_id }) => client_id === clientId)
          : clientAt(clientId),
      ),
    clients: once<readonly Named[]>(() => (manyApplications ? allClients() : listClients(namedSchema))),
    grantsOn,
    async grant(clientId, audience) {
      // The grants of one application are few, those on one API may be thousands.
      const listed =
        manyApplications || grantLists.has(audience)
          ? await grantsOn(audience)
          : await listGrants({ audience, client_id: clientId });
      return listed.find(({ client_id }) => client_id === clientId);
    },
    async credentials(clientId) {
      const path = `clients/${encodeURIComponent(clientId)}/credentials`;
      return (await client.get(path, z.array(credentialSchema))) ?? [];
    },
  };
}

function foundApi(api: z.infer<typeof resourceServerSchema>): FoundApi {
  return {
    id: api.id,
    name: api.name,
    identifier: api.identifier,
    signingAlgorithm: api.signing_alg,
    tokenDialect: api.token_dialect,
    enforcePolicies: api.enforce_policies,
    tokenLifetime: api.token_lifetime,
    scopes: Object.fromEntries(api.scopes.map(({ value, description }) => [value, description])),
  };
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const promise = known.get(key) ?? read();
  known.set(key, promise);
  return promise;
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined;
  return () => {
    promise ??= read();
    return promise;
  };
}
