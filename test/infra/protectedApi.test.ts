/** The component of an API: its resource server and its scopes. */
import { expect, test } from "vitest";
import { ProtectedApi } from "../../infra/protectedApi.ts";
import { read, register } from "./registrations.ts";

const timesheets = {
  name: "Timesheets API",
  identifier: "https://api.exampleco.com/timesheets",
  scopes: { "read:timesheets": "Read timesheets", "batch:upload": "Upload timesheets in batches" },
};

test("declares the API, then its scopes sorted by name, both under the component", async () => {
  const { registrations } = await register(
    () => new ProtectedApi("timesheets", { ...timesheets, signingAlgorithm: "PS256", tokenLifetime: 3600 }),
  );
  expect(registrations).toMatchObject([
    { type: "ProtectedApi", name: "timesheets" },
    {
      type: "ResourceServer",
      name: "timesheets",
      parent: "timesheets",
      inputs: {
        name: "Timesheets API",
        identifier: "https://api.exampleco.com/timesheets",
        signingAlg: "PS256",
        tokenDialect: "access_token",
        enforcePolicies: false,
        tokenLifetime: 3600,
      },
    },
    {
      type: "ResourceServerScopes",
      name: "timesheets-scopes",
      parent: "timesheets",
      inputs: {
        resourceServerIdentifier: "https://api.exampleco.com/timesheets",
        scopes: [
          { name: "batch:upload", description: "Upload timesheets in batches" },
          { name: "read:timesheets", description: "Read timesheets" },
        ],
      },
    },
  ]);
});

test("sets signing algorithm, token dialect and lifetime also where the caller leaves them to their defaults", async () => {
  const { registrations } = await register(() => new ProtectedApi("timesheets", timesheets));
  const server = registrations.find(({ type }) => type === "ResourceServer");
  expect(server?.inputs).toEqual({
    name: "Timesheets API",
    identifier: "https://api.exampleco.com/timesheets",
    signingAlg: "RS256",
    tokenDialect: "access_token",
    enforcePolicies: false,
    tokenLifetime: 86_400,
  });
});

test.each([
  ["auth0", false, "access_token"],
  ["auth0", true, "access_token_authz"],
  ["rfc9068", false, "rfc9068_profile"],
  ["rfc9068", true, "rfc9068_profile_authz"],
] as const)(
  "profile %s, permissions %s: dialect %s, and role-based access control only where permissions are asked for",
  async (tokenProfile, permissionsInToken, tokenDialect) => {
    const { registrations } = await register(
      () => new ProtectedApi("timesheets", { ...timesheets, tokenProfile, permissionsInToken }),
    );
    const server = registrations.find(({ type }) => type === "ResourceServer");
    expect(server?.inputs).toMatchObject({ tokenDialect, enforcePolicies: permissionsInToken });
  },
);

test("keeps the signing secret that Auth0 makes for an HS256 API secret", async () => {
  const { registrations } = await register(
    () => new ProtectedApi("timesheets", { ...timesheets, signingAlgorithm: "HS256" }),
  );
  expect(registrations.find(({ type }) => type === "ResourceServer")?.secretOutputs).toContain(
    "signingSecret",
  );
});

test("an API without scopes is declared without a list of scopes", async () => {
  const { registrations, result } = await register(
    () => new ProtectedApi("timesheets", { ...timesheets, scopes: {} }),
  );
  expect(registrations.map(({ type }) => type)).toEqual(["ProtectedApi", "ResourceServer"]);
  expect(await read(result.identifier)).toEqual({ value: timesheets.identifier, secret: false });
});

test("exposes its id and identifier", async () => {
  const { result } = await register(() => new ProtectedApi("timesheets", timesheets));
  expect(await read(result.apiId)).toEqual({ value: "id of timesheets", secret: false });
  expect(await read(result.identifier)).toEqual({ value: timesheets.identifier, secret: false });
});
