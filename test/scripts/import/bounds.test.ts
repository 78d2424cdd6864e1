/** The import ends: whatever an API or a token endpoint answers, however slowly or without end. */
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { bearer, type Handler, startFakeApi, stored } from "./fakeApi.ts";

/** Sends bytes for as long as the other end listens. */
const drip =
  (begin: string, piece: string | Buffer, every = 20): Handler =>
  (_request, response) => {
    const { socket } = response;
    socket?.write(begin);
    const timer = setInterval(() => socket?.write(piece), every);
    socket?.once("close", () => clearInterval(timer)).on("error", () => {});
    return undefined;
  };

const once =
  (first: Handler): Handler =>
  (request, response) =>
    request.number === 1 ? first(request, response) : stored(request, response);

const raw =
  (text: string): Handler =>
  (_request, response) => {
    response.socket?.end(text);
    return undefined;
  };

const past = new Date(Date.now() - 60_000).toUTCString();

test.concurrent.each<[string, Record<string, string>]>([
  ["without a word", {}],
  ...["1", "0", "-1", "1.5", past, "soon", "", "99999999999999999999", "1, 1"].map(
    (value): [string, Record<string, string>] => [`and Retry-After: ${value}`, { "retry-after": value }],
  ),
])("gives up in time on an API that answers 503 %s", async (_what, headers) => {
  await using api = await startFakeApi(() => ({ status: 503, headers }));
  const { code, summary, seconds } = await api.run(["--give-up-after", "2s"]);
  expect(code).toBe(1);
  expect(summary.error).toMatchObject({
    code: "api_unavailable",
    message: expect.stringContaining("(last: 503)"),
  });
  expect(seconds).toBeLessThan(6);
  expect(api.uploads.length).toBeLessThan(20);
});

test.concurrent.each([
  408,
  421,
  425,
  429,
  500,
  502,
  503,
  504,
  507,
  ...Array.from({ length: 10 }, (_, n) => 520 + n),
  530,
  599,
])("retries after %i", async (status) => {
  await using api = await startFakeApi(once(() => ({ status })));
  const { code, summary } = await api.run();
  expect({ code, accepted: summary.accepted, retries: summary.retries }).toEqual({
    code: 0,
    accepted: 2,
    retries: { [status]: 1 },
  });
});

test.concurrent.each([402, 404, 405, 406, 410, 411, 415, 418, 501, 505, 506, 508, 510, 511, 600, 999])(
  "stops at once after %i, and names it",
  async (status) => {
    await using api = await startFakeApi(() => ({ status, body: { message: "Not here." } }));
    const { code, summary } = await api.run();
    expect(code).toBe(1);
    expect(summary.error.message).toContain(`it answers ${status}, Not here.`);
    expect(api.uploads).toHaveLength(1);
  },
);

test.concurrent.each<[string, Handler, string, string]>([
  [
    "a body that comes a byte at a time",
    drip("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", " "),
    "timeout",
    "no answer in time",
  ],
  ["headers that come a byte at a time", drip("HTTP/1.1 200 OK\r\nx: ", "a"), "timeout", "no answer in time"],
  [
    "interim answers without end",
    drip("", "HTTP/1.1 102 Processing\r\n\r\n"),
    "timeout",
    "no answer in time",
  ],
  ["nothing at all", () => undefined, "timeout", "no answer in time"],
  ["what is no HTTP", raw("SSH-2.0-OpenSSH_9.6\r\n"), "not_http", "an answer that is not HTTP"],
  [
    "headers that are too long",
    raw(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(100_000)}\r\n\r\n`),
    "not_http",
    "an answer that is not HTTP",
  ],
  [
    "a switch of protocols",
    raw("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
    "connection",
    "the connection was cut",
  ],
  [
    "half an answer",
    raw("HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{"),
    "connection",
    "the connection was cut",
  ],
])(
  "retries, and in the end gives up on, an API that answers with %s",
  async (_what, handler, cause, said) => {
    {
      await using api = await startFakeApi(once(handler));
      const { code, summary } = await api.run(["--timeout", "1s"]);
      expect({ code, accepted: summary.accepted, retries: summary.retries }).toEqual({
        code: 0,
        accepted: 2,
        retries: { [cause]: 1 },
      });
    }
    await using api = await startFakeApi(handler);
    const { code, summary, seconds } = await api.run(["--timeout", "1s", "--give-up-after", "2s"]);
    expect(code).toBe(1);
    expect(summary.error.message).toContain(`(last: ${said})`);
    expect(seconds).toBeLessThan(6);
  },
);

test.concurrent("takes an answer after interim ones", async () => {
  const body = '{"accepted":2}';
  await using api = await startFakeApi(
    raw(
      `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    ),
  );
  expect(await api.run()).toMatchObject({ code: 0, summary: { accepted: 2, retries: {} } });
});

