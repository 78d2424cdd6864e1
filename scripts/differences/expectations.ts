/** What each property of an API, an application and a grant should hold in a tenant, by the model's property tables. */
import type { Api, Application, Grant } from "../../infra/accessModel.ts";
import { apiTable } from "../../infra/model/properties/api.ts";
import { applicationTable } from "../../infra/model/properties/application.ts";
import type { Json } from "../../infra/model/properties/compare.ts";
import { grantTable } from "../../infra/model/properties/grant.ts";
import { isAmong, leftAlone } from "../../infra/model/properties/leaveAlone.ts";
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
  /** A map whose keys are lost, changed and added one by one. */
  readonly byKey?: boolean | undefined;
}

/** By the path of the property in the answer, parts joined by dots. */
export type PropertyRules = Readonly<Record<string, PropertyRule>>;

export const apiRules = (api: Api): PropertyRules => rulesOf(apiTable, { ...api });
export const applicationRules = (application: Application): PropertyRules =>
  rulesOf(applicationTable, { ...application });
export const grantRules = (grant: Grant): PropertyRules => rulesOf(grantTable, { ...grant });

export const ignoredOfApis = (api: Api) => ignoredOf(apiTable, { ...api });
export const ignoredOfApplications = (application: Application) =>
  ignoredOf(applicationTable, { ...application });
export const ignoredOfGrants = (grant: Grant) => ignoredOf(grantTable, { ...grant });

function rulesOf(table: PropertyTable, fields: Fields): PropertyRules {
  const settable = wiresOf(table)
    .filter(({ byElement }) => !byElement)
    .map((wire) => {
      const declare = (value: Json) => wire.read(value, fields);
      return [wire.name, { ...expectationOf(wire, fields), fields, declare, byKey: wire.byKey }] as const;
    });
  const others = Object.entries(table.undeclared).map(
    ([name, undeclared]) => [name, { ...undeclared, declared: false, fields }] as const,
  );
  const leave = leftAlone(table, fields);
  return Object.fromEntries([...settable, ...others].filter(([name]) => !isAmong(leave, name)));
}

/** What others look after is not looked at; lists that are compared element by element have rules of their own. */
function ignoredOf(table: PropertyTable, fields: Fields): readonly string[] {
  return [
    ...table.ignored,
    ...wiresOf(table).flatMap(({ name, byElement }) => (byElement ? [name] : [])),
    ...leftAlone(table, fields),
  ];
}
