/** Every request of both command lines goes through the proxy that the variables name. */

import dns from "node:dns";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { sendRequest } from "../../lib/http.ts";
import { createTlsMaterial } from "../../local/tenant/certificates.ts";
import { timesheetsJob } from "../../scripts/import/job/timesheets.ts";
import { createApiClient } from "../../scripts/import/send/apiClient.ts";
import { repository } from "../helpers/commandLine.ts";
import { startImport, startM2m } from "../helpers/process.ts";

let proxy: Server;
let api: Server;
/** Where tunnels lead. */
let target: Server;
let folder: string;
const asked: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "proxy-"));
  api = createHttpServer((_request, response) => response.end('{"from":"the API"}'));
  await new Promise<void>((listening) => api.listen(0, "127.0.0.1", listening));
  target = api;
  // Whatever host is asked for, the tunnel leads to a server of this test.
  proxy = createHttpServer((request, response) => {
    asked.push(request.url ?? "");
    response.end('{"from":"the API"}');
  }).on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    const tunnel = connect((target.address() as AddressInfo).port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(tunnel).pipe(socket);
    });
    tunnel.on("error", () => socket.destroy());
    socket.on("error", () => tunnel.destroy());
  });
  await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  proxy.close();
  api.close();
});
afterEach(() => asked.splice(0));

const address = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

const upload = async (env: Record<string, string>, apiUrl = "http://api.example.test") => {
  const client = createApiClient({
    apiUrl,
    job: timesheetsJob,
    connections: 1,
    timeout: 3000,
    env,
  });
  const answer = await client.send(["{}"], "token", 3000);
  await client.close();
  return answer;
};

test.each(["HTTP_PROXY", "http_proxy"])("an import's batches go through %s", async (name) => {
  await upload({ [name]: address() });
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain("api.example.test");
});

test("a host in NO_PROXY is asked directly", async () => {
  await upload({ HTTP_PROXY: address(), NO_PROXY: "example.test" });
  expect(asked).toEqual([]);
});

test("a request of the tool goes through HTTP_PROXY, and directly to this machine", async () => {
  const env = { HTTP_PROXY: address() };
  expect((await sendRequest("http://api.example.test/a", { env })).text).toBe('{"from":"the API"}');
  expect(asked).toEqual(["http://api.example.test/a"]);
  const own = `http://localhost:${(api.address() as AddressInfo).port}/`;
  expect((await sendRequest(own, { env })).ok).toBe(true);
  expect(asked).toHaveLength(1);
});

test("a service that is to be found as localhost on ::1 alone is found there, by the tool and by an import", async () => {
  const reached: string[] = [];
  const server = createHttpServer((request, response) => {
    reached.push(request.method ?? "");
    response.end('{"from":"the API"}');
  });
  await new Promise<void>((listening) => server.listen(0, "::1", listening));
  const { lookup } = dns;
  const only = [{ address: "::1", family: 6 }];
  const lookUp = (_name: string, options: { all?: boolean }, done: (...found: unknown[]) => void) =>
    options.all ? done(null, only) : done(null, "::1", 6);
  Object.assign(dns, { lookup: lookUp });
  try {
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    await sendRequest(`${url}/`, { env: { HTTP_PROXY: address() } });
    await upload({ HTTP_PROXY: address() }, url);
    expect(reached).toEqual(["GET", "POST"]);
    expect(asked).toEqual([]);
  } finally {
    Object.assign(dns, { lookup });
    server.close();
  }
});

/** Both command lines, through the proxy, at a tenant that knows neither. */
async function startBoth(more: Record<string, string>) {
  const env = { HTTPS_PROXY: address(), ...more };
  const drift = startM2m(["drift", "--stack", "dev"], {
    ...env,
    AUTH0_DOMAIN: "drift.example.test",
    AUTH0_CLIENT_ID: "id",
    AUTH0_CLIENT_SECRET: "secret",
  });
  const file = path.join(folder, "entries.csv");
  await cp(path.join(repository, "timesheets", "sample.csv"), file);
  const upload = startImport([file, "--api-url", "https://api.example.test"], {
    ...env,
    TIMESHEETS_TOKEN_ENDPOINT: "https://import.example.test/oauth/token",
    TIMESHEETS_CLIENT_ID: "id",
    TIMESHEETS_CLIENT_SECRET: "secret",
    TIMESHEETS_AUDIENCE: "https://api.example.test",
  });
  return { drift, upload };
}

test("behind the proxy, an authority is trusted where NODE_EXTRA_CA_CERTS names it, and not otherwise", async () => {
  const hosts = ["drift.example.test", "import.example.test"];
  const { authority, server } = await createTlsMaterial(hosts, Date.now());
  const refuse = JSON.stringify({ error: "access_denied", error_description: "Unauthorized" });
  const tenant = createHttpsServer({ key: server.key, cert: server.certificate }, (_request, response) =>
    response.writeHead(401, { "content-type": "application/json" }).end(refuse),
  );
  await new Promise<void>((listening) => tenant.listen(0, "127.0.0.1", listening));
  const NODE_EXTRA_CA_CERTS = path.join(folder, "ca.pem");
  await writeFile(NODE_EXTRA_CA_CERTS, authority.certificate);
  target = tenant;
  try {
    const trusting = await startBoth({ NODE_EXTRA_CA_CERTS });
    for (const { code, stderr } of await Promise.all([trusting.drift.ended, trusting.upload.ended])) {
      expect({ code, stderr }).toEqual({ code: 3, stderr: expect.not.stringContaining("not trusted") });
    }
    const other = await startBoth({});
    const [drift] = await Promise.all([other.drift.ended, other.upload.kill("SIGKILL")]);
    expect(drift).toMatchObject({ code: 1, stderr: expect.stringContaining("is not trusted") });
    expect([...new Set(asked)].sort()).toEqual(["drift.example.test:443", "import.example.test:443"]);
  } finally {
    target = api;
    tenant.close();
  }
});

test("auth0-m2m and timesheets-import ask the tenant through HTTPS_PROXY alone", async () => {
  const { drift, upload } = await startBoth({});
  const tunnels = () => expect.poll(() => [...new Set(asked)].sort(), { timeout: 20_000 });
  await tunnels().toEqual(["drift.example.test:443", "import.example.test:443"]);
  upload.kill("SIGKILL");
  await Promise.all([drift.ended, upload.ended]);
});
