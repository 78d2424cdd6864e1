/** The properties of a grant (client grant): what one application, or its users, may ask for on one API. */
import type { ClientGrantArgs } from "@pulumi/auth0";
import { leaveAloneRow } from "./leaveAlone.ts";
import { type ArgumentOf, type Property, type PropertyTable, when, whenSet } from "./property.ts";
import { list, oneOf, onOrOff, scopeName, text } from "./values.ts";

type Argument = ArgumentOf<ClientGrantArgs>;

export const grantSubjects = ["client", "user"] as const;
export const organizationUsages = ["deny", "allow", "require"] as const;

const settings = {
  scopes: {
    accepts: list(scopeName).optional(),
    sentence: "Exactly what may be asked for; there is no wildcard.",
    values: "list of scopes",
    otherwise: "needed where allScopes is not true",
    example: "scopes: [batch:upload]",
    fix: "Write, for each API, the list of its scopes, such as `timesheets: [batch:upload]`.",
    alsoCalled: ["permissions"],
    wire: [
      {
        name: "scope",
        argument: "scopes",
        title: "scopes",
        weaker: whenSet,
        byElement: true,
        value: ({ scopes, allScopes }) =>
          allScopes === true ? undefined : Array.isArray(scopes) ? [...scopes].sort() : [],
      },
    ],
  },
  subject: {
    accepts: oneOf(grantSubjects).default("client"),
    sentence:
      "Who asks: client, the application itself by client credentials, or user, its users when they log in.",
    values: "`client` `user`",
    example: "subject: user",
    fix: "Write client or user.",
    wire: [
      {
        name: "subject_type",
        argument: "subjectType",
        title: "subject",
        // Auth0 fills in the other one, and no grant ever changes it.
        value: ({ subject }) => (subject === "user" ? "user" : undefined),
        undeclared: { accepts: () => true },
      },
    ],
  },
  organizations: {
    accepts: oneOf(organizationUsages).optional(),
    sentence:
      "Whether an organization may, or must, be named when a token is asked for; Auth0's deny where it is left out.",
    values: "`deny` `allow` `require`",
    example: "organizations: allow",
    fix: "Write one of deny, allow, require.",
    wire: [
      {
        name: "organization_usage",
        argument: "organizationUsage",
        title: "organizations",
        weaker: when("allow"),
        undeclared: { accepts: (actual) => actual === "deny", weaker: when("allow") },
      },
    ],
  },
  anyOrganization: {
    accepts: onOrOff().optional(),
    sentence:
      "Whether any organization may be named, not only those that the grant is assigned to; Auth0's false where it is left out.",
    values: "`true` `false`",
    example: "anyOrganization: true",
    fix: "Write true or false, without quotation marks.",
    wire: [
      {
        name: "allow_any_organization",
        argument: "allowAnyOrganization",
        title: "any organization",
        weaker: whenSet,
        undeclared: { value: false, weaker: whenSet },
      },
    ],
  },
  allScopes: {
    accepts: onOrOff().optional(),
    sentence:
      "Grants every scope of the API, those to come included, in place of a list; needs an exception.",
    values: "`true` `false`",
    example: "allScopes: true",
    fix: "Write true or false, without quotation marks.",
    wire: [
      {
        name: "allow_all_scopes",
        argument: "allowAllScopes",
        title: "all scopes",
        weaker: whenSet,
        undeclared: { value: false, weaker: whenSet },
      },
    ],
  },
  authorizationDetails: {
    accepts: list(text("the name of a type of authorization details", 255, /\S/)).optional(),
    sentence: "Types of authorization details (RFC 9396) that may be asked for.",
    values: "list of types",
    example: "authorizationDetails: [payment]",
    fix: "Write the list of types, such as `[payment]`, or remove the line.",
    wire: [
      {
        name: "authorization_details_types",
        argument: "authorizationDetailsTypes",
        title: "authorization details",
        weaker: whenSet,
        undeclared: { value: [], weaker: whenSet },
      },
    ],
  },
} as const satisfies Record<string, Property<Argument>>;

const grants = "Remove it; another application, API or subject is another grant.";
const readOnly = {
  id: "Remove it; Auth0 never changes it.",
  client_id: grants,
  audience: grants,
  subject_type: grants,
  default_for: grants,
  is_system: "Remove it; Auth0 never changes it.",
};

export const grantProperties = {
  ...settings,
  leaveAlone: leaveAloneRow(
    "a grant",
    "organization_usage",
    { properties: withoutSubject(settings), undeclared: {}, others: {} },
    readOnly,
  ),
} as const satisfies Record<string, Property<Argument>>;

/** @see https://auth0.com/docs/api/management/v2/client-grants/get-client-grants */
export const grantTable: PropertyTable<Argument> = {
  properties: grantProperties,
  undeclared: {},
  others: {},
  ignored: ["id", "client_id", "audience", "is_system", "default_for"],
};

/** Whose grant it is tells it from others, so it cannot be left to anybody. */
function withoutSubject({ subject: _, ...others }: typeof settings) {
  return others;
}
