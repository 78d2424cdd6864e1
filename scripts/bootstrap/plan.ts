/** Decides, from the model, the tenant and the engine's state, what a bootstrap has to do; pure. */
import type { AccessModel } from "../../infra/accessModel.ts";
import { apiNames, applicationNames, componentTypes } from "../../infra/names.ts";
import type { Discovery } from "./discover.ts";
import { type EngineState, resourceKey } from "./engineState.ts";

export const resourceTypes = {
  api: "auth0:index/resourceServer:ResourceServer",
  scopes: "auth0:index/resourceServerScopes:ResourceServerScopes",
  application: "auth0:index/client:Client",
  credentials: "auth0:index/clientCredentials:ClientCredentials",
  grant: "auth0:index/clientGrant:ClientGrant",
} as const;

export type ResourceKind = keyof typeof resourceTypes;

/**
 * - `create`: neither in the tenant nor under management
 * - `adopt`: in the tenant, to be brought under management with its id
 * - `manage`: under management already
 */
export type Action = "create" | "adopt" | "manage";

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
  /** What `up` will change in it, in words. */
  readonly changes: readonly string[];
}

export interface Plan {
  readonly steps: readonly Step[];
  /** State speaks of objects that the tenant no longer has, or has under another id: refresh before anything else. */
  readonly stale: readonly string[];
}

/** Plans; the order is that of the model, each API and application with its parts. */
export function planBootstrap(model: AccessModel, discovery: Discovery, state: EngineState): Plan {
  const stale: string[] = [];
  const step = (part: Omit<Step, "action">): Step => {
    const managed = state.resources.get(resourceKey(resourceTypes[part.kind], part.resource));
    if (managed === undefined) return { ...part, action: part.id === undefined ? "create" : "adopt" };
    if (managed === part.id) return { ...part, action: "manage" };
    stale.push(part.title);
    return { ...part, action: part.id === undefined ? "create" : "adopt" };
  };
  const isManaged = (kind: ResourceKind, resource: string) =>
    state.resources.has(resourceKey(resourceTypes[kind], resource));
  const steps = [
    ...Object.entries(model.apis).flatMap(([key, api]) => {
      const found = discovery.apis[key];
      const names = apiNames(key);
      const component = { type: componentTypes.protectedApi, name: names.component };
      const scopesOf = (resource: string) => {
        // The provider refuses to create scopes where there are some, and to import where there are none.
        const exist = found && (found.scopes.length > 0 || isManaged("scopes", resource));
        return step({
          kind: "scopes",
          resource,
          component,
          title: `scopes of ${api.name}`,
          id: exist ? found.identifier : undefined,
          changes: found ? scopeChanges(found.scopes, Object.keys(api.scopes)) : [],
        });
      };
      return [
        step({
          kind: "api",
          resource: names.resourceServer,
          component,
          title: `API ${api.name}`,
          id: found?.id,
          changes: found
            ? [
                ...(found.name === api.name ? [] : [`renamed from ${found.name ?? "no name"}`]),
                ...(found.signingAlgorithm === api.signingAlgorithm
                  ? []
                  : [`signing algorithm ${found.signingAlgorithm} to ${api.signingAlgorithm}`]),
              ]
            : [],
        }),
        ...(Object.keys(api.scopes).length === 0 ? [] : [scopesOf(names.scopes)]),
      ];
    }),
    ...Object.entries(model.applications).flatMap(([key, application]) => {
      const found = discovery.applications[key];
      const names = applicationNames(key);
      const component = { type: componentTypes.machineApp, name: names.component };
      return [
        step({
          kind: "application",
          resource: names.client,
          component,
          title: `application ${application.name}`,
          id: found?.clientId,
          changes: found && found.name !== application.name ? [`renamed from ${found.name}`] : [],
        }),
        step({
          kind: "credentials",
          resource: names.credentials,
          component,
          title: `credentials of ${application.name}`,
          id: found?.clientId,
          changes: [],
        }),
        ...Object.entries(application.grants).map(([api, scopes]) => {
          const grant = discovery.grants[`${key}/${api}`];
          return step({
            kind: "grant",
            resource: names.grant(api),
            component,
            title: `grant of ${application.name} on ${model.apis[api]?.name ?? api}`,
            id: grant?.id,
            changes: grant ? scopeChanges(grant.scopes, scopes) : [],
          });
        }),
      ];
    }),
  ];
  return { steps, stale };
}

function scopeChanges(actual: readonly string[], wanted: readonly string[]): string[] {
  const added = wanted.filter((scope) => !actual.includes(scope));
  const removed = actual.filter((scope) => !wanted.includes(scope));
  return [
    ...(added.length > 0 ? [`scopes added: ${added.join(", ")}`] : []),
    ...(removed.length > 0 ? [`scopes removed: ${removed.join(", ")}`] : []),
  ];
}