const megabyte = Buffer.alloc(1024 * 1024, 0x20);

test.concurrent("stops at an answer without end once it is too long", async () => {
  await using api = await startFakeApi(drip("HTTP/1.1 200 OK\r\n\r\n", megabyte, 1));
  const { code, summary } = await api.run();
  expect(code).toBe(1);
  expect(summary.error.message).toContain("its answer is too long");
});

test.concurrent("waits for no answer beyond the time that it was given to succeed", async () => {
  await using api = await startFakeApi(() => undefined);
  const { code, seconds } = await api.run(["--give-up-after", "1s"]);
  expect(code).toBe(1);
  expect(seconds).toBeLessThan(4);
});

test.concurrent("stops soon when everything is refused, and says why", async () => {
  await using api = await startFakeApi(() => ({ status: 400, body: { message: "Unknown tenant." } }));
  const { code, summary } = await api.run([], { rows: 2000 });
  expect(code).toBe(1);
  expect(summary.error).toMatchObject({
    code: "everything_refused",
    message: expect.stringContaining("Unknown tenant."),
  });
  expect(api.uploads.length).toBeLessThan(250);
});

test.concurrent("asks about every row where so many rejects are allowed", async () => {
  await using api = await startFakeApi(() => ({ status: 400 }));
  const { code, summary } = await api.run(["--max-rejects", "100%"], { rows: 300 });
  expect({ code, rejected: summary.rejected }).toEqual({ code: 10, rejected: 300 });
});

test.concurrent("learns how much an API takes at once, and does not send more again", async () => {
  await using api = await startFakeApi((request, response) =>
    request.entries.length > 60 ? { status: 413 } : stored(request, response),
  );
  const { code, summary } = await api.run(["--concurrency", "1"], { rows: 10_000 });
  expect({ code, accepted: summary.accepted }).toEqual({ code: 0, accepted: 10_000 });
  expect(api.uploads.filter(({ entries }) => entries.length > 60).length).toBeLessThan(20);
});

test.concurrent.each<[string, Handler, RegExp]>([
  [
    "a byte at a time",
    drip("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", " "),
    /did not answer in time/,
  ],
  ["headers a byte at a time", drip("HTTP/1.1 200 OK\r\nx: ", "a"), /did not answer in time/],
  ["without end", drip("HTTP/1.1 200 OK\r\n\r\n", megabyte, 1), /answer is too long/],
  ["not at all", () => undefined, /did not answer in time/],
  ["503 and Retry-After: 0", () => ({ status: 503, headers: { "retry-after": "0" } }), /answered 503/],
  ["what is no HTTP", raw("hello\r\n"), /is not HTTP/],
  ["a login page", () => ({ body: "<title>Sign in</title>" }), /a body without a token \(200\)/],
  ["a redirect", () => ({ status: 307, headers: { location: "https://example.com" } }), /307, not a token/],
  [
    "a token that no header takes",
    () => ({ body: { ...bearer, access_token: "a\nb" } }),
    /characters that no header takes/,
  ],
  [
    "a token in other letters",
    () => ({ body: { ...bearer, access_token: "\u017eeton" } }),
    /characters that no header takes/,
  ],
  ["an empty token", () => ({ body: { ...bearer, access_token: "" } }), /characters that no header takes/],
  [
    "a token of a megabyte",
    () => ({ body: { ...bearer, access_token: "a".repeat(100_000) } }),
    /more than 16000 characters/,
  ],
  ["a token of another type", () => ({ body: { ...bearer, token_type: "DPoP" } }), /not of the type Bearer/],
])("gives up in time on a token endpoint that answers %s", async (_what, token, said) => {
  await using api = await startFakeApi(stored, token);
  const { code, summary, seconds } = await api.run(["--timeout", "1s", "--give-up-after", "2s"]);
  expect(code).toBe(1);
  expect(summary.error.message).toMatch(said);
  expect(seconds).toBeLessThan(6);
  expect(api.tokenRequests.length).toBeLessThan(20);
  expect(api.uploads).toHaveLength(0);
});

