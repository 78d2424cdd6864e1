/** Tenants as teams have them, and the models that say what is there: adopting one changes nothing that is stated. */

/** What stands in a tenant before anybody wrote a model; `<name>` in a text is the id of what has this name. */
export interface TeamTenant {
  readonly title: string;
  readonly apis?: readonly object[];
  readonly applications: readonly { readonly name: string; readonly [property: string]: unknown }[];
  /** `client_id` names the application; `<management>` is the tenant's Management API. */
  readonly grants: readonly object[];
  /** YAML. */
  readonly model: string;
  /** Further options of `verify`. */
  readonly verify?: readonly string[];
  /** What somebody else does afterwards, which `up` must leave and `drift` must not report. */
  readonly meanwhile?: { readonly path: string; readonly body: object };
}

const description = "Machine-to-machine application, kept as code";
const machine = (name: string, more: object = {}) => ({
  ...{ name, description, app_type: "non_interactive", grant_types: ["client_credentials"] },
  ...{ token_endpoint_auth_method: "client_secret_post" },
  ...more,
});

const roster = "https://roster.exampleclinic.com";
const members = "https://members.examplelibrary.org/api";
const meters = "https://dev.exampleworks.com/meters";

const memberScopes = ["search:members", "read:members", "create:members", "update:members"].concat([
  "read:loans",
  "update:loans",
  "delete:users",
]);

export const teamTenants: readonly TeamTenant[] = [
  {
    title: "Clinic roster",
    apis: [
      {
        name: "Clinic Roster",
        identifier: roster,
        token_dialect: "access_token",
        scopes: [
          { value: "read:shifts", description: "Read shifts" },
          { value: "write:shifts", description: "Write shifts" },
        ],
      },
    ],
    applications: [machine("Roster Sync")],
    grants: [
      { client_id: "<Roster Sync>", audience: roster, scope: ["read:shifts", "write:shifts"] },
      {
        client_id: "<Roster Sync>",
        audience: "<management>",
        scope: ["read:users", "create:users", "update:users"],
      },
    ],
    model: `
apis:
  roster:
    name: Clinic Roster
    identifier: ${roster}
    scopes: { "read:shifts": Read shifts, "write:shifts": Write shifts }
foreignApis: { auth0: management }
applications:
  roster-sync:
    name: Roster Sync
    authentication: client_secret_post
    grants:
      roster: ["read:shifts", "write:shifts"]
      auth0: ["read:users", "create:users", "update:users"]
`,
  },
  {
    title: "Sign-up helper",
    applications: [machine("Sign-up Helper")],
    grants: [{ client_id: "<Sign-up Helper>", audience: "<management>", scope: ["update:users"] }],
    model: `
foreignApis: { auth0: management }
applications:
  sign-up-helper:
    name: Sign-up Helper
    authentication: client_secret_post
    grants: { auth0: ["update:users"] }
`,
  },
  {
    title: "Library members",
    apis: [
      {
        name: "Library Members",
        identifier: members,
        token_dialect: "access_token",
        allow_offline_access: true,
        token_lifetime: 3600,
        token_lifetime_for_web: 3600,
        scopes: memberScopes.map((value) => ({ value, description: `May ${value}` })),
      },
    ],
    applications: [
      {
        name: "Reading Room",
        app_type: "regular_web",
        token_endpoint_auth_method: "client_secret_post",
        callbacks: ["https://rooms.examplelibrary.org/callback"],
      },
      { name: "Staging Explorer", app_type: "regular_web", token_endpoint_auth_method: "client_secret_post" },
      machine("Member Cleanup"),
    ],
    grants: [
      { client_id: "<Reading Room>", audience: members, scope: memberScopes.slice(0, 6) },
      { client_id: "<Staging Explorer>", audience: members, scope: memberScopes },
      { client_id: "<Member Cleanup>", audience: members, scope: ["delete:users"] },
    ],
    model: `
apis:
  members:
    name: Library Members
    identifier: ${members}
    refreshTokens: true
    tokenLifetime: 3600
    browserTokenLifetime: 3600
    scopes: { ${memberScopes.map((scope) => `"${scope}": "May ${scope}"`).join(", ")} }
applications:
  reading-room:
    owner: elsewhere
    name: Reading Room
    grants: { members: [${memberScopes
      .slice(0, 6)
      .map((scope) => `"${scope}"`)
      .join(", ")}] }
  staging-explorer:
    owner: elsewhere
    name: Staging Explorer
    grants: { members: [${memberScopes.map((scope) => `"${scope}"`).join(", ")}] }
  member-cleanup:
    name: Member Cleanup
    authentication: client_secret_post
    grants: { members: ["delete:users"] }
`,
  },
  {
    title: "Machines only",
    apis: [
      {
        name: "Meters",
        identifier: meters,
        token_dialect: "rfc9068_profile",
        subject_type_authorization: {
          client: { policy: "require_client_grant" },
          user: { policy: "deny_all" },
        },
        scopes: [{ value: "write:readings", description: "Send readings" }],
      },
    ],
    applications: [machine("Meter Gateway"), machine("Field Unit 7")],
    grants: [
      { client_id: "<Meter Gateway>", audience: meters, scope: ["write:readings"] },
      { client_id: "<Field Unit 7>", audience: meters, scope: ["write:readings"] },
    ],
    model: `
apis:
  meters:
    name: Meters
    identifier: ${meters}
    tokenProfile: rfc9068
    access: { applications: granted, users: none }
    scopes: { "write:readings": Send readings }
applications:
  gateway:
    name: Meter Gateway
    credentials: elsewhere
    grants: { meters: ["write:readings"] }
  field-unit:
    owner: elsewhere
    clientId: "<Field Unit 7>"
    grants: { meters: ["write:readings"] }
`,
    meanwhile: {
      path: "clients/<Meter Gateway>",
      body: { client_secret: "rotated-by-another-tool-0123456789" },
    },
  },
];
