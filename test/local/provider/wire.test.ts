/** What is sent for a program's properties, and what is recorded of an answer. */
import { expect, test } from "vitest";
import { client } from "../../../local/provider/resources/client.ts";
import { clientGrant } from "../../../local/provider/resources/clientGrant.ts";
import { resourceServer } from "../../../local/provider/resources/resourceServer.ts";
import { resourceServerScopes } from "../../../local/provider/resources/resourceServerScopes.ts";
import { fromAnswer, toBody } from "../../../local/provider/wire.ts";

test("creates an API with what the program says and nothing else", () => {
  const inputs = {
    name: "Timesheets",
    identifier: "https://x",
    signingAlg: "RS256",
    tokenDialect: "access_token",
  };
  expect(toBody(resourceServer.properties, inputs)).toEqual({
    name: "Timesheets",
    identifier: "https://x",
    signing_alg: "RS256",
    token_dialect: "access_token",
  });
});

test("updates an API with everything but its identifier, which the tenant would refuse", () => {
  const inputs = { name: "New", identifier: "https://x", signingAlg: "RS256" };
  expect(toBody(resourceServer.properties, inputs, new Set(["name"]))).toEqual({
    name: "New",
    signing_alg: "RS256",
  });
});

test("updates a grant with what changed alone", () => {
  const inputs = { clientId: "c", audience: "a", scopes: ["x"], organizationUsage: "deny" };
  expect(toBody(clientGrant.properties, inputs, new Set(["scopes"]))).toEqual({ scope: ["x"] });
});

test("sends the lifetime within the JWT configuration only when that changed", () => {
  const inputs = {
    name: "Job",
    jwtConfiguration: { alg: "RS256", lifetimeInSeconds: 60, secretEncoded: false },
  };
  const changed = new Set(["jwtConfiguration", "jwtConfiguration.alg"]);
  expect(toBody(client.properties, inputs, changed)).toEqual({
    name: "Job",
    jwt_configuration: { alg: "RS256" },
  });
});

test("sends scopes in the same order whatever the program's", () => {
  const a = { name: "a", description: "1" };
  const b = { name: "b", description: "2" };
  const body = (...scopes: { name: string; description: string }[]) =>
    toBody(resourceServerScopes.properties, { scopes });
  expect(body(b, a)).toEqual(body(a, b));
});

test("records what the tenant leaves out as the official plugin does", () => {
  const outputs = fromAnswer(resourceServer.properties, {
    id: "1",
    identifier: "https://x",
    token_lifetime: 60,
  });
  expect(outputs).toMatchObject({
    name: "",
    identifier: "https://x",
    tokenLifetime: 60,
    enforcePolicies: false,
    tokenDialect: "",
    isSystem: false,
  });
});
