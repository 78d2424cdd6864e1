/** Every request of both command lines goes through the proxy that the variables name. */

import { cp, mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, type Server } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { sendRequest } from "../../lib/http.ts";
import { timesheetsJob } from "../../scripts/import/job/timesheets.ts";
import { createApiClient } from "../../scripts/import/send/apiClient.ts";
import { repository } from "../helpers/commandLine.ts";
import { startImport, startM2m } from "../helpers/process.ts";

let proxy: Server;
let api: Server;
let folder: string;
const asked: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "proxy-"));
  api = createHttpServer((_request, response) => response.end('{"from":"the API"}'));
  await new Promise<void>((listening) => api.listen(0, "127.0.0.1", listening));
  // Whatever host is asked for, the tunnel leads to the API of this test.
  proxy = createHttpServer((request, response) => {
    asked.push(request.url ?? "");
    response.end('{"from":"the API"}');
  }).on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    const tunnel = connect((api.address() as AddressInfo).port, "127.0.0.1", () => {
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

const upload = async (env: Record<string, string>) => {
  const client = createApiClient({
    apiUrl: "http://api.example.test",
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

test("auth0-m2m and timesheets-import ask the tenant through HTTPS_PROXY alone", async () => {
  const HTTPS_PROXY = address();
  const drift = startM2m(["drift", "--stack", "dev"], {
    HTTPS_PROXY,
    AUTH0_DOMAIN: "drift.example.test",
    AUTH0_CLIENT_ID: "id",
    AUTH0_CLIENT_SECRET: "secret",
  });
  const file = path.join(folder, "entries.csv");
  await cp(path.join(repository, "timesheets", "sample.csv"), file);
  const upload = startImport([file, "--api-url", "https://api.example.test"], {
    HTTPS_PROXY,
    TIMESHEETS_TOKEN_ENDPOINT: "https://import.example.test/oauth/token",
    TIMESHEETS_CLIENT_ID: "id",
    TIMESHEETS_CLIENT_SECRET: "secret",
    TIMESHEETS_AUDIENCE: "https://api.example.test",
  });
  const tunnels = () => expect.poll(() => [...new Set(asked)].sort(), { timeout: 20_000 });
  await tunnels().toEqual(["drift.example.test:443", "import.example.test:443"]);
  upload.kill("SIGKILL");
  await Promise.all([drift.ended, upload.ended]);
});
