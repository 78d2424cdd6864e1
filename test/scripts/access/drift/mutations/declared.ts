/** Changes by hand to properties that a model may leave out, in a model that declares them all. */
import { type Finding, type Mutation, onApi, onApplication } from "./mutation.ts";

interface Declared {
  /** What the model says of the API beyond what every model says. */
  readonly api?: Readonly<Record<string, unknown>>;
  /** The same of the application. */
  readonly application?: Readonly<Record<string, unknown>>;
  readonly mutation: Mutation;
}

const defaultPolicies = { client: { policy: "require_client_grant" }, user: { policy: "deny_all" } };
const callback = "https://app.exampleco.com/callback";
const app = "https://app.exampleco.com";
const attacker = "https://attacker.example";

/** An address beside the declared ones. */
const addressAdded = (property: string, key: string, declared: string): Declared => ({
  application: { [key]: [declared] },
  mutation: onApplication(
    `an address is added to the declared ${property}`,
    { [property]: [declared, attacker] },
    { [property]: [declared] },
    ["changed", property, [declared], [declared, attacker], "high"],
  ),
});

const metadata = { team: "payroll", floor: "3" };
const metadataChanged = (
  name: string,
  change: Readonly<Record<string, string | null>>,
  ...found: Finding[]
) => ({
  application: { metadata },
  mutation: onApplication(
    name,
    { client_metadata: change },
    {
      client_metadata: { ...Object.fromEntries(Object.keys(change).map((key) => [key, null])), ...metadata },
    },
    ...found,
  ),
});

const rows: readonly Declared[] = [
  {
    api: { browserTokenLifetime: 3600 },
    mutation: onApi(
      "declared browser tokens live longer",
      { token_lifetime_for_web: 7200 },
      { token_lifetime_for_web: 3600 },
      ["changed", "token_lifetime_for_web", 3600, 7200, "high"],
    ),
  },
  {
    api: { refreshTokens: true },
    mutation: onApi(
      "declared refresh tokens are switched off",
      { allow_offline_access: false },
      { allow_offline_access: true },
      ["changed", "allow_offline_access", true, false, "medium"],
    ),
  },
  {
    api: { roleBasedAccess: true },
    mutation: onApi(
      "declared role-based access control is switched off",
      { enforce_policies: false },
      { enforce_policies: true },
      ["changed", "enforce_policies", true, false, "high"],
    ),
  },
  {
    api: { access: { applications: "granted", users: "none" } },
    mutation: onApi(
      "users who are declared to get no tokens get them",
      { subject_type_authorization: { ...defaultPolicies, user: { policy: "allow_all" } } },
      { subject_type_authorization: defaultPolicies },
      ["changed", "subject_type_authorization.user.policy", "deny_all", "allow_all", "high"],
    ),
  },
  {
    mutation: onApi(
      "applications that are declared to need a grant are denied",
      { subject_type_authorization: { ...defaultPolicies, client: { policy: "deny_all" } } },
      { subject_type_authorization: defaultPolicies },
      ["changed", "subject_type_authorization.client.policy", "require_client_grant", "deny_all", "medium"],
    ),
  },
  metadataChanged("declared metadata is changed", { team: "sales" }, [
    "changed",
    "client_metadata.team",
    "payroll",
    "sales",
    "medium",
  ]),
  metadataChanged("declared metadata is lost", { floor: null }, [
    "changed",
    "client_metadata.floor",
    "3",
    null,
    "medium",
  ]),
  metadataChanged("metadata is added", { role: "admin" }, [
    "unmanaged",
    "client_metadata.role",
    null,
    "admin",
    "medium",
  ]),
  metadataChanged("metadata that may be a secret is named, not shown", { api_key: "do-not-print" }, [
    "unmanaged",
    "client_metadata.api_key",
    null,
    "(not shown)",
    "medium",
  ]),
  metadataChanged(
    "metadata with a password in an address, under a name with dots, is not shown",
    { "db.dev": "postgres://job:pass@db.example/hours" },
    ["unmanaged", 'client_metadata["db.dev"]', null, "(not shown)", "medium"],
  ),
  addressAdded("callbacks", "callbacks", callback),
  addressAdded("allowed_logout_urls", "logoutUrls", app),
  addressAdded("allowed_origins", "origins", app),
  addressAdded("web_origins", "webOrigins", app),
  {
    mutation: onApplication(
      "the declared callbacks are emptied",
      { callbacks: [] },
      { callbacks: [callback] },
      ["changed", "callbacks", [callback], [], "medium"],
    ),
  },
  {
    application: { grantTypes: ["client_credentials", "http://auth0.com/oauth/grant-type/mfa-otp"] },
    mutation: onApplication(
      "a declared further grant type is switched off",
      { grant_types: ["client_credentials"] },
      { grant_types: ["client_credentials", "http://auth0.com/oauth/grant-type/mfa-otp"] },
      [
        "missing",
        'grant_types["http://auth0.com/oauth/grant-type/mfa-otp"]',
        "http://auth0.com/oauth/grant-type/mfa-otp",
        null,
        "medium",
      ],
    ),
  },
];

export const declaredOfApi: Readonly<Record<string, unknown>> = Object.assign(
  {},
  ...rows.map(({ api }) => api),
);
export const declaredOfApplication: Readonly<Record<string, unknown>> = Object.assign(
  {},
  ...rows.map(({ application }) => application),
);
export const declaredMutations: readonly Mutation[] = rows.map(({ mutation }) => mutation);
