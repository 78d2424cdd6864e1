/** Inputs are checked and completed as the official plugin does it. */
import { expect, test } from "vitest";
import { check } from "../../../local/provider/check.ts";
import { resourceTypes } from "../../../local/provider/resources/index.ts";
import { isSecret, type Properties, unknown } from "../../../local/provider/values.ts";

function checked(type: string, news: Properties, olds: Properties = {}) {
  const found = [...resourceTypes.values()].find((one) => one.type.endsWith(`:${type}`));
  if (!found) throw new Error(`no type ${type}`);
  return check(found, { name: "timesheets", olds, news, randomSeed: new Uint8Array(32).fill(7) });
}

const failures = (type: string, news: Properties) =>
  checked(type, news).failures.map(({ property, reason }) => `${property}: ${reason}`);

test.each<[string, string, Properties, string[]]>([
  [
    "a missing property",
    "ResourceServer",
    { name: "a" },
    ["identifier: Missing required property 'identifier'"],
  ],
  [
    "an unknown property",
    "ResourceServer",
    { identifier: "a", foo: 1 },
    ["foo: ResourceServer has no input `foo`"],
  ],
  [
    "a property that the tenant sets",
    "Client",
    { clientId: "a" },
    ["clientId: Client has no input `clientId`"],
  ],
  [
    "a property that only the official plugin has",
    "Client",
    { addons: {} },
    ["addons: `Client.addons` is not supported by the bundled provider; the official auth0 plugin has it"],
  ],
  [
    "a wrong value",
    "ResourceServer",
    { identifier: "a", signingAlg: "ES256" },
    ['signingAlg: must be one of HS256, RS256, PS256, not "ES256"'],
  ],
  [
    "a camelCase dialect",
    "ResourceServer",
    { identifier: "a", tokenDialect: "accessToken" },
    [
      'tokenDialect: must be one of access_token, access_token_authz, rfc9068_profile, rfc9068_profile_authz, not "accessToken"',
    ],
  ],
  [
    "a short signing secret without showing it",
    "ResourceServer",
    { identifier: "a", signingSecret: "hunter2" },
    ["signingSecret: must have at least 16 characters"],
  ],
  [
    "a fraction",
    "ResourceServer",
    { identifier: "a", tokenLifetime: 1.5 },
    ["tokenLifetime: must be a whole number"],
  ],
  [
    "a nested property by its path",
    "ResourceServerScopes",
    { resourceServerIdentifier: "a", scopes: [{ description: "d" }] },
    ["scopes[0].name: Missing required property 'name'"],
  ],
  [
    "keys without a key",
    "ClientCredentials",
    { clientId: "a", authenticationMethod: "private_key_jwt" },
    ['privateKeyJwt: "private_key_jwt" needs `privateKeyJwt.credentials`'],
  ],
  [
    "a method without support",
    "ClientCredentials",
    { clientId: "a", authenticationMethod: "tls_client_auth" },
    [
      'authenticationMethod: "tls_client_auth" is not supported by the bundled provider; the official auth0 plugin has it',
    ],
  ],
  [
    "an unknown property within another",
    "Client",
    { jwtConfiguration: { algorithm: "RS256" } },
    ["jwtConfiguration.algorithm: Client.jwtConfiguration has no input `algorithm`"],
  ],
  [
    "several mistakes at once",
    "ResourceServer",
    { tokenLifetime: "soon", bar: 1 },
    [
      "bar: ResourceServer has no input `bar`",
      "identifier: Missing required property 'identifier'",
      "tokenLifetime: must be a whole number",
    ],
  ],
  [
    "nothing in values not known yet",
    "ClientGrant",
    { clientId: unknown, audience: unknown, scopes: unknown },
    [],
  ],
])("reports %s", (_, type, news, expected) => {
  expect(failures(type, news)).toEqual(expected);
});

test("gives an application without a description Pulumi's own", () => {
  const { inputs } = checked("Client", { name: "Job" });
  expect(inputs).toEqual({ name: "Job", description: "Managed by Pulumi", __defaults: ["description"] });
});

test("makes up a name once and keeps it", () => {
  const first = checked("Client", {}).inputs;
  expect(first.name).toMatch(/^timesheets-[0-9a-f]{7}$/);
  expect(checked("Client", {}, { ...first, name: "timesheets-kept" }).inputs.name).toBe("timesheets-kept");
});

test("makes up a new name when the program drops its own", () => {
  const { inputs } = checked("Client", {}, { name: "Job", __defaults: ["description"] });
  expect(inputs.name).toMatch(/^timesheets-/);
});

test("reads numbers and booleans that come as text", () => {
  const { inputs } = checked("ResourceServer", {
    identifier: "a",
    tokenLifetime: "300",
    enforcePolicies: "true",
  });
  expect(inputs).toMatchObject({ tokenLifetime: 300, enforcePolicies: true });
});

test("puts a client secret that came in clear into an envelope", () => {
  const { inputs } = checked("ClientCredentials", { clientId: "a", clientSecret: "hunter2" });
  expect(isSecret(inputs.clientSecret)).toBe(true);
});
