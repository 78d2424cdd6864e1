/** States and programs, and what has to change: the same for the bundled provider and for the official plugin. */
import { type Properties, unknown } from "../../../local/provider/values.ts";

const api = {
  name: "Timesheets",
  identifier: "https://x",
  signingAlg: "RS256",
  tokenDialect: "access_token",
  tokenLifetime: 60,
};
const scopes = (...names: string[]) => ({
  resourceServerIdentifier: "https://x",
  scopes: names.map((name) => ({ name, description: name.toUpperCase() })),
});
const wanted = {
  name: "Job",
  description: "d",
  grantTypes: ["client_credentials"],
  clientMetadata: { a: "1", b: "2" },
};
// The official plugin always records the first three, and takes their absence for a difference.
const application = { callbacks: [], oidcBackchannelLogoutUrls: [], signingKeys: [{ cert: "c" }], ...wanted };
const grant = {
  clientId: "c",
  audience: "https://x",
  scopes: ["a", "b"],
  subjectType: "client",
  allowAllScopes: false,
};
const key = (name: string, more: Properties = {}) => ({
  name,
  credentialType: "public_key",
  pem: `pem-${name}`,
  ...more,
});
const keys = (...credentials: Properties[]) => ({
  clientId: "c",
  authenticationMethod: "private_key_jwt",
  privateKeyJwt: { credentials },
});

const policies = (user: string, client = "require_client_grant") => ({
  subjectTypeAuthorization: { user: { policy: user }, client: { policy: client } },
});
/** What one setting of an API means for an API that has it, or not. */
const settings: readonly (readonly [string, string, Properties, Properties, readonly string[]])[] = [
  ["policies that the tenant filled in", "ResourceServer", { ...api, ...policies("allow_all") }, api, []],
  [
    "the policy for users alone",
    "ResourceServer",
    { ...api, ...policies("allow_all") },
    { ...api, ...policies("require_client_grant") },
    ["subjectTypeAuthorization.user.policy:update"],
  ],
  [
    "no policy for applications where only that for users is stated",
    "ResourceServer",
    { ...api, ...policies("deny_all", "deny_all") },
    { ...api, subjectTypeAuthorization: { user: { policy: "deny_all" } } },
    [],
  ],
  [
    "refresh tokens and the lifetime for browsers",
    "ResourceServer",
    { ...api, allowOfflineAccess: false, tokenLifetimeForWeb: 7200 },
    { ...api, allowOfflineAccess: true, tokenLifetimeForWeb: 600 },
    ["allowOfflineAccess:update", "tokenLifetimeForWeb:update"],
  ],
  [
    "no setting that was made by hand and is not stated",
    "ResourceServer",
    { ...api, allowOfflineAccess: true, tokenLifetimeForWeb: 600, enforcePolicies: true },
    api,
    [],
  ],
  [
    "role-based access that was switched off by hand",
    "ResourceServer",
    { ...api, enforcePolicies: false },
    { ...api, enforcePolicies: true },
    ["enforcePolicies:update"],
  ],
  [
    "no subject that the tenant filled in",
    "ClientGrant",
    { ...grant, subjectType: "user" },
    { clientId: "c", audience: "https://x", scopes: ["a", "b"] },
    [],
  ],
  [
    "another subject by replacement",
    "ClientGrant",
    grant,
    { ...grant, subjectType: "user" },
    ["subjectType:update!"],
  ],
  [
    "organizations on a grant",
    "ClientGrant",
    { ...grant, organizationUsage: "deny", allowAnyOrganization: false },
    { ...grant, organizationUsage: "allow", allowAnyOrganization: true },
    ["allowAnyOrganization:update", "organizationUsage:update"],
  ],
  [
    "organizations that were let in by hand",
    "ClientGrant",
    { ...grant, organizationUsage: "allow", allowAnyOrganization: true },
    { clientId: "c", audience: "https://x", scopes: ["a", "b"] },
    ["allowAnyOrganization:delete", "organizationUsage:delete"],
  ],
  [
    "all scopes in place of some",
    "ClientGrant",
    grant,
    { clientId: "c", audience: "https://x", allowAllScopes: true },
    ["scopes:delete", "allowAllScopes:update"],
  ],
  [
    "types of authorization details",
    "ClientGrant",
    { ...grant, authorizationDetailsTypes: ["a"] },
    { ...grant, authorizationDetailsTypes: ["b"] },
    ["authorizationDetailsTypes[0]:delete", "authorizationDetailsTypes[0]:add"],
  ],
  [
    "a grant for a group in place of an application by replacement",
    "ClientGrant",
    grant,
    { audience: "https://x", scopes: ["a", "b"], defaultFor: "third_party_clients" },
    ["clientId:delete!", "defaultFor:add!"],
  ],
  [
    "no callbacks that were added by hand",
    "Client",
    { ...application, callbacks: ["https://a"] },
    wanted,
    [],
  ],
  [
    "callbacks that are stated",
    "Client",
    { ...application, callbacks: ["https://a"] },
    { ...wanted, callbacks: ["https://b"] },
    ["callbacks[0]:delete", "callbacks[0]:add"],
  ],
  [
    "login addresses that were added by hand",
    "Client",
    {
      ...application,
      allowedLogoutUrls: ["https://a"],
      allowedOrigins: ["https://a"],
      webOrigins: ["https://a"],
    },
    wanted,
    ["allowedLogoutUrls:delete", "allowedOrigins:delete", "webOrigins:delete"],
  ],
  [
    "metadata that the program leaves out",
    "Client",
    application,
    { name: "Job", description: "d", grantTypes: ["client_credentials"] },
    ["clientMetadata.a:delete", "clientMetadata.b:delete"],
  ],
  [
    "grant types in another order",
    "Client",
    { ...application, grantTypes: ["client_credentials", "password"] },
    { ...wanted, grantTypes: ["password", "client_credentials"] },
    ["grantTypes[1]:delete", "grantTypes[0]:add"],
  ],
  [
    "no trust in an address header that was given by hand",
    "Client",
    { ...application, isTokenEndpointIpHeaderTrusted: true },
    wanted,
    [],
  ],
];

