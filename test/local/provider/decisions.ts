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

export const decisions: readonly Decision[] = rows.map(([title, type, state, inputs, expected]) => ({
  title,
  type,
  state,
  inputs,
  expected,
}));
