/** Decides, from the model, the tenant and the engine's state, what a bootstrap has to do; pure. */
import type { AccessModel, Api, Application, Grant } from "../../../infra/accessModel.ts";
import { type DeclaredGrant, declaredGrants } from "../../../infra/model/declaredGrants.ts";
import { type Change, changesOf } from "../../../infra/model/properties/changes.ts";
import { grantTable } from "../../../infra/model/properties/grant.ts";
import { isAmong } from "../../../infra/model/properties/leaveAlone.ts";
import {
  apiNames,
  applicationNames,
  componentTypes,
  type ResourceKind,
  resourceTypes,
} from "../../../infra/names.ts";
import { type EngineState, type ManagedResource, resourceKey } from "../../pulumi/engineState.ts";
import {
  apiChanges,
  applicationChanges,
  authenticationChanges,
  removedKeys,
  scopeChanges,
} from "./changes.ts";
import type { Discovery, FoundApi, FoundApplication, FoundGrant, FoundKey } from "./discover.ts";
import { findRenames, type Rename, renamedUrns, withUrns } from "./renames.ts";

/**
 * - `create`: neither in the tenant nor under management
 * - `adopt`: in the tenant, to be brought under management with its id
 * - `manage`: under management already
 * - `replace`: under management, but with another identifier, which no API can change
 */
export type Action = "create" | "adopt" | "manage" | "replace";

export interface Step {
  readonly kind: ResourceKind;
  /** Name of the Pulumi resource. */
  readonly resource: string;
  readonly component: { readonly type: string; readonly name: string };
  /** What a reader calls it, e.g. `API Timesheets API`. */
  readonly title: string;
  readonly action: Action;
  /** Physical id, where there is one. */
  readonly id: string | undefined;
  /** For an API that has a secret to sign with, whatever its algorithm. */
  readonly hasSigningSecret?: boolean;
  /** What will change in it. */
  readonly changes: readonly Change[];
}

/** A key of the model that an interrupted run uploaded and never attached: it blocks the next try. */
export interface LeftoverKey {
  readonly clientId: string;
  readonly credentialId: string;
  readonly title: string;
}

export interface Plan {
  /** Objects that the state gives another key before anything else. */
  readonly renames: readonly Rename[];
  readonly steps: readonly Step[];
  /** Under management, but no longer in the model: the engine deletes them. */
  readonly removed: readonly ManagedResource[];
  /** Of those that are deleted or replaced, the ones that the stack protects. */
  readonly protectedOnes: readonly ManagedResource[];
  readonly leftoverKeys: readonly LeftoverKey[];
  /** Keys that leave the application that they belong to. */
  readonly removedKeys: readonly FoundKey[];
  /** State speaks of objects that the tenant no longer has, or has under another id: refresh before anything else. */
  readonly stale: readonly string[];
  /** Key -> client id of the applications that others own. */
  readonly clientIds: Readonly<Record<string, string>>;
  /** Grants that their holders cannot use, one sentence each. */
  readonly unusable: readonly string[];
  /** What nobody but the user can settle; nothing is done while there is any. */
  readonly problems: readonly string[];
}

