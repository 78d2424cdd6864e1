/** The lines of a model that declare grants which a tenant has. */

import type { AccessModel, Grant } from "../../infra/accessModel.ts";
import { asKey } from "../../infra/model/asKey.ts";
import { apiOf, type DeclaredGrant } from "../../infra/model/declaredGrants.ts";
import { asWritten } from "../../infra/model/grants.ts";
import { isUnset, valueAt } from "../../infra/model/properties/compare.ts";
import { grantSubjects, grantTable } from "../../infra/model/properties/grant.ts";
import { type Fields, wiresOf } from "../../infra/model/properties/property.ts";
import { isScopeName } from "../../infra/model/schema.ts";
import type { WireGrant } from "../tenant/objects.ts";
import type { Comparison } from "./comparison.ts";

/** The lines that turn a declared grant into another one; what else its holder may do on the API stays. */
export function declarationOf(model: AccessModel, declared: DeclaredGrant, wanted: Grant): object {
  const { holder, api, grant } = declared;
  const replace = (list: readonly Grant[]) => asWritten(list.map((one) => (one === grant ? wanted : one)));
  if (holder) {
    return {
      applications: { [holder.key]: { grants: { [api.key]: replace(holder.grants[api.key] ?? []) } } },
    };
  }
  return { apis: { [api.key]: { thirdPartyGrants: replace(model.apis[api.key]?.thirdPartyGrants ?? []) } } };
}

/** The lines that declare one grant more for an application of ours; undefined where no model can. */
export function declarationOfExtra(
  { model, managementAudience }: Pick<Comparison, "model" | "managementAudience">,
  application: string,
  wire: WireGrant,
): object | undefined {
  const grant = grantOnWire(wire);
  if (!grant || wire.is_system) return undefined;
  const known = [...Object.values(model.apis), ...Object.values(model.foreignApis)].find(
    ({ identifier }) => identifier === wire.audience,
  );
  if (known) {
    const before = model.applications[application]?.grants[known.key] ?? [];
    return { applications: { [application]: { grants: { [known.key]: asWritten([...before, grant]) } } } };
  }
  const isManagement = wire.audience === managementAudience;
  const key = freeKey(
    isManagement ? "auth0" : (/([^/:]+)\/*$/.exec(wire.audience)?.[1] ?? wire.audience),
    (name) => apiOf(model, name) !== undefined,
  );
  return {
    foreignApis: { [key]: isManagement ? "management" : wire.audience },
    applications: { [application]: { grants: { [key]: asWritten([grant]) } } },
  };
}

/** The lines that declare a grant of an application that others own, or of all third parties. */
export function declarationOfStranger(
  { model, view }: Pick<Comparison, "model" | "view">,
  api: string,
  wire: WireGrant,
): object | undefined {
  const grant = grantOnWire(wire);
  if (!grant || wire.is_system) return undefined;
  if (!wire.client_id) {
    const before = model.apis[api]?.thirdPartyGrants ?? [];
    return { apis: { [api]: { thirdPartyGrants: asWritten([...before, grant]) } } };
  }
  const known = Object.entries(view.foreignApplications).find(
    ([, found]) => found?.client_id === wire.client_id,
  );
  if (known) {
    const before = model.foreignApplications[known[0]]?.grants[api] ?? [];
    return { applications: { [known[0]]: { grants: { [api]: asWritten([...before, grant]) } } } };
  }
  const key = freeKey(
    view.others.get(wire.client_id) ?? "application",
    (name) => name in model.applications || name in model.foreignApplications,
  );
  const entry = { owner: "elsewhere", clientId: wire.client_id, grants: { [api]: asWritten([grant]) } };
  return { applications: { [key]: entry } };
}

/** A grant as a model would have it; undefined where no model can. */
function grantOnWire(wire: WireGrant): Grant | undefined {
  const scopes = wire.allow_all_scopes ? [] : (wire.scope ?? []);
  const subject = grantSubjects.find((one) => one === (wire.subject_type ?? "client"));
  const isKnown = wire.default_for === undefined || wire.default_for === null || !wire.client_id;
  if (subject === undefined || !isKnown || !scopes.every(isScopeName)) return undefined;
  const others = wiresOf(grantTable).flatMap((one): Fields[] => {
    const value = valueAt(wire, one.name);
    return one.byElement || value === undefined || isUnset(value) ? [] : [one.read(value, {}) ?? {}];
  });
  return { ...Object.assign({}, ...others), scopes: [...scopes], subject };
}

function freeKey(text: string, isTaken: (key: string) => boolean): string {
  const key = asKey(text);
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? key : `${key}-${count}`;
    if (!isTaken(candidate)) return candidate;
  }
}
