/** A tenant with a custom domain: its own issuer there, and one tenant for every command, whichever domain is named. */
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStack } from "../../../scripts/session/stack.ts";
import { identify, recordTenant } from "../../../scripts/session/stackTenant.ts";
import { m2m, timesheetsImport } from "../../helpers/commandLine.ts";
import { type Body, type DriftTenant, startDriftTenant } from "../access/drift/driftTenant.ts";

let tenant: DriftTenant;
let custom: string;
let own: string;

beforeAll(async () => {
  tenant = await startDriftTenant({ customHost: "127.0.0.1" });
  own = tenant.running.domain;
  custom = own.replace("localhost", "127.0.0.1");
});
afterAll(() => tenant.close());

const settings = (text: string) => writeFile(path.join(tenant.root, "Pulumi.dev.yaml"), text);

async function tokenAt(domain: string): Promise<string> {
  const { clientId, clientSecret } = tenant.running;
  const response = await fetch(`https://${domain}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      audience: `https://${own}/api/v2/`,
    }),
  });
  const { access_token } = (await response.json()) as { access_token: string };
  return access_token;
}

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));

describe("the local tenant", () => {
  test("names the domain that it was asked at as issuer, and signs with the same keys", async () => {
    const read = async (address: string) => (await (await fetch(address)).json()) as Body;
    for (const domain of [own, custom]) {
      expect(claimsOf(await tokenAt(domain)).iss).toBe(`https://${domain}/`);
      const discovery = await read(`https://${domain}/.well-known/openid-configuration`);
      expect(discovery).toMatchObject({
        issuer: `https://${domain}/`,
        jwks_uri: `https://${domain}/.well-known/jwks.json`,
      });
      expect(await read(String(discovery.jwks_uri))).toEqual(
        await read(`https://${own}/.well-known/jwks.json`),
      );
    }
  });

  test("lets a token of either domain into its Management API at either", async () => {
    for (const [asked, used] of [
      [custom, own],
      [own, custom],
      [custom, custom],
    ] as const) {
      const headers = { authorization: `Bearer ${await tokenAt(asked)}` };
      expect((await fetch(`https://${used}/api/v2/clients`, { headers })).status).toBe(200);
    }
  });
});

describe("a stack", () => {
  const run = (argv: string[], env: Record<string, string> = {}) =>
    m2m([...argv, "--stack", "dev"], {
      cwd: tenant.root,
      env: { ...tenant.env, AUTH0_DOMAIN: custom, AUTH0_AUDIENCE: `https://${own}/api/v2/`, ...env },
    });

  test.each([
    ["drift", ["drift"], "No difference in 1 stack."],
    ["graph --live", ["graph", "--live"], "batch:upload"],
  ])(
    "that records the tenant's own domain is entered through the custom one: %s",
    async (_, argv, expected) => {
      await settings(`config:\n  timesheets:tenant: ${own}\n`);
      const { code, stdout, stderr } = await run(argv);
      expect(stdout, stderr).toContain(expected);
      expect(code).toBe(0);
    },
  );

  test("timesheets-import sends a token of the custom domain that its credentials name", async () => {
    const seen: string[] = [];
    const api = createServer((request, response) => {
      seen.push(request.headers.authorization ?? "");
      response.writeHead(401).end();
    });
    await new Promise<void>((listening) => api.listen(0, "127.0.0.1", listening));
    const address = api.address();
    const port = typeof address === "object" ? address?.port : 0;
    await writeFile(
      path.join(tenant.root, "rows.csv"),
      "user_id,date,project,hours\ncontractor-0001,2026-10-01,atlas,1\n",
    );
    const { clientId, clientSecret } = tenant.running;
    const audience = `https://${own}/api/v2/`;
    await writeFile(
      path.join(tenant.root, "job.json"),
      JSON.stringify({ domain: custom, clientId, clientSecret, audience }),
      { mode: 0o600 },
    );
    await timesheetsImport(
      ["rows.csv", "--credentials-file", "job.json", "--api-url", `http://127.0.0.1:${port}`],
      { cwd: tenant.root },
    );
    await new Promise((closed) => api.close(closed));
    expect(claimsOf(seen[0] ?? "").iss).toBe(`https://${custom}/`);
  });

  test("refuses a custom domain without the audience that says whose it is", async () => {
    await settings(`config:\n  timesheets:tenant: ${own}\n`);
    const { code, stderr } = await run(["drift"], { AUTH0_AUDIENCE: "" });
    expect(stderr).toContain("set AUTH0_AUDIENCE");
    expect(code).toBe(2);
  });

  test("refuses a token of another tenant behind a custom domain", async () => {
    await settings(`config:\n  timesheets:tenant: ${own}\n`);
    const token = `e30.${Buffer.from('{"aud":"https://other.eu.auth0.com/api/v2/"}').toString("base64url")}.x`;
    const { code, stderr } = await run(["drift"], { AUTH0_API_TOKEN: token });
    expect(stderr).toContain(`AUTH0_API_TOKEN is not a token for https://${own}/api/v2/.`);
    expect(code).toBe(2);
  });
});

