/** The declared resources that findings are filed under, with the names Pulumi keeps them by. */
import type { Api, Application, ForeignApplication } from "../../infra/accessModel.ts";
import type { DeclaredGrant } from "../../infra/model/declaredGrants.ts";
import { apiNames, applicationNames, componentTypes, resourceTypes } from "../../infra/names.ts";
import { stackBaseName } from "../../infra/stackSettings.ts";
import type { Ids } from "../session/ids.ts";
import type { Stack } from "../session/stack.ts";
import type { WireGrant } from "../tenant/objects.ts";
import type { Comparison } from "./comparison.ts";
import type { Resource, TenantObject } from "./finding.ts";
import { apiPath, applicationPath, extraGrantPath } from "./paths.ts";
import type { TenantView } from "./tenantView.ts";

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

/** An application that others own: none of Pulumi's resources is it. */
export function foreignResource(
  { key, name }: Pick<ForeignApplication, "key" | "name">,
  id: string | undefined,
): Resource {
  return {
    path: applicationPath(key),
    name: name ?? key,
    pulumi: { type: resourceTypes.application, name: applicationNames(key).client },
    object: { type: "client", ...withId(id) },
  };
}

export function grantResource(
  { view }: Pick<Comparison, "view">,
  declared: DeclaredGrant,
  id: string | undefined,
): Resource {
  const { grant, api, holder, resource, component } = declared;
  const clientId = holder && clientIdOf(view, holder.key);
  const forUsers = grant.subject === "user";
  return {
    path: holder
      ? extraGrantPath(holder.key, api.key, forUsers)
      : apiPath(api.key, forUsers ? "thirdPartyGrants.user" : "thirdPartyGrants"),
    name: `${holder ? (holder.name ?? holder.key) : "Third parties"} on ${apiNameOf({ view }, declared)}${forUsers ? " for users" : ""}`,
    pulumi: { type: resourceTypes.grant, name: resource, component: component.type },
    object: {
      type: "client_grant",
      ...(api.identifier !== undefined && { audience: api.identifier }),
      ...withId(id),
      ...(clientId === undefined ? {} : { clientId }),
    },
  };
}

/** What a reader calls the API of a grant. */
export function apiNameOf({ view }: Pick<Comparison, "view">, { api }: DeclaredGrant): string {
  return "name" in api ? api.name : (view.foreignApis[api.key]?.name ?? api.identifier ?? api.key);
}

/** A grant that the model does not declare. */
export function grantObject({ id, audience, client_id }: WireGrant): TenantObject {
  return { type: "client_grant", id, audience, ...(client_id ? { clientId: client_id } : {}) };
}

/** Of an application of the model, ours or others'. */
export function clientIdOf(
  { applications, foreignApplications }: Pick<TenantView, "applications" | "foreignApplications">,
  key: string,
): string | undefined {
  return (applications[key] ?? foreignApplications[key])?.client_id;
}

/** Whether anything was ever recorded, which bootstrap does at the end. */
export function isSetUp(ids: Ids): boolean {
  return [ids.apis, ids.applications, ids.grants].some((part) => Object.keys(part).length > 0);
}

/** The URN that Pulumi gives a resource of the program. */
export function urnOf(
  { name: stack, project }: Pick<Stack, "name" | "project">,
  { type, name, component }: Resource["pulumi"],
): string {
  const parent =
    component ??
    (type === resourceTypes.api || type === resourceTypes.scopes
      ? componentTypes.protectedApi
      : componentTypes.machineApp);
  return `urn:pulumi:${stackBaseName(stack)}::${project}::${parent}$${type}::${name}`;
}
