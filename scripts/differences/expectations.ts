/** What each property of an API, an application and a grant should hold in a tenant, by the model's property tables. */
import type { Api, Application } from "../../infra/accessModel.ts";
import { apiTable } from "../../infra/model/properties/api.ts";
import { applicationTable } from "../../infra/model/properties/application.ts";
import type { Json } from "../../infra/model/properties/compare.ts";
import { grantTable } from "../../infra/model/properties/grant.ts";
import {
  type Expectation,
  expectationOf,
  type Fields,
  type PropertyTable,
  wiresOf,
} from "../../infra/model/properties/property.ts";

/** What one property should hold. */
export interface PropertyRule extends Expectation {
  /** The object the model states, for `accepts`. */
  readonly fields: Fields;
  /** The fields that would ask for a value; absent where no model can. */
  readonly declare?: (value: Json) => Fields | undefined;
}

/** By the path of the property in the answer, parts joined by dots. */
export type PropertyRules = Readonly<Record<string, PropertyRule>>;

export const apiRules = (api: Api): PropertyRules => rulesOf(apiTable, { ...api });
export const applicationRules = (application: Application): PropertyRules =>
  rulesOf(applicationTable, { ...application });
export const grantRules: PropertyRules = rulesOf(grantTable, {});

export const ignoredOfApis = ignoredOf(apiTable);
export const ignoredOfApplications = ignoredOf(applicationTable);
export const ignoredOfGrants = ignoredOf(grantTable);

function rulesOf(table: PropertyTable, fields: Fields): PropertyRules {
  const settable = wiresOf(table)
    .filter(({ byElement }) => !byElement)
    .map((wire) => [wire.name, { ...expectationOf(wire, fields), fields, declare: wire.read }] as const);
  const others = Object.entries(table.undeclared).map(
    ([name, undeclared]) => [name, { ...undeclared, declared: false, fields }] as const,
  );
  return Object.fromEntries([...settable, ...others]);
}

/** Lists that are compared element by element have rules of their own. */
function ignoredOf(table: PropertyTable): readonly string[] {
  return [...table.ignored, ...wiresOf(table).flatMap(({ name, byElement }) => (byElement ? [name] : []))];
}