/** Plans; the order is that of the model, each API and application with its parts. */
export function planBootstrap(model: AccessModel, found: Discovery, before: EngineState): Plan {
  const renames = findRenames(model, found, before);
  const state = withUrns(before, renamedUrns(before, renames));
  const discovery = { ...found, moved: stillMoved(found, state) };
  const stale: string[] = [];
  const place = (part: Omit<Step, "action">, creates = part.id === undefined): Step => {
    const managed = state.resources.get(resourceKey(resourceTypes[part.kind], part.resource));
    if (managed !== undefined && managed === part.id) return { ...part, action: "manage" };
    if (managed !== undefined) stale.push(part.title);
    return { ...part, action: creates ? "create" : "adopt" };
  };
  const declared = Map.groupBy(declaredGrants(model), ({ holder }) => holder?.key);
  const grantSteps = (holder: string | undefined) =>
    (declared.get(holder) ?? []).map((one) => grantStep(one, discovery, place));
  const steps = [
    ...Object.entries(model.apis).flatMap(([key, api]) => apiSteps(key, api, discovery, state, place)),
    ...Object.entries(model.applications).flatMap(([key, application]) => [
      ...applicationSteps(key, application, discovery, place),
      ...grantSteps(key),
    ]),
    ...Object.keys(model.foreignApplications).flatMap(grantSteps),
    ...grantSteps(undefined),
  ];
  const applications = Object.entries(model.applications).flatMap(([key, application]) => {
    const found = discovery.applications[key];
    return found ? [{ key, application, found }] : [];
  });
  const removed = removedFrom(state, steps);
  const replaced = steps.filter(({ action }) => action === "replace").map(keyOfStep);
  return {
    renames,
    steps,
    stale,
    removed,
    protectedOnes: state.managed.filter(
      (resource) =>
        resource.protect &&
        (removed.includes(resource) || replaced.includes(resourceKey(resource.type, resource.name))),
    ),
    leftoverKeys: applications.flatMap(({ application, found }) => leftoverKeys(application, found)),
    removedKeys: applications.flatMap(({ application, found }) => removedKeys(found, application)),
    clientIds: discovery.clientIds ?? {},
    unusable: discovery.unusable ?? [],
    problems: [
      ...(discovery.absent ?? []),
      ...Object.entries(model.apis).flatMap(([key, api]) => apiProblems(key, api, discovery)),
      ...applications.flatMap(({ key, application, found }) => keyProblems(key, application, found)),
    ],
  };
}

type Place = (part: Omit<Step, "action">, creates?: boolean) => Step;

function apiSteps(key: string, api: Api, discovery: Discovery, state: EngineState, place: Place): Step[] {
  const names = apiNames(key);
  const component = { type: componentTypes.protectedApi, name: names.component };
  const moved = discovery.moved[key];
  const found = moved ?? discovery.apis[key];
  const server = {
    kind: "api",
    resource: names.resourceServer,
    component,
    title: `API ${api.name}`,
    id: found?.id,
    ...(found?.hasSigningSecret === true && { hasSigningSecret: true }),
    changes: found ? apiChanges(found, api) : [],
  } as const;
  const scopes = (): Step => {
    const managed = state.resources.has(resourceKey(resourceTypes.scopes, names.scopes));
    // The provider refuses to create scopes where there are some, and to import where there are none.
    const exist = found && (managed || Object.keys(found.scopes).length > 0);
    const part = {
      kind: "scopes",
      resource: names.scopes,
      component,
      title: `scopes of ${api.name}`,
      id: exist ? found.identifier : undefined,
      changes: found ? scopeChanges(found.scopes, api.scopes) : [],
    } as const;
    return moved ? { ...part, action: "replace" } : place(part);
  };
  return [
    moved ? { ...server, action: "replace" } : place(server),
    ...(Object.keys(api.scopes).length === 0 ? [] : [scopes()]),
  ];
}

function applicationSteps(key: string, application: Application, discovery: Discovery, place: Place): Step[] {
  const names = applicationNames(key);
  const component = { type: componentTypes.machineApp, name: names.component };
  const found = discovery.applications[key];
  // Imported, keys would be uploaded beside all those that lie there unused, and these attached with them.
  const firstKeys =
    application.authentication === "private_key_jwt" && found?.authentication !== "private_key_jwt";
  const client = place({
    kind: "application",
    resource: names.client,
    component,
    title: `application ${application.name}`,
    id: found?.clientId,
    changes: found ? applicationChanges(found, application) : [],
  });
  const credentials = place(
    {
      kind: "credentials",
      resource: names.credentials,
      component,
      title: `credentials of ${application.name}`,
      id: found?.clientId,
      changes: found ? authenticationChanges(found, application) : [],
    },
    found === undefined || firstKeys,
  );
  // The program only reads what another tool keeps, and a state that manages it gives it up by that.
  const isReadAlone = application.credentials === "elsewhere" && credentials.action !== "manage";
  return [client, ...(isReadAlone ? [] : [credentials])];
}

