/** The properties of a grant (client grant): what one application may ask for on one API. */
import type { ClientGrantArgs } from "@pulumi/auth0";
import { type ArgumentOf, type Property, type PropertyTable, when, whenSet } from "./property.ts";
import { list, scopeName } from "./values.ts";

type Argument = ArgumentOf<ClientGrantArgs>;

export const grantProperties = {
  scopes: {
    accepts: list(scopeName),
    sentence: "Exactly what the application may ask for; there is no wildcard.",
    values: "list of scopes",
    example: "timesheets: [batch:upload]",
    fix: "Write, for each API, the list of its scopes, such as `timesheets: [batch:upload]`.",
    wire: [
      {
        name: "scope",
        argument: "scopes",
        title: "scopes",
        weaker: whenSet,
        byElement: true,
        value: ({ scopes }) => (Array.isArray(scopes) ? [...scopes].sort() : []),
      },
    ],
  },
} as const satisfies Record<string, Property<Argument>>;

/** @see https://auth0.com/docs/api/management/v2/client-grants/get-client-grants */
export const grantTable: PropertyTable<Argument> = {
  properties: grantProperties,
  undeclared: {
    allow_all_scopes: { value: false, weaker: whenSet },
    allow_any_organization: { value: false, weaker: whenSet },
    organization_usage: { accepts: (actual) => actual === "deny", weaker: when("allow") },
    authorization_details_types: { value: [], weaker: whenSet },
  },
  ignored: ["id", "client_id", "audience", "subject_type", "is_system", "default_for"],
};
