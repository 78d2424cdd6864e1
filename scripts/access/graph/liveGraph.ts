/** The same graph as the tenant has it, each part marked by whether the model names it. */
import type { AccessModel } from "../../../infra/accessModel.ts";
import type { Report } from "../../../lib/report.ts";
import type { Ids } from "../../session/ids.ts";
import type { ManagementClient } from "../../tenant/managementClient.ts";
import { isMachineGrant, type WireApi, type WireGrant } from "../../tenant/objects.ts";
import { describeUnclear, findOurs } from "../../tenant/ours.ts";
import { createReader } from "../../tenant/reader.ts";
import type { AccessGraph, ApiNode, ApplicationNode, GrantEdge } from "./accessGraph.ts";

export type LiveApi = Pick<WireApi, "identifier" | "name" | "is_system" | "scopes">;
export type LiveGrant = Pick<
  WireGrant,
  "client_id" | "audience" | "scope" | "allow_all_scopes" | "subject_type"
>;

export interface LiveAccess {
  readonly apis: readonly LiveApi[];
  readonly grants: readonly LiveGrant[];
  /** Client id -> name, of every application that holds a grant. */
  readonly names: ReadonlyMap<string, string>;
  /** Application key -> client id of the one that is the model's. */
  readonly clientIds: Readonly<Record<string, string>>;
}

/** Reads APIs, grants, the applications that hold one, and which of them are the model's. */
export async function readLiveAccess(
  model: Pick<AccessModel, "apis" | "applications">,
  ids: Pick<Ids, "applications">,
  client: ManagementClient,
  report: Report,
): Promise<LiveAccess> {
  const reader = createReader(client);
  const [apis, grants] = await Promise.all([reader.everyApi(), reader.everyGrant()]);
  const [ours, holders] = await Promise.all([
    findOurs(model, reader, { records: [ids.applications] }),
    reader.applications(grants.flatMap(({ client_id }) => client_id ?? [])),
  ]);
  for (const part of ours.unclear) {
    const message = `${describeUnclear(part)} Drawn as not in the model.`;
    report({ level: "warning", code: "application_unclear", message, data: { ...part } });
  }
  return {
    apis,
    grants,
    names: new Map([...holders].map(([id, { name }]) => [id, name])),
    clientIds: Object.fromEntries(
      Object.entries(ours.applications).map(([key, { client_id }]) => [key, client_id]),
    ),
  };
}

/** Lays the model beside what was read. System APIs are shown only where somebody may call them. */
export function liveGraph(model: Pick<AccessModel, "apis" | "applications">, live: LiveAccess): AccessGraph {
  const declared = new Map(Object.values(model.apis).map((api) => [api.identifier, api]));
  const keys = new Map(Object.entries(live.clientIds).map(([key, id]) => [id, key]));
  const granted = new Set(live.grants.map(({ audience }) => audience));
  const applications = [...new Set(live.grants.map(holderOf))].map((id): ApplicationNode => {
    return { id, name: live.names.get(id) || id, inModel: keys.has(id) };
  });
  const apis = live.apis
    .filter(({ is_system, identifier }) => !is_system || granted.has(identifier))
    .map(({ identifier, name, scopes }): ApiNode => {
      const values = (scopes ?? []).map(({ value }) => value).sort();
      return { identifier, name: name ?? identifier, scopes: values, inModel: declared.has(identifier) };
    });
  const known = new Set(apis.map(({ identifier }) => identifier));
  const grants = live.grants
    .filter(({ audience }) => known.has(audience))
    .flatMap((grant) => {
      const key = isMachineGrant(grant) ? keys.get(holderOf(grant)) : undefined;
      const api = declared.get(grant.audience)?.key;
      const named =
        key === undefined || api === undefined
          ? undefined
          : model.applications[key]?.grants[api]?.[0]?.scopes;
      return edgesOf(grant, named);
    });
  return { apis, applications, grants };
}

const everyThirdParty = "every third-party application";

function holderOf({ client_id }: LiveGrant): string {
  return client_id ?? everyThirdParty;
}

/** A grant with more than the model gives becomes two edges: what is named, and what is not. */
function edgesOf(grant: LiveGrant, named: readonly string[] | undefined): GrantEdge[] {
  const scopes = grant.allow_all_scopes ? ["all scopes"] : (grant.scope ?? []);
  const forUsers = isMachineGrant(grant) ? {} : { forUsers: true as const };
  const ends = { application: holderOf(grant), api: grant.audience, ...forUsers };
  if (named === undefined) return [{ ...ends, scopes: [...scopes].sort(), inModel: false }];
  const within = scopes.filter((scope) => named.includes(scope)).sort();
  const beyond = scopes.filter((scope) => !named.includes(scope)).sort();
  return [
    { ...ends, scopes: within, inModel: true },
    ...(beyond.length > 0 ? [{ ...ends, scopes: beyond, inModel: false }] : []),
  ];
}