test.concurrent.each([
  [undefined],
  ["86400"],
  ["soon"],
  [""],
  [0],
  [-5],
  [1],
  [0.001],
  [1e300],
  [null],
  [true],
  [{}],
])("needs one token where the token endpoint says expires_in: %j", async (expires_in) => {
  await using api = await startFakeApi(
    async (request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return stored(request, response);
    },
    () => ({ body: { ...bearer, expires_in } }),
  );
  const { code, summary } = await api.run(["--batch-size", "1", "--concurrency", "1"], { rows: 12 });
  expect({ code, tokens: summary.tokens, requests: api.tokenRequests.length }).toEqual({
    code: 0,
    tokens: 1,
    requests: 1,
  });
});

test.concurrent.each([[1], [0.001]])(
  "needs one token where a token says that it lives for %d s",
  async (lifetime) => {
    const claims = Buffer.from(JSON.stringify({ iat: 1, exp: 1 + lifetime })).toString("base64url");
    await using api = await startFakeApi(
      async (request, response) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return stored(request, response);
      },
      () => ({ body: { ...bearer, access_token: `e30.${claims}.x` } }),
    );
    const { code } = await api.run(["--batch-size", "1", "--concurrency", "1"], { rows: 12 });
    expect({ code, requests: api.tokenRequests.length }).toEqual({ code: 0, requests: 1 });
  },
);

test.concurrent("never prints the secret that a token endpoint repeats", async () => {
  await using api = await startFakeApi(stored, ({ body }) => ({
    status: 401,
    body: { error: "invalid_client", error_description: `No such client: ${body}` },
  }));
  const { code, summary, stderr } = await api.run();
  expect({ code, message: summary.error.message }).toEqual({
    code: 3,
    message: expect.stringContaining("client_secret=..."),
  });
  expect(JSON.stringify(summary) + stderr).not.toMatch(/long.*secret/);
});

test.concurrent("asks for no token after each refusal, where an API refuses every other request", async () => {
  await using api = await startFakeApi((request, response) =>
    request.number % 2 === 1 ? { status: 401 } : stored(request, response),
  );
  const { code, summary } = await api.run(["--batch-size", "1", "--concurrency", "1"], { rows: 20 });
  expect({ code, accepted: summary.accepted, tokens: api.tokenRequests.length }).toEqual({
    code: 0,
    accepted: 20,
    tokens: 1,
  });
});

test.concurrent("stops with exit code 3 at an API that refuses every token", async () => {
  await using api = await startFakeApi(() => ({ status: 401, body: { message: "Unknown issuer." } }));
  const { code, summary } = await api.run([], { rows: 5000 });
  expect(code).toBe(3);
  expect(summary.error).toMatchObject({
    code: "token_refused",
    message: expect.stringContaining("Unknown issuer."),
  });
  expect(api.tokenRequests).toHaveLength(1);
});

test.concurrent("ends soon after an interruption, however long an answer takes", async () => {
  const controller = new AbortController();
  await using api = await startFakeApi(() => {
    setTimeout(() => controller.abort(), 100);
    return undefined;
  });
  const { code, seconds } = await api.run([], { signal: controller.signal });
  expect(code).toBe(130);
  expect(seconds).toBeLessThan(13);
}, 20_000);

test.concurrent("ends at an interruption while it waits for more of standard input", async () => {
  const controller = new AbortController();
  await using api = await startFakeApi((request, response) => {
    setTimeout(() => controller.abort(), 100);
    return stored(request, response);
  });
  const endless = new Readable({ read() {} });
  endless.push(
    "user_id,date,project,hours\ncontractor-1,2026-03-31,atlas,8\ncontractor-2,2026-03-31,atlas,8\n",
  );
  const { code, summary } = await api.run(["-", "--batch-size", "1"], {
    signal: controller.signal,
    stdin: endless,
  });
  expect(code).toBe(130);
  expect(summary.error.message).toMatch(/Interrupted; \d rows? (is|are) done/);
});

test.concurrent("ends at an interruption before standard input has said a word", async () => {
  const controller = new AbortController();
  await using api = await startFakeApi();
  setTimeout(() => controller.abort(), 100);
  const silent = new Readable({ read() {} });
  const { code } = await api.run(["-"], { signal: controller.signal, stdin: silent });
  expect({ code, closed: silent.destroyed }).toEqual({ code: 130, closed: true });
});