export interface Decision {
  /** Completes "reports ...". */
  readonly title: string;
  /** The last part of the resource's type. */
  readonly type: string;
  readonly state: Properties;
  readonly inputs: Properties;
  /** `path:kind`, with `!` where the resource has to be replaced. */
  readonly expected: readonly string[];
}

const rows: readonly (readonly [string, string, Properties, Properties, readonly string[]])[] = [
  ["nothing when the program says what is there", "ResourceServer", api, api, []],
  ["nothing for what the tenant filled in", "ResourceServer", api, { identifier: "https://x" }, []],
  ["a name in place", "ResourceServer", api, { ...api, name: "New" }, ["name:update"]],
  [
    "an identifier by replacement",
    "ResourceServer",
    api,
    { ...api, identifier: "https://y" },
    ["identifier:update!"],
  ],
  [
    "a dialect that drifted",
    "ResourceServer",
    { ...api, tokenDialect: "rfc9068_profile" },
    api,
    ["tokenDialect:update"],
  ],
  [
    "a value not known yet",
    "ResourceServer",
    api,
    { ...api, tokenLifetime: unknown },
    ["tokenLifetime:update"],
  ],
  [
    "an identifier not known yet by replacement",
    "ResourceServer",
    api,
    { ...api, identifier: unknown },
    ["identifier:update!"],
  ],
  ["scopes whatever their order", "ResourceServerScopes", scopes("a", "b"), scopes("b", "a"), []],
  ["a scope that comes", "ResourceServerScopes", scopes("a"), scopes("a", "b"), ["scopes[1]:add"]],
  ["a scope that goes", "ResourceServerScopes", scopes("a", "b"), scopes("a"), ["scopes[1]:delete"]],
  ["the first scopes as a whole", "ResourceServerScopes", scopes(), scopes("a"), ["scopes:add"]],
  [
    "a description of a scope",
    "ResourceServerScopes",
    scopes("a", "b"),
    {
      ...scopes("a", "b"),
      scopes: [
        { name: "a", description: "new" },
        { name: "b", description: "B" },
      ],
    },
    ["scopes[0].description:update"],
  ],
  [
    "metadata key by key",
    "Client",
    application,
    { ...wanted, clientMetadata: { a: "1", c: "3" } },
    ["clientMetadata.b:delete", "clientMetadata.c:add"],
  ],
  [
    "a secret encoding by replacement",
    "Client",
    { ...application, jwtConfiguration: { secretEncoded: false } },
    { ...wanted, jwtConfiguration: { secretEncoded: true } },
    ["jwtConfiguration.secretEncoded:update!"],
  ],
  [
    "an application that moves to other scopes",
    "ClientGrant",
    grant,
    { ...grant, scopes: ["b"] },
    ["scopes[0]:delete"],
  ],
  [
    "a grant's audience by replacement",
    "ClientGrant",
    grant,
    { ...grant, audience: "https://y" },
    ["audience:update!"],
  ],
  [
    "a grant's application by replacement",
    "ClientGrant",
    grant,
    { ...grant, clientId: "d" },
    ["clientId:update!"],
  ],
  [
    "nothing between an absent and a false flag",
    "ClientGrant",
    grant,
    { clientId: "c", audience: "https://x", scopes: ["a", "b"] },
    [],
  ],
  [
    "the same key with what the tenant adds to it",
    "ClientCredentials",
    keys(key("k", { id: "cred_1", keyId: "kid", algorithm: "RS256" })),
    keys(key("k")),
    [],
  ],
  [
    "another key",
    "ClientCredentials",
    keys(key("k", { algorithm: "RS256" })),
    keys(key("k"), key("l")),
    ["privateKeyJwt.credentials[1]:add"],
  ],
  [
    "another algorithm",
    "ClientCredentials",
    keys(key("k", { algorithm: "RS256" })),
    keys(key("k", { algorithm: "PS256" })),
    ["privateKeyJwt.credentials[0].algorithm:update"],
  ],
  [
    "an application's secret that was set by hand",
    "ClientCredentials",
    { clientId: "c", clientSecret: "old" },
    { clientId: "c", clientSecret: "new" },
    ["clientSecret:update"],
  ],
  [
    "the version of a write-only secret, not the secret",
    "ClientCredentials",
    { clientId: "c", clientSecretWoVersion: 1 },
    { clientId: "c", clientSecretWo: "s", clientSecretWoVersion: 2 },
    ["clientSecretWoVersion:update"],
  ],
  [
    "scopes of a grant in another order",
    "ClientGrant",
    grant,
    { ...grant, scopes: ["b", "a"] },
    ["scopes[1]:delete", "scopes[0]:add"],
  ],
  [
    "an expiry that is written in another form",
    "ClientCredentials",
    keys(key("k", { algorithm: "RS256", expiresAt: "2033-05-13T09:33:13.000Z" })),
    keys(key("k", { expiresAt: "2033-05-13T09:33:13Z" })),
    ["privateKeyJwt.credentials[0].expiresAt:update"],
  ],
  [
    "an application that changes from its secret to a key",
    "ClientCredentials",
    { clientId: "c", authenticationMethod: "client_secret_post", clientSecret: "s" },
    keys(key("k")),
    ["authenticationMethod:update", "privateKeyJwt:add"],
  ],
  [
    "another application by replacement",
    "ClientCredentials",
    { clientId: "c" },
    { clientId: "d" },
    ["clientId:update!"],
  ],
  [
    "other scopes' API by replacement",
    "ResourceServerScopes",
    scopes("a"),
    { ...scopes("a"), resourceServerIdentifier: "https://y" },
    ["resourceServerIdentifier:update!"],
  ],
];

export const decisions: readonly Decision[] = [...rows, ...settings].map(
  ([title, type, state, inputs, expected]) => ({
    title,
    type,
    state,
    inputs,
    expected,
  }),
);
