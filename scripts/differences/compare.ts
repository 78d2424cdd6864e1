/** From an access model and what a tenant has to the list of differences; pure. */
import { declaredGrants } from "../../infra/model/declaredGrants.ts";
import { findGrant } from "../tenant/ours.ts";
import { compareApi } from "./compareApi.ts";
import { compareApplication } from "./compareApplication.ts";
import { compareForeignApplication } from "./compareForeignApplication.ts";
import { compareGrants, extraGrants } from "./compareGrants.ts";
import type { Comparison, Matched } from "./comparison.ts";
import type { Finding } from "./finding.ts";
import { clientIdOf } from "./resources.ts";

/** Every difference, in the order of the model: APIs, then applications, each with what belongs to it. */
export function compare(comparison: Comparison): Finding[] {
  const { model, view } = comparison;
  const declared = declaredGrants(model);
  const found = declared.flatMap((one) => {
    const grant = findGrant(view.grants, one, one.holder && clientIdOf(view, one.holder.key));
    return grant ? [[one.record, grant] as const] : [];
  });
  const matched: Matched = { ...comparison, matched: new Map(found) };
  // Keys of applications are unique, and the default grants of an API have no holder.
  const grantsOf = Map.groupBy(declared, ({ holder, api }) => holder?.key ?? `apis.${api.key}`);
  return [
    ...Object.values(model.apis).flatMap((api) => [
      ...compareApi(matched, api),
      ...compareGrants(matched, grantsOf.get(`apis.${api.key}`) ?? []),
    ]),
    ...Object.values(model.applications).flatMap((application) => [
      ...compareApplication(matched, application),
      ...compareGrants(matched, grantsOf.get(application.key) ?? []),
      ...extraGrants(matched, application),
    ]),
    ...Object.values(model.foreignApplications).flatMap((application) => [
      ...compareForeignApplication(matched, application),
      ...compareGrants(matched, grantsOf.get(application.key) ?? []),
    ]),
  ];
}
