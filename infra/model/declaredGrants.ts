/** The grants of a model, each with what names it: in the model, in Pulumi's state and on record. */
import { apiNames, applicationNames, componentTypes } from "../names.ts";
import type { Grant } from "./grants.ts";
import type { AccessModel, Api, Application, ForeignApi, ForeignApplication } from "./resolved.ts";

/** What of a model grants speak of. */
export type GrantParts = Pick<AccessModel, "apis" | "foreignApis" | "applications" | "foreignApplications">;

export interface DeclaredGrant {
  readonly grant: Grant;
  readonly api: Api | ForeignApi;
  /** Absent where every third-party application holds it. */
  readonly holder?: Application | ForeignApplication;
  /** Whether the holder is owned elsewhere. */
  readonly isForeign: boolean;
  /** Name of the Pulumi resource. */
  readonly resource: string;
  readonly component: { readonly type: string; readonly name: string };
  /** What its id is recorded under. */
  readonly record: string;
}

/** In the order of the model: those of our applications, of others', and the defaults of APIs. */
export function declaredGrants(model: GrantParts): DeclaredGrant[] {
  return [
    ...Object.values(model.applications).flatMap((holder) => held(model, holder, false)),
    ...Object.values(model.foreignApplications).flatMap((holder) => held(model, holder, true)),
    ...Object.values(model.apis).flatMap((api) =>
      (api.thirdPartyGrants ?? []).map((grant) => ({
        grant,
        api,
        isForeign: false,
        resource: apiNames(api.key).thirdPartyGrant(grant.subject),
        component: { type: componentTypes.protectedApi, name: apiNames(api.key).component },
        record: grantRecord("*", api.key, grant.subject),
      })),
    ),
  ];
}

function held(
  model: GrantParts,
  holder: Application | ForeignApplication,
  isForeign: boolean,
): DeclaredGrant[] {
  const names = applicationNames(holder.key);
  const type = isForeign ? componentTypes.foreignApp : componentTypes.machineApp;
  return Object.entries(holder.grants).flatMap(([key, grants]) => {
    const api = apiOf(model, key);
    if (api === undefined) return [];
    return grants.map((grant) => ({
      ...{ grant, api, holder, isForeign },
      resource: names.grant(key, grant.subject),
      component: { type, name: names.component },
      record: grantRecord(holder.key, key, grant.subject),
    }));
  });
}

/** `<application>/<API>`, and for users `<application>/<API>/user`; `*` stands for all third parties. */
export function grantRecord(application: string, api: string, subject: Grant["subject"]): string {
  return [application, api, ...(subject === "client" ? [] : [subject])].join("/");
}

/** The API with this key, ours or others'. */
export function apiOf(
  { apis, foreignApis }: Pick<AccessModel, "apis" | "foreignApis">,
  key: string,
): Api | ForeignApi | undefined {
  if (Object.hasOwn(apis, key)) return apis[key];
  return Object.hasOwn(foreignApis, key) ? foreignApis[key] : undefined;
}

/** What an application may ask for by client credentials on the API with this key; undefined where it may not at all. */
export function machineScopes(
  application: Pick<Application, "grants">,
  api: Pick<Api, "key" | "scopes">,
): readonly string[] | undefined {
  const grant = machineGrant(application, api);
  return grant?.allScopes === true ? Object.keys(api.scopes) : grant?.scopes;
}

/** The grant that an application holds for itself on the API with this key. */
export function machineGrant(
  { grants }: Pick<Application, "grants">,
  { key }: Pick<Api, "key">,
): Grant | undefined {
  return Object.hasOwn(grants, key) ? grants[key]?.find(({ subject }) => subject === "client") : undefined;
}
