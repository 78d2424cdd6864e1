/** The same graph as the tenant has it, each part told apart by whether the model names it. */
import type { z } from "zod";
import type { AccessModel } from "../../../infra/accessModel.ts";
import type { Ids } from "../../session/ids.ts";
import type { ManagementClient } from "../../tenant/managementClient.ts";
import {
  clientGrantSchema,
  clientSchema,
  fieldsOf,
  resourceServerSchema,
} from "../../tenant/managementObjects.ts";
import type { AccessGraph, ApiNode, ApplicationNode, GrantEdge } from "./accessGraph.ts";

const apiSchema = resourceServerSchema.pick({ identifier: true, name: true, is_system: true, scopes: true });
const grantSchema = clientGrantSchema.pick({
  client_id: true,
  audience: true,
  scope: true,
  allow_all_scopes: true,
});
const namedSchema = clientSchema.pick({ client_id: true, name: true });

export type LiveApi = z.output<typeof apiSchema>;
export type LiveGrant = z.output<typeof grantSchema>;

export interface LiveAccess {
  readonly apis: readonly LiveApi[];
  readonly grants: readonly LiveGrant[];
  /** Client id -> name, of every application that holds a grant. */
  readonly names: ReadonlyMap<string, string>;
}

/** Up to this many names are asked for one by one; beyond, a list a hundred at a time is cheaper. */
const singleLookups = 10;

/** Reads APIs, grants, and the names of the applications that hold one. */
export async function readLiveAccess(
  management: Pick<ManagementClient, "get" | "list">,
): Promise<LiveAccess> {
  const [apis, grants] = await Promise.all([
    management.list("resource-servers", "resource_servers", apiSchema),
    management.list("client-grants", "client_grants", grantSchema),
  ]);
  const ids = [...new Set(grants.flatMap(({ client_id }) => client_id ?? []))];
  const fields = fieldsOf(namedSchema);
  const clients =
    ids.length <= singleLookups
      ? await Promise.all(
          ids.map((id) => management.get(`clients/${encodeURIComponent(id)}`, namedSchema, fields)),
        )
      : await management.list("clients", "clients", namedSchema, fields);
  const names = clients.flatMap((client) => (client ? [[client.client_id, client.name] as const] : []));
  return { apis, grants, names: new Map(names) };
}

/** Lays the model beside what was read. System APIs are shown only where somebody may call them. */
export function liveGraph(
  model: Pick<AccessModel, "apis" | "applications">,
  ids: Pick<Ids, "applications">,
  live: LiveAccess,
): AccessGraph {
  const declared = new Map(Object.values(model.apis).map((api) => [api.identifier, api]));
  const keys = applicationKeys(model, ids, live);
  const granted = new Set(live.grants.map(({ audience }) => audience));
  const applications = [...new Set(live.grants.map(holderOf))].map((id): ApplicationNode => {
    return { id, name: live.names.get(id) || id, inModel: keys.has(id) };
  });
  const apis = live.apis
    .filter(({ is_system, identifier }) => !is_system || granted.has(identifier))
    .map(({ identifier, name, scopes }): ApiNode => {
      const values = scopes.map(({ value }) => value).sort();
      return { identifier, name: name ?? identifier, scopes: values, inModel: declared.has(identifier) };
    });
  const known = new Set(apis.map(({ identifier }) => identifier));
  const grants = live.grants
    .filter(({ audience }) => known.has(audience))
    .flatMap((grant) => {
      const key = keys.get(holderOf(grant));
      const api = declared.get(grant.audience)?.key;
      const named = key === undefined || api === undefined ? undefined : model.applications[key]?.grants[api];
      return edgesOf(grant, named);
    });
  return { apis, applications, grants };
}

const everyThirdParty = "every third-party application";

function holderOf({ client_id }: LiveGrant): string {
  return client_id ?? everyThirdParty;
}

/** Client id -> key: by the recorded id, else by a name that only one application bears. */
function applicationKeys(
  model: Pick<AccessModel, "applications">,
  ids: Pick<Ids, "applications">,
  { names }: LiveAccess,
): Map<string, string> {
  const keys = new Map<string, string>();
  for (const { key, name } of Object.values(model.applications)) {
    const recorded = ids.applications[key];
    const bearers = [...names].filter(([, other]) => other === name).map(([id]) => id);
    const id = recorded ?? (bearers.length === 1 ? bearers[0] : undefined);
    if (id !== undefined) keys.set(id, key);
  }
  return keys;
}

/** A grant with more than the model gives becomes two edges: what is named, and what is not. */
function edgesOf(grant: LiveGrant, named: readonly string[] | undefined): GrantEdge[] {
  const scopes = grant.allow_all_scopes ? ["all scopes"] : grant.scope;
  const ends = { application: holderOf(grant), api: grant.audience };
  if (named === undefined) return [{ ...ends, scopes: [...scopes].sort(), inModel: false }];
  const within = scopes.filter((scope) => named.includes(scope)).sort();
  const beyond = scopes.filter((scope) => !named.includes(scope)).sort();
  return [
    { ...ends, scopes: within, inModel: true },
    ...(beyond.length > 0 ? [{ ...ends, scopes: beyond, inModel: false }] : []),
  ];
}
