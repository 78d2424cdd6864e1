/** The tenant as a running server: files, ports, restarts, faults, time, plans, rate limits. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveTenant } from "../../../local/tenant/serve.ts";
import { startTenant, type TestTenant } from "./support/running.ts";

const folder = () => mkdtemp(join(tmpdir(), "tenant-"));

describe("starting", () => {
  test("keeps what only the owner may read from everyone else", async () => {
    await using tenant = await startTenant();
    const mode = async (name: string) => ((await stat(join(tenant.dataDir, name))).mode & 0o777).toString(8);
    expect(await mode(".")).toBe("700");
    for (const name of ["tenant.sqlite", "tls-key.pem", "tls.pem"]) expect(await mode(name)).toBe("600");
  });

  test("again on the same folder gives the same application, keys and certificate, on whatever port", async () => {
    const dataDir = await folder();
    const visit = async () => {
      await using tenant = await startTenant({ dataDir });
      await tenant.manage("POST", "/resource-servers", { identifier: "urn:kept" });
      const { body } = await tenant.call({ path: "/.well-known/jwks.json" });
      const apis = (await tenant.manage("GET", "/resource-servers")).body;
      const { clientId, clientSecret, url } = tenant;
      expect(apis[0].identifier).toBe(`${url}/api/v2/`);
      expect(apis.map(({ identifier }: { identifier: string }) => identifier)).toContain("urn:kept");
      return { clientId, clientSecret, keys: body.keys.map(({ kid }: { kid: string }) => kid) };
    };
    expect(await visit()).toEqual(await visit());
    await rm(dataDir, { recursive: true });
  });

  test("on a taken port, or on data that another tenant uses, is one clear error", async () => {
    await using tenant = await startTenant();
    const port = Number(tenant.domain.split(":")[1]);
    const dataDir = await folder();
    await expect(serveTenant({ dataDir, port })).rejects.toMatchObject({ code: "port_taken", exitCode: 1 });
    await expect(serveTenant({ dataDir, controlPort: port })).rejects.toMatchObject({ code: "port_taken" });
    const script = `import { serveTenant } from ${JSON.stringify(join(import.meta.dirname, "../../../local/tenant/serve.ts"))};
      await serveTenant({ dataDir: process.argv[1] }).catch((error) => console.log(error.code));`;
    const second = spawn(process.execPath, ["--input-type=module", "--eval", script, tenant.dataDir]);
    const text = await second.stdout.setEncoding("utf8").toArray();
    expect(text.join("").trim()).toBe("data_folder_in_use");
    await rm(dataDir, { recursive: true });
  });

  test("on an address that others may reach warns, and covers it in the certificate", async () => {
    const warnings: string[] = [];
    await using tenant = await startTenant({
      host: "0.0.0.0",
      report: ({ message }) => warnings.push(message),
    });
    expect(warnings).toEqual([expect.stringContaining("other machines may reach it")]);
    expect((await tenant.call({ path: "/" })).status).toBe(200);
  });

  test("frees its ports when it is closed", async () => {
    const tenant = await startTenant();
    const port = Number(tenant.domain.split(":")[1]);
    await tenant[Symbol.asyncDispose]();
    await new Promise<void>((resolve, reject) => {
      const server = createServer().once("error", reject);
      server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
    });
  });
});

describe("the control interface", () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await startTenant();
  });
  afterAll(() => tenant[Symbol.asyncDispose]());

  test("asks for its key", async () => {
    for (const authorization of ["", "Bearer wrong", `Bearer ${"x".repeat(tenant.controlKey.length)}`]) {
      expect((await fetch(`${tenant.controlUrl}/faults`, { headers: { authorization } })).status).toBe(401);
    }
  });

  test("makes the next requests fail, as many as were ordered, after as many as were skipped", async () => {
    const path = "/.well-known/*";
    const failing = {
      method: "GET",
      path,
      count: 2,
      skip: 1,
      // biome-ignore lint/suspicious/noThenProperty: the name on the wire; nothing awaits it
      then: { status: 503, headers: { "retry-after": "1" }, body: { a: 1 } },
    };
    await tenant.control("POST", "/faults", failing);
    const read = () => tenant.call({ path: "/.well-known/jwks.json" });
    expect((await read()).status).toBe(200);
    expect(await read()).toMatchObject({ status: 503, body: { a: 1 }, headers: { "retry-after": "1" } });
    expect((await read()).status).toBe(503);
    expect((await read()).status).toBe(200);
    expect((await tenant.control("GET", "/faults")).body).toEqual([]);
  });

  test("delays, cuts and garbles answers", async () => {
    const path = "/.well-known/jwks.json";
    const order = (then: object) => tenant.control("POST", "/faults", { path, count: 1, then });
    await order({ cut: true });
    await expect(tenant.call({ path })).rejects.toThrow();
    await order({ malformed: true });
    expect(typeof (await tenant.call({ path })).body).toBe("string");
    await order({ delayMs: 120 });
    const started = performance.now();
    expect((await tenant.call({ path })).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(100);
    expect((await order({ delayMs: 1, cut: true })).status).toBe(400);
    expect((await order({ colour: 1 })).status).toBe(400);
  });

  test("moves the clock", async () => {
    const before = Date.now();
    await tenant.managementToken();
    await tenant.control("POST", "/clock", { advanceMs: 7_200_000 });
    const made = await tenant.manage("POST", "/resource-servers", { identifier: "urn:future" });
    expect(Number.parseInt(made.body.id.slice(0, 8), 16) * 1000).toBeGreaterThan(before + 7_100_000);
    await tenant.control("POST", "/clock", { stopped: true });
    const { body } = await tenant.control("POST", "/clock", { set: "2030-01-01T00:00:00Z" });
    expect(body.now).toBe("2030-01-01T00:00:00.000Z");
    expect((await tenant.control("GET", "/clock")).body).toEqual(body);
    await tenant.control("POST", "/clock", { stopped: false });
    expect((await tenant.control("GET", "/clock")).body.now).toMatch(/^2030-01-01/);
    await tenant.control("POST", "/reset");
    expect((await tenant.control("GET", "/clock")).body.now).not.toMatch(/^2030/);
  });

  test("leaves what the Dashboard leaves when an API is created there", async () => {
    const api = { name: "Timesheets API", identifier: "https://api.exampleco.com/timesheets" };
    const { body: ids } = await tenant.control("POST", "/dashboard/apis", api);
    const server = (await tenant.manage("GET", `/resource-servers/${ids.resourceServerId}`)).body;
    expect(server).toMatchObject({
      ...api,
      token_dialect: "access_token",
      skip_consent_for_verifiable_first_party_clients: true,
    });
    expect(server).not.toHaveProperty("scopes");
    expect((await tenant.manage("GET", `/clients/${ids.clientId}`)).body).toMatchObject({
      name: "Timesheets API (Test Application)",
      app_type: "non_interactive",
      oidc_conformant: true,
      grant_types: ["client_credentials"],
      token_endpoint_auth_method: "client_secret_post",
      jwt_configuration: { alg: "RS256", lifetime_in_seconds: 36_000, secret_encoded: false },
      refresh_token: { token_lifetime: 31_557_600, idle_token_lifetime: 2_592_000 },
    });
    expect((await tenant.manage("GET", `/client-grants/${ids.grantId}`)).body).toMatchObject({
      client_id: ids.clientId,
      audience: api.identifier,
      scope: [],
      subject_type: "client",
    });
    expect((await tenant.control("POST", "/dashboard/apis", api)).status).toBe(409);
    expect((await tenant.control("POST", "/dashboard/apis", { ...api, idempotent: true })).body).toEqual(ids);
  });
});

describe("rate limits", () => {
  test("of the free plan let two management requests through at once, and count on every answer", async () => {
    await using tenant = await startTenant({ rateLimit: "free" });
    await tenant.managementToken();
    await tenant.control("POST", "/clock", { advanceMs: 60_000, stopped: true });
    const answers = [];
    for (let index = 0; index < 3; index++) answers.push(await tenant.manage("GET", "/clients"));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers.map(({ headers }) => headers["x-ratelimit-remaining"])).toEqual(["1", "0", "0"]);
    expect(answers[2]).toMatchObject({
      headers: {
        "x-ratelimit-limit": "2",
        "x-ratelimit-reset": expect.stringMatching(/^\d{10}$/),
        "retry-after": "1",
      },
      body: {
        statusCode: 429,
        error: "Too Many Requests",
        message: "Global limit has been reached",
        errorCode: "too_many_requests",
      },
    });
    await tenant.control("POST", "/clock", { advanceMs: 1000 });
    expect((await tenant.manage("GET", "/clients")).status).toBe(200);
  });

  test("of the self-service plan are kept endpoint by endpoint", async () => {
    await using tenant = await startTenant({ rateLimit: "self-service" });
    await tenant.control("POST", "/clock", { stopped: true });
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 20) {
      statuses.push((await tenant.manage("GET", "/clients")).status);
    }
    expect(statuses.slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
    expect(statuses.length).toBeLessThan(20);
    expect((await tenant.manage("GET", "/clients")).body.message).toBe("Endpoint limit has been reached");
    expect((await tenant.manage("GET", "/client-grants")).status).toBe(200);
  });

  test("do not show where there are none", async () => {
    await using tenant = await startTenant();
    const { headers } = await tenant.manage("GET", "/clients");
    expect(Object.keys(headers).filter((name) => name.startsWith("x-ratelimit"))).toEqual([]);
  });
});

test("a token quota is counted, and says when to come back", async () => {
  await using tenant = await startTenant();
  await tenant.manage("POST", "/resource-servers", { identifier: "urn:quota" });
  const token_quota = { client_credentials: { enforce: true, per_hour: 2, per_day: 10 } };
  const { client_id, client_secret } = (
    await tenant.manage("POST", "/clients", { name: "Quota", token_quota })
  ).body;
  await tenant.manage("POST", "/client-grants", { client_id, audience: "urn:quota", scope: [] });
  const ask = () => tenant.token({ client_id, client_secret, audience: "urn:quota" });
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
  const { status, body, headers } = await ask();
  expect([status, body]).toEqual([
    429,
    { error: "too_many_requests", error_description: "Client quota exceeded" },
  ]);
  expect(headers["auth0-client-quota-limit"]).toMatch(/^b=per_hour;q=2;r=0;t=\d+,b=per_day;q=10;r=8;t=\d+$/);
  expect(Number(headers["retry-after"])).toBeGreaterThan(0);
});
