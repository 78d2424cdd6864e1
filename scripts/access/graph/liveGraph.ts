/** The same graph as the tenant has it, each part marked by whether the model names it. */
import type { Grant } from "../../../infra/accessModel.ts";
import { declaredGrants, type GrantParts } from "../../../infra/model/declaredGrants.ts";
import type { Report } from "../../../lib/report.ts";
import type { Ids } from "../../session/ids.ts";
import type { ManagementClient } from "../../tenant/managementClient.ts";
import { isMachineGrant, type WireApi, type WireGrant } from "../../tenant/objects.ts";
import { describeUnclear, findOurs } from "../../tenant/ours.ts";
import { createReader } from "../../tenant/reader.ts";
import {
  type AccessGraph,
  type ApiNode,
  type ApplicationNode,
  allScopes,
  everyThirdParty,
  type GrantEdge,
} from "./accessGraph.ts";

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
  model: GrantParts,
  ids: Pick<Ids, "applications" | "names">,
  client: ManagementClient,
  report: Report,
): Promise<LiveAccess> {
  const reader = createReader(client);
  const [apis, grants] = await Promise.all([reader.everyApi(), reader.everyGrant()]);
  const [ours, holders] = await Promise.all([
    findOurs(model, reader, { records: [ids.applications], names: ids.names?.applications ?? {} }),
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
      Object.entries({ ...ours.applications, ...ours.foreignApplications }).map(([key, { client_id }]) => [
        key,
        client_id,
      ]),
    ),
  };
}

/** Lays the model beside what was read. System APIs are shown only where somebody may call them. */
export function liveGraph(model: GrantParts, live: LiveAccess): AccessGraph {
  const declared = new Map(
    [...Object.values(model.apis), ...Object.values(model.foreignApis)].map((api) => [api.identifier, api]),
  );
  const keys = new Map(Object.entries(live.clientIds).map(([key, id]) => [id, key]));
  const granted = new Set(live.grants.map(({ audience }) => audience));
  const wanted = new Map(
    declaredGrants(model).map((one) => {
      const holder = one.holder ? live.clientIds[one.holder.key] : everyThirdParty;
      return [edgeKey(holder ?? "", one.api.identifier ?? "", one.grant.subject), one.grant];
    }),
  );
  const applications = [...new Set(live.grants.map(holderOf))].map((id): ApplicationNode => {
    const key = keys.get(id);
    const isForeign = key !== undefined && Object.hasOwn(model.foreignApplications, key);
    const inModel = key !== undefined || (id === everyThirdParty && hasDefaults(model));
    return { id, name: live.names.get(id) || id, inModel, ...(isForeign && { owner: "elsewhere" }) };
  });
  const apis = live.apis
    .filter(({ is_system, identifier }) => !is_system || granted.has(identifier))
    .map(({ identifier, name, scopes }): ApiNode => {
      const values = (scopes ?? []).map(({ value }) => value).sort();
      const api = declared.get(identifier);
      const isForeign = api !== undefined && "management" in api;
      const node = { identifier, name: name ?? identifier, scopes: values, inModel: api !== undefined };
      return { ...node, ...(isForeign && { owner: "elsewhere" }) };
    });
  const known = new Set(apis.map(({ identifier }) => identifier));
  const grants = live.grants
    .filter(({ audience }) => known.has(audience))
    .flatMap((grant) =>
      edgesOf(grant, wanted.get(edgeKey(holderOf(grant), grant.audience, grant.subject_type ?? "client"))),
    );
  return { apis, applications, grants };
}

function hasDefaults({ apis }: GrantParts): boolean {
  return Object.values(apis).some(({ thirdPartyGrants }) => thirdPartyGrants);
}

function edgeKey(holder: string, audience: string, subject: string): string {
  return JSON.stringify([holder, audience, subject]);
}

function holderOf({ client_id }: LiveGrant): string {
  return client_id ?? everyThirdParty;
}

/** A grant with more than the model gives becomes two edges: what is named, and what is not. */
function edgesOf(grant: LiveGrant, wanted: Grant | undefined): GrantEdge[] {
  const scopes = grant.allow_all_scopes ? [allScopes] : (grant.scope ?? []);
  const forUsers = isMachineGrant(grant) ? {} : { forUsers: true as const };
  const ends = { application: holderOf(grant), api: grant.audience, ...forUsers };
  if (wanted === undefined) return [{ ...ends, scopes: [...scopes].sort(), inModel: false }];
  const isNamed = (scope: string) => wanted.allScopes === true || wanted.scopes.includes(scope);
  const within = scopes.filter(isNamed).sort();
  const beyond = scopes.filter((scope) => !isNamed(scope)).sort();
  return [
    { ...ends, scopes: within, inModel: true },
    ...(beyond.length > 0 ? [{ ...ends, scopes: beyond, inModel: false }] : []),
  ];
}
