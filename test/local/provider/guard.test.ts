/** The provider serves this machine and the stack `local`, and nothing else. */
import { expect, test } from "vitest";
import { parseUrn, requireLocalStack, requireLoopback } from "../../../local/provider/guard.ts";
import { accessFrom } from "../../../local/provider/tenant.ts";

test.each(["localhost", "localhost:8443", "LOCALHOST:1", "127.0.0.1:9", "127.8.9.10", "[::1]:8443", "[::1]"])(
  "talks to %s",
  (domain) => {
    expect(() => requireLoopback(domain)).not.toThrow();
  },
);

test.each([
  "example.eu.auth0.com",
  "localhost.example.com",
  "127.0.0.1.example.com",
  "127.0.0.1@example.com",
  "example.com#localhost",
  "128.0.0.1",
  "127.0.0.256",
  "localhost:99999",
  "[::2]",
  "0.0.0.0",
  "",
])("refuses %j", (domain) => {
  expect(() => requireLoopback(domain)).toThrow(/on this machine alone.*official auth0 plugin/);
});

test("refuses every stack but local, by name", () => {
  const urn = parseUrn("urn:pulumi:production::timesheets::auth0:index/client:Client::job");
  expect(() => requireLocalStack(urn)).toThrow('the stack "local" alone, not "production"');
});

test("reads a URN within components, whatever its name holds", () => {
  const urn = "urn:pulumi:local::timesheets::timesheets:index:MachineApp$auth0:index/client:Client::a::b";
  expect(parseUrn(urn)).toEqual({ stack: "local", type: "auth0:index/client:Client", name: "a::b" });
});

test("takes the stack's configuration before the environment, as the official plugin does", () => {
  const env = { AUTH0_DOMAIN: "localhost:1", AUTH0_CLIENT_ID: "a", AUTH0_CLIENT_SECRET: "b" };
  expect(accessFrom({ domain: "localhost:2" }, env)).toEqual({
    domain: "localhost:2",
    credentials: { clientId: "a", clientSecret: "b" },
  });
  expect(() => accessFrom({ domain: "example.eu.auth0.com" }, env)).toThrow("on this machine alone");
});

test("names the variables that are missing", () => {
  expect(() => accessFrom({}, {})).toThrow("AUTH0_DOMAIN is not set");
  expect(() => accessFrom({}, { AUTH0_DOMAIN: "localhost:1" })).toThrow(
    "AUTH0_CLIENT_SECRET, or AUTH0_API_TOKEN",
  );
});
