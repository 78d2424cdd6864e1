/** The path of a difference, as reports print it and `infra/drift-ignore.yaml` names it. */
import type { AccessModel } from "../../infra/accessModel.ts";
import type { WireGrant } from "../tenant/objects.ts";

/** `scopes["read:all"]`, or `scopes.read` where the key is a plain word. */
export function element(list: string, key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) ? `${list}.${key}` : `${list}[${JSON.stringify(key)}]`;
}

/** @param property Empty for the resource itself. */
export function joinPath(resource: string, property: string): string {
  return property === "" || property.startsWith("[") ? `${resource}${property}` : `${resource}.${property}`;
}

export function apiPath(api: string, property = ""): string {
  return joinPath(element("apis", api), property);
}

export function applicationPath(application: string, property = ""): string {
  return joinPath(element("applications", application), property);
}

/** Of a grant that the model declares. */
export function grantPath(application: string, api: string, property = ""): string {
  return joinPath(applicationPath(application, element("grants", api)), property);
}

/** How a path names a grant that the model does not declare, by the key of its API or else the API's identifier. */
export function extraGrantKey(
  { apis, foreignApis }: Pick<AccessModel, "apis" | "foreignApis">,
  audience: string,
  forUsers: boolean,
): string {
  const all = [...Object.values(apis), ...Object.values(foreignApis)];
  const key = all.find(({ identifier }) => identifier === audience)?.key;
  return (key ?? audience) + (forUsers ? " (user)" : "");
}

/** Of a grant that the model does not declare. @param api Its key, or the identifier of one that the model lacks. */
export function extraGrantPath(application: string, api: string, forUsers = false): string {
  return grantPath(application, api + (forUsers ? " (user)" : ""));
}

/** Of the grant of an application, or a group of them, that the model does not know. */
export function authorizedPath(
  api: string,
  grant: Pick<WireGrant, "client_id" | "default_for" | "subject_type">,
): string {
  return apiPath(api, element("authorized_applications", authorizedKey(grant)));
}

/** Who holds such a grant. */
export function authorizedKey({
  client_id,
  default_for,
  subject_type,
}: Pick<WireGrant, "client_id" | "default_for" | "subject_type">): string {
  return (client_id || (default_for ?? "everyone")) + (subject_type === "user" ? " (user)" : "");
}
