/** How a command enters the Management API: by a secret, by a key of its own, for an audience apart from the domain. */
import { generateKeyPairSync } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { m2m } from "../../helpers/commandLine.ts";
import { type DriftTenant, startDriftTenant } from "../access/drift/driftTenant.ts";

let tenant: DriftTenant;
let keyLogin: Record<string, string>;

beforeAll(async () => {
  tenant = await startDriftTenant();
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const { client_id } = await tenant.call("POST", "clients", {
    name: "Pipeline",
    app_type: "non_interactive",
    grant_types: ["client_credentials"],
  });
  const { id } = await tenant.call("POST", `clients/${client_id}/credentials`, {
    credential_type: "public_key",
    name: "pipeline",
    pem: publicKey,
    alg: "PS256",
  });
  await tenant.call("PATCH", `clients/${client_id}`, {
    client_authentication_methods: { private_key_jwt: { credentials: [{ id }] } },
    token_endpoint_auth_method: null,
  });
  await tenant.call("POST", "client-grants", {
    client_id,
    audience: `${tenant.running.url}/api/v2/`,
    scope: [
      "read:resource_servers",
      "read:clients",
      "read:client_grants",
      "read:client_credentials",
      "read:logs",
    ],
  });
  keyLogin = {
    AUTH0_DOMAIN: tenant.running.domain,
    AUTH0_CLIENT_ID: String(client_id),
    AUTH0_CLIENT_ASSERTION_PRIVATE_KEY: privateKey,
    AUTH0_CLIENT_ASSERTION_SIGNING_ALG: "PS256",
  };
});
afterAll(() => tenant.close());
afterEach(() => tenant.forgetFaults());

const drift = (env: Record<string, string>) => m2m(["drift", "--stack", "dev"], { cwd: tenant.root, env });

test("a private key does, so that a pipeline shares no secret with the tenant", async () => {
  const { code, stdout } = await drift(keyLogin);
  expect(stdout).toContain("No difference in 1 stack.");
  expect(code).toBe(0);
});

test("an algorithm that Auth0 does not take is named before anything is sent", async () => {
  const { code, stdout, stderr } = await drift({ ...keyLogin, AUTH0_CLIENT_ASSERTION_SIGNING_ALG: "HS256" });
  expect(stdout + stderr).toContain("Give one of RS256, RS384, PS256.");
  expect(code).toBe(2);
});

test("AUTH0_AUDIENCE names the Management API apart from the domain", async () => {
  const right = `${tenant.running.url}/api/v2/`;
  expect((await drift({ ...tenant.env, AUTH0_AUDIENCE: right })).code).toBe(0);
  const { code, stdout, stderr } = await drift({
    ...tenant.env,
    AUTH0_AUDIENCE: "https://other.eu.auth0.com/api/v2/",
  });
  expect(stdout + stderr).toContain("other.eu.auth0.com/api/v2/");
  expect(code).toBe(3);
});

test("credentials that end with a line break are read without it", async () => {
  const env = Object.fromEntries(Object.entries(tenant.env).map(([name, value]) => [name, `${value}\n`]));
  expect((await drift(env)).code).toBe(0);
});

test.each([
  ["JSON with a byte order mark", (entry: object) => `\uFEFF${JSON.stringify({ dev: entry })}`],
  [
    "YAML with a byte order mark and Windows line ends",
    (entry: object) => `\uFEFF${stringify({ dev: entry }).replaceAll("\n", "\r\n")}`,
  ],
  [
    "values that end with a line break",
    (entry: object) =>
      JSON.stringify({
        dev: Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, `${value}\n`])),
      }),
  ],
])("a credentials file is read: %s", async (_, textOf) => {
  const { AUTH0_DOMAIN: domain, AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret } = tenant.env;
  const file = path.join(tenant.root, "tenants");
  await writeFile(file, textOf({ domain, clientId, clientSecret }), { mode: 0o600 });
  const argv = ["drift", "--stack", "dev", "--credentials-file", file];
  const { code, stdout, stderr } = await m2m(argv, { cwd: tenant.root });
  expect(code, stdout + stderr).toBe(0);
});

test.each([0o777, 0o640, 0o604])(
  "a credentials file with mode %o is refused, with the command that helps",
  async (mode) => {
    const file = path.join(tenant.root, "open");
    await writeFile(file, "{}");
    await chmod(file, mode);
    const argv = ["drift", "--stack", "dev", "--credentials-file", file];
    const { code, stderr } = await m2m(argv, { cwd: tenant.root });
    expect(stderr).toContain(`can be read by others (mode 0${mode.toString(8)})`);
    expect(stderr).toContain(`chmod 600 ${file}`);
    expect(code).toBe(2);
  },
);

test.each([
  [{ "retry-after": "42" }, /quota .* is used up; try again in 42 s, at 2/],
  [{}, /quota .* is used up; try again in some minutes/],
])(
  "a token endpoint with the headers %j whose quota is used up says when to try again",
  async (headers, said) => {
    const body = { error: "too_many_requests", error_description: "Client quota exceeded" };
    await tenant.fault("/oauth/token", 20, { status: 429, headers, body });
    const { code, stdout, stderr } = await drift(tenant.env);
    expect(stdout + stderr).toMatch(said);
    expect(code).toBe(1);
  },
);
