/** Which resources of a state leave it together when an API or application is released; pure. */
import { applicationNames, componentTypes, resourceTypes } from "../../infra/names.ts";
import { type EngineState, type ManagedResource, resourceKey } from "./engineState.ts";

/** An API or application, by its key. */
export interface Entry {
  readonly section: "apis" | "applications";
  readonly key: string;
}

/** The APIs and applications that the state holds. */
export function entriesOf({ managed }: EngineState): (Entry & { readonly resource: ManagedResource })[] {
  return managed.flatMap((resource) => {
    if (resource.type === resourceTypes.api)
      return { section: "apis" as const, key: resource.name, resource };
    if (resource.type === resourceTypes.application)
      return { section: "applications" as const, key: resource.name, resource };
    return [];
  });
}

/** The grants of applications that others own: all of such an application that the state holds. */
export function grantsOfOthers({ managed, urns }: EngineState): ManagedResource[] {
  const ofOthers = `${componentTypes.foreignApp}::`;
  const components = new Set([...urns].flatMap(([key, urn]) => (key.startsWith(ofOthers) ? urn : [])));
  return managed.filter(({ parent }) => parent !== undefined && components.has(parent));
}

/** The object and its parts: scopes or credentials, and an application's grants. */
export function partsOf({ managed, urns }: EngineState, { section, key }: Entry): ManagedResource[] {
  const component = componentUrn(urns, section, key);
  return managed.filter(({ parent }) => parent !== undefined && parent === component);
}

/** Every application's grant on an API. */
export function grantsOn({ managed }: EngineState, api: string): ManagedResource[] {
  return managed.filter(({ type, name, parent }) => {
    if (type !== resourceTypes.grant || parent === undefined) return false;
    const names = applicationNames(parent.slice(parent.lastIndexOf("::") + 2));
    return name === names.grant(api) || name === names.grant(api, "user");
  });
}

/** The URNs of what leaves the state: these resources, and the component of the entry. */
export function urnsOf(
  { urns }: EngineState,
  { section, key }: Entry,
  resources: readonly ManagedResource[],
): Set<string> {
  const component = componentUrn(urns, section, key);
  return new Set([...resources.map(({ urn }) => urn), ...(component === undefined ? [] : [component])]);
}

function componentUrn(urns: EngineState["urns"], section: Entry["section"], key: string): string | undefined {
  const types =
    section === "apis"
      ? [componentTypes.protectedApi]
      : [componentTypes.machineApp, componentTypes.foreignApp];
  return types.map((type) => urns.get(resourceKey(type, key))).find((urn) => urn !== undefined);
}