function grantStep(
  { grant, api, holder, resource, component, record }: DeclaredGrant,
  { grants }: Discovery,
  place: Place,
): Step {
  const found = grants[record];
  const holderName = holder ? (holder.name ?? holder.key) : "all third parties";
  const apiName =
    "name" in api ? api.name : api.management ? "the Management API" : (api.identifier ?? api.key);
  return place({
    kind: "grant",
    resource,
    component,
    title: `grant of ${holderName} on ${apiName}${grant.subject === "user" ? " for users" : ""}`,
    id: found?.id,
    changes: found ? grantChanges(found, grant) : [],
  });
}

function grantChanges({ scopes, properties = {} }: FoundGrant, grant: Grant): Change[] {
  const settings = changesOf(grantTable, properties, { ...grant }).filter(
    ({ property }) => property !== "scope",
  );
  return grant.allScopes === true || isAmong(grant.leaveAlone ?? [], "scope")
    ? settings
    : [...scopeChanges(undescribed(scopes), undescribed(grant.scopes)), ...settings];
}

/** Scopes of a grant have no descriptions. */
function undescribed(scopes: readonly string[]): Record<string, string> {
  return Object.fromEntries(scopes.map((scope) => [scope, ""]));
}

export function keyOfStep({ kind, resource }: Step): string {
  return resourceKey(resourceTypes[kind], resource);
}

/** An API that only has another key now has not moved. */
function stillMoved({ moved }: Discovery, { resources }: EngineState): Discovery["moved"] {
  const isHeld = ([key, { id }]: [string, FoundApi]) =>
    resources.get(resourceKey(resourceTypes.api, apiNames(key).resourceServer)) === id;
  return Object.fromEntries(Object.entries(moved).filter(isHeld));
}

function removedFrom({ managed }: EngineState, steps: readonly Step[]): ManagedResource[] {
  const wanted = new Set(steps.map(keyOfStep));
  return managed.filter(({ type, name }) => !wanted.has(resourceKey(type, name)));
}

function leftoverKeys({ publicKeys = [] }: Application, found: FoundApplication): LeftoverKey[] {
  return found.keys
    .filter((key) => !key.attached && publicKeys.some(({ keyId }) => keyId === key.keyId))
    .map(({ id, name }) => ({
      clientId: found.clientId,
      credentialId: id,
      title: `unused key ${name} of ${found.name}`,
    }));
}

function apiProblems(key: string, { identifier }: Api, { apis, moved }: Discovery): string[] {
  const [managed, other] = [moved[key], apis[key]];
  if (!managed || !other) return [];
  return [
    `The stack manages API ${key} as ${describeApi(managed)}, but the model's identifier ${identifier} belongs to ${describeApi(other)}. ` +
      "Take the one that is not wanted out of the stack (`pulumi state delete`) or out of the tenant.",
  ];
}

function describeApi({ id, identifier, name }: FoundApi): string {
  return `${name ?? identifier} (${id})`;
}

/** Neither name nor expiry of a key can be brought in line by the provider: the difference would never go away. */
function keyProblems(key: string, { publicKeys = [], authentication }: Application, found: FoundApplication) {
  if (authentication !== "private_key_jwt") return [];
  return found.keys.flatMap((there: FoundKey) => {
    const wanted = publicKeys.find(({ keyId }) => keyId === there.keyId);
    if (!there.attached || !wanted) return [];
    const file = `The key ${there.keyId} of ${key}, ${wanted.file} in the model,`;
    return [
      ...(wanted.name === there.name
        ? []
        : [
            `${file} is called ${JSON.stringify(there.name)} in the tenant. Name its file ${there.name}.pem.`,
          ]),
      ...(there.expiresAt === undefined
        ? []
        : [`${file} expires on ${there.expiresAt} in the tenant. Give the model a new key pair.`]),
    ];
  });
}
