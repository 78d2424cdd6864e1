/** Which objects of the state only have another key in the model now, and the state once they carry it; pure. */
import type { AccessModel } from "../../../infra/accessModel.ts";
import { grantSubjects } from "../../../infra/model/properties/grant.ts";
import {
  apiNames,
  applicationNames,
  componentTypes,
  presentType,
  type ResourceKind,
  resourceTypes,
} from "../../../infra/names.ts";
import { type EngineState, type ManagedResource, resourceKey } from "../../pulumi/engineState.ts";
import type { Discovery } from "./discover.ts";

/** One object that the state holds under a key which is not the model's any more. */
export interface Rename {
  readonly section: "apis" | "applications";
  readonly from: string;
  readonly to: string;
  /** Physical id. */
  readonly id: string;
}

/** Recognises the objects by their ids: a key of the model whose object the state holds under another key. */
export function findRenames(
  { apis, applications }: Pick<AccessModel, "apis" | "applications">,
  discovery: Discovery,
  state: EngineState,
): Rename[] {
  return [
    ...renamesOf("apis", ownersOf(state, "api"), apis, (key) => [
      discovery.apis[key]?.id,
      discovery.moved[key]?.id,
    ]),
    ...renamesOf("applications", ownersOf(state, "application"), applications, (key) => [
      discovery.applications[key]?.clientId,
    ]),
  ];
}

/** Physical id -> the key that the state holds it under. */
function ownersOf({ managed }: EngineState, kind: ResourceKind): ReadonlyMap<string, string> {
  return new Map(
    managed.filter(({ type }) => type === resourceTypes[kind]).map(({ id, name }) => [id, name]),
  );
}

function renamesOf(
  section: Rename["section"],
  owners: ReadonlyMap<string, string>,
  entries: Readonly<Record<string, unknown>>,
  idsOf: (key: string) => readonly (string | undefined)[],
): Rename[] {
  let renames = Object.keys(entries).flatMap((to): Rename[] => {
    const id = idsOf(to).find((one) => one !== undefined && owners.has(one));
    const from = id === undefined ? undefined : owners.get(id);
    return id === undefined || from === undefined || from === to ? [] : [{ section, from, to, id }];
  });
  // A key that the state keeps for another object is not free. Giving one rename up may keep a key of another taken.
  for (let before = -1; before !== renames.length; ) {
    before = renames.length;
    const leaving = new Set(renames.map(({ from }) => from));
    const held = new Set([...owners.values()].filter((key) => !leaving.has(key)));
    renames = renames.filter(({ to }) => !held.has(to));
  }
  return renames;
}

/** URN as it is -> URN under the new key, of every component and resource that carries a renamed key. */
export function renamedUrns(state: EngineState, renames: readonly Rename[]): ReadonlyMap<string, string> {
  const keysOf = (section: Rename["section"]) =>
    new Map(renames.filter((rename) => rename.section === section).map(({ from, to }) => [from, to]));
  const [apis, applications] = [keysOf("apis"), keysOf("applications")];
  const urns = new Map<string, string>();
  const rename = (urn: string, name: string, renamed: string) => {
    if (name !== renamed) urns.set(urn, urn.slice(0, -name.length) + renamed);
  };
  for (const [type, keys] of [
    [componentTypes.protectedApi, apis],
    [componentTypes.machineApp, applications],
  ] as const) {
    for (const [from, to] of keys) {
      const urn = state.urns.get(resourceKey(type, from));
      if (urn !== undefined) rename(urn, from, to);
    }
  }
  for (const resource of state.managed) {
    rename(resource.urn, resource.name, renamedResource(resource, apis, applications));
  }
  return urns;
}

type Keys = ReadonlyMap<string, string>;

function renamedResource({ type, name, parent }: ManagedResource, apis: Keys, applications: Keys): string {
  for (const [from, to] of apis) {
    const [before, after] = [apiNames(from), apiNames(to)];
    if (type === resourceTypes.api && name === before.resourceServer) return after.resourceServer;
    if (type === resourceTypes.scopes && name === before.scopes) return after.scopes;
    if (type === resourceTypes.grant) {
      const subject = grantSubjects.find((one) => name === before.thirdPartyGrant(one));
      if (subject !== undefined) return after.thirdPartyGrant(subject);
    }
  }
  for (const [from, to] of applications) {
    const [before, after] = [applicationNames(from), applicationNames(to)];
    if (type === resourceTypes.application && name === before.client) return after.client;
    if (type === resourceTypes.credentials && name === before.credentials) return after.credentials;
  }
  if (type !== resourceTypes.grant || parent === undefined) return name;
  // The name alone does not say where the application's key ends and the API's begins.
  const application = parent.slice(parent.lastIndexOf("::") + 2);
  const start = applicationNames(application).grant("");
  if (!name.startsWith(start)) return name;
  const api = name.slice(start.length);
  const forUsers = apis.has(api) ? undefined : /^(.+)-user$/.exec(api)?.[1];
  const present = applicationNames(applications.get(application) ?? application);
  return forUsers !== undefined && apis.has(forUsers)
    ? present.grant(apis.get(forUsers) ?? forUsers, "user")
    : present.grant(apis.get(api) ?? api);
}

/** The state as it will be once these URNs are changed. */
export function withUrns(state: EngineState, urns: ReadonlyMap<string, string>): EngineState {
  if (urns.size === 0) return state;
  const present = (urn: string) => urns.get(urn) ?? urn;
  const ids = new Map([...state.urns].map(([key, urn]) => [urn, state.resources.get(key) ?? ""]));
  const keyed = [...state.urns.values()].map((urn) => {
    const [type, name] = typeAndName(present(urn));
    return { key: resourceKey(presentType(type), name), urn: present(urn), id: ids.get(urn) ?? "" };
  });
  return {
    ...state,
    resources: new Map(keyed.map(({ key, id }) => [key, id])),
    urns: new Map(keyed.map(({ key, urn }) => [key, urn])),
    managed: state.managed.map((resource) => {
      const urn = present(resource.urn);
      const parent = resource.parent === undefined ? {} : { parent: present(resource.parent) };
      return { ...resource, urn, name: typeAndName(urn)[1], ...parent };
    }),
    grantsWithoutScopes: state.grantsWithoutScopes.map(present),
  };
}

/** Of `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`. */
function typeAndName(urn: string): [type: string, name: string] {
  const name = urn.slice(urn.lastIndexOf("::") + 2);
  const types =
    urn
      .slice(0, -name.length - 2)
      .split("::")
      .at(-1) ?? "";
  return [types.slice(types.lastIndexOf("$") + 1), name];
}