describe("which tenant a domain belongs to", () => {
  const audience = "https://example.eu.auth0.com/api/v2/";
  const noSecrets = async (key: string) => expect.fail(`${key} is not encrypted.`);
  const open = (env: Record<string, string>) =>
    identify(
      openStack("dev", {
        cwd: tenant.root,
        env,
        stdin: process.stdin,
        stdout: process.stdout,
        stderr: process.stderr,
        signal: new AbortController().signal,
      }),
      { moveTenant: false, decrypt: noSecrets },
    );
  const login = "login.example.com";
  const agreeing: [string, string, Record<string, string>][] = [
    [
      "the stack's own",
      "timesheets:tenant: example.eu.auth0.com",
      { AUTH0_DOMAIN: login, AUTH0_AUDIENCE: audience },
    ],
    ["the custom one", `auth0:domain: ${login}`, { AUTH0_DOMAIN: login, AUTH0_AUDIENCE: audience }],
    [
      "both",
      `auth0:domain: ${login}\n  timesheets:tenant: example.eu.auth0.com`,
      { AUTH0_AUDIENCE: audience },
    ],
    [
      "the custom one, with its audience",
      `auth0:domain: ${login}\n  auth0:audience: ${audience}`,
      { AUTH0_DOMAIN: "example.eu.auth0.com" },
    ],
  ];
  test.each(agreeing)("settings that name %s agree with the shell", async (_, lines, env) => {
    await settings(`config:\n  ${lines}\n`);
    await expect(open(env)).resolves.toBeDefined();
  });

  const contradicting: [string, string, Record<string, string>][] = [
    [
      "another custom domain in the settings",
      "auth0:domain: login.other.com",
      { AUTH0_DOMAIN: login, AUTH0_AUDIENCE: audience },
    ],
    [
      "another domain in the shell",
      `auth0:domain: ${login}\n  auth0:audience: ${audience}`,
      { AUTH0_DOMAIN: "login.other.com" },
    ],
    [
      "a domain of Auth0 beside another's audience",
      "timesheets:tenant: example.eu.auth0.com",
      { AUTH0_DOMAIN: "other.eu.auth0.com", AUTH0_AUDIENCE: audience },
    ],
  ];
  test.each(contradicting)("%s contradicts, whatever the audience says", async (_, lines, env) => {
    await settings(`config:\n  ${lines}\n`);
    await expect(open(env)).rejects.toMatchObject({ code: "tenant_mismatch", exitCode: 2 });
  });

  test("bootstrap records the tenant's own domain", async () => {
    await settings("config:\n  timesheets:access: {}\n");
    await recordTenant(await open({ AUTH0_DOMAIN: login, AUTH0_AUDIENCE: audience }), noSecrets);
    await expect(open({ AUTH0_DOMAIN: "example.eu.auth0.com" })).resolves.toBeDefined();
    await expect(open({ AUTH0_DOMAIN: login })).rejects.toThrow("names the tenant example.eu.auth0.com");
  });
});
