/** The declared resources that findings are filed under, with the names Pulumi keeps them by. */
import type { AccessModel, Api, Application } from "../../infra/accessModel.ts";
import { apiNames, applicationNames, componentTypes, resourceTypes } from "../../infra/names.ts";
import { stackBaseName } from "../../infra/stackSettings.ts";
import type { Ids } from "../session/ids.ts";
import type { Stack } from "../session/stack.ts";
import type { Resource, TenantObject } from "./finding.ts";
import { apiPath, applicationPath, grantPath } from "./paths.ts";

const withId = (id: string | undefined) => (id === undefined ? {} : { id });

export function apiResource(api: Api, id: string | undefined): Resource {
  return {
    path: apiPath(api.key),
    name: api.name,
    pulumi: { type: resourceTypes.api, name: apiNames(api.key).resourceServer },
    object: { type: "resource_server", audience: api.identifier, ...withId(id) },
  };
}

/** The API again, for differences that its scopes resource would fix. */
export function scopesResource(api: Api, id: string | undefined): Resource {
  return {
    ...apiResource(api, id),
    pulumi: { type: resourceTypes.scopes, name: apiNames(api.key).scopes },
  };
}

export function applicationResource(application: Application, id: string | undefined): Resource {
  return {
    path: applicationPath(application.key),
    name: application.name,
    pulumi: { type: resourceTypes.application, name: applicationNames(application.key).client },
    object: { type: "client", ...withId(id) },
  };
}

/** The application again, for differences in how it authenticates. */
export function credentialsResource(
  application: Application,
  clientId: string | undefined,
  credentialId?: string,
): Resource {
  const object: TenantObject =
    credentialId === undefined
      ? { type: "client", ...withId(clientId) }
      : { type: "credential", id: credentialId, ...(clientId === undefined ? {} : { clientId }) };
  return {
    ...applicationResource(application, clientId),
    pulumi: { type: resourceTypes.credentials, name: applicationNames(application.key).credentials },
    object,
  };
}

export function grantResource(
  application: Application,
  api: Api,
  id: string | undefined,
  clientId: string | undefined,
): Resource {
  return {
    path: grantPath(application.key, api.key),
    name: `${application.name} on ${api.name}`,
    pulumi: { type: resourceTypes.grant, name: applicationNames(application.key).grant(api.key) },
    object: {
      type: "client_grant",
      audience: api.identifier,
      ...withId(id),
      ...(clientId === undefined ? {} : { clientId }),
    },
  };
}

/** Whether anything was ever recorded, which bootstrap does at the end. */
export function isSetUp(ids: Ids): boolean {
  return [ids.apis, ids.applications, ids.grants].some((part) => Object.keys(part).length > 0);
}

/** The recorded id of an application's grant on an API. */
export function recordedGrant(ids: Ids, application: string, api: string): string | undefined {
  return ids.grants[`${application}/${api}`];
}

/** The declared API with an identifier. */
export function apiWith(model: AccessModel, identifier: string): Api | undefined {
  return Object.values(model.apis).find((api) => api.identifier === identifier);
}

/** The URN that Pulumi gives a resource of the program. */
export function urnOf(
  { name: stack, project }: Pick<Stack, "name" | "project">,
  { type, name }: Resource["pulumi"],
): string {
  const parent =
    type === resourceTypes.api || type === resourceTypes.scopes
      ? componentTypes.protectedApi
      : componentTypes.machineApp;
  return `urn:pulumi:${stackBaseName(stack)}::${project}::${parent}$${type}::${name}`;
}
