/** Requests end: with an answer, or with an error that says what happened to the connection. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server } from "node:net";
import { afterAll, expect, test } from "vitest";
import { connectionFailure } from "../../lib/connection.ts";
import { openResponse, sendRequest } from "../../lib/http.ts";

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  listening(createServer(answer).on("connection", (socket) => socket.unref()));

/** What became of a request that fails. */
const failure = (request: Promise<unknown>) =>
  request.then(
    () => "answered",
    (error: unknown) => connectionFailure(error)?.kind ?? error,
  );

test("sends method, headers and body, and reads status, headers and text", async () => {
  const url = await serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    response.writeHead(418, { "x-seen": request.headers["x-sent"] });
    response.end(`${request.method} ${request.url} ${Buffer.concat(chunks)}`);
  });
  const answer = await sendRequest(`${url}/a?b=c`, {
    method: "PUT",
    headers: { "x-sent": "yes" },
    body: "déjà vu",
  });
  expect(answer).toMatchObject({ status: 418, ok: false, text: "PUT /a?b=c déjà vu" });
  expect(answer.header("x-seen")).toBe("yes");
});

test("keeps the connection for the next request", async () => {
  const ports = new Set<number | undefined>();
  const url = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  for (let turn = 0; turn < 3; turn += 1) await sendRequest(url, {});
  expect(ports.size).toBe(1);
});

test.each([
  ["does not begin", () => {}],
  ["stops in the middle", (_: unknown, response: ServerResponse) => response.write("{")],
])("an answer that %s counts as timed out", async (_what, answer) => {
  const url = await serve(answer);
  expect(await failure(sendRequest(url, { silence: 50 }))).toBe("timed_out");
});

test("a kept connection that was closed meanwhile is replaced, for what may be sent twice alone", async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    // Closed as a server does that gives up an idle connection just when a request comes in.
    if (seen.length % 2 === 0) request.socket.resetAndDestroy();
    else response.end("ok");
  });
  await sendRequest(`${url}/1`, {});
  expect((await sendRequest(`${url}/2`, {})).text).toBe("ok");
  expect(await failure(sendRequest(`${url}/3`, { method: "POST" }))).toBe("cut");
  await sendRequest(`${url}/4`, {});
  expect((await sendRequest(`${url}/5`, { method: "POST", repeatable: true })).text).toBe("ok");
  const sent = (path: string) => seen.filter((request) => request.endsWith(path)).length;
  expect(["/1", "/2", "/3", "/4", "/5"].map(sent)).toEqual([1, 2, 1, 1, 2]);
});

test("an answer that drips for ever is bounded as a whole", async () => {
  const url = await serve((_request, response) => {
    const drip = setInterval(() => response.write("x"), 5);
    response.once("close", () => clearInterval(drip));
  });
  expect(await failure(sendRequest(url, { within: 100 }))).toBe("timed_out");
});

test("an answer that never stops is bounded in bytes", async () => {
  const url = await serve((_request, response) => {
    const pour = () => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
    };
    response.on("drain", pour);
    pour();
  });
  expect(await failure(sendRequest(url, { most: 200_000 }))).toBe("too_large");
});

test("what is no HTTP, a cut connection and a closed port each have their name", async () => {
  const greeting = await listening(createSocketServer((socket) => socket.end("220 mail ESMTP\r\n")));
  expect(await failure(sendRequest(greeting, {}))).toBe("no_http");
  const cut = await listening(createSocketServer((socket) => socket.once("data", () => socket.destroy())));
  expect(await failure(sendRequest(cut, {}))).toBe("cut");
  const closing = createSocketServer();
  const closed = await listening(closing);
  await new Promise((resolve) => closing.close(resolve));
  expect(await failure(sendRequest(closed, {}))).toBe("unreachable");
});

test.each([
  ["before it begins", false],
  ["in the middle", true],
])("an abort ends an answer %s with the signal's reason", async (_when, begins) => {
  const controller = new AbortController();
  const reason = new Error("interrupted");
  const url = await serve((_request, response) => {
    if (begins) response.write("{");
    else controller.abort(reason);
  });
  const request = sendRequest(url, { signal: controller.signal });
  if (begins) setTimeout(() => controller.abort(reason), 20);
  await expect(request).rejects.toBe(reason);
});

test("other hosts are reached through the proxy that the variables name, this machine is not", async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end("from the proxy");
  });
  proxy.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  const address = await listening(proxy);
  const env = { HTTP_PROXY: address, HTTPS_PROXY: address, NO_PROXY: "direct.invalid" };
  const { text } = await sendRequest("http://api.invalid/v1", { env });
  expect(text).toBe("from the proxy");
  await expect(sendRequest("https://tenant.invalid/", { env })).rejects.toThrow();
  await expect(sendRequest("http://direct.invalid/", { env })).rejects.toMatchObject({
    code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
  });
  const own = await serve((_request, response) => response.end("from here"));
  expect((await sendRequest(own.replace("127.0.0.1", "localhost"), { env })).text).toBe("from here");
  expect(asked).toEqual(["GET http://api.invalid/v1", "CONNECT tenant.invalid:443"]);
});

test("an answer can be read as it comes", async () => {
  const url = await serve((_request, response) => response.end("abc"));
  const answer = await openResponse(url, {});
  const chunks: string[] = [];
  for await (const chunk of answer.setEncoding("utf8")) chunks.push(String(chunk));
  expect(chunks.join("")).toBe("abc");
});
