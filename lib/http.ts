/**
 * HTTP requests on kept connections, through `node:http`. All of the tool's requests go through here, but for two kinds:
 * the import's uploads take undici's pool (scripts/import/send/apiClient.ts says why), and Auth0's SDK, inside the
 * bundled provider, takes a `fetch`, which alone would cost a short command a tenth of a second.
 */
import type { Agent, IncomingHttpHeaders, IncomingMessage } from "node:http";
import process from "node:process";
import { isLoopback } from "./address.ts";
import { authorityOf } from "./trust.ts";

// An `import` of node:http evaluates all it exports, and WebSocket alone brings in the whole of fetch.
const http = process.getBuiltinModule("node:http");
const https = process.getBuiltinModule("node:https");

export interface HttpRequest {
  /** @default "GET" */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** May be sent twice: it is, where a kept connection turns out to be closed. @default true for GET alone */
  readonly repeatable?: boolean;
  /** Longest silence before and within an answer, milliseconds. @default 30_000 */
  readonly silence?: number;
  /** Holds HTTPS_PROXY, HTTP_PROXY and NO_PROXY. @default process.env */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
}

export interface BoundedRequest extends HttpRequest {
  /** Longest time until the whole answer is there, milliseconds. @default 120_000 */
  readonly within?: number;
  /** Longest answer, bytes. @default 16 MiB */
  readonly most?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** True for 200 to 299; redirects are not followed. */
  readonly ok: boolean;
  readonly text: string;
  /** The value of a header; undefined where there is none. */
  header(name: string): string | undefined;
}

/**
 * Sends, and reads the whole answer.
 * @throws as `fetch` does: with the connection's error code (see `connectionFailure`), or the signal's reason
 */
export async function sendRequest(url: string | URL, request: BoundedRequest): Promise<HttpResponse> {
  const { silence = defaultSilence, within = 120_000, most = 16 * 1024 * 1024 } = request;
  const end = Date.now() + within;
  const incoming = await openResponse(url, request);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const late = () => incoming.destroy(noAnswer());
    const silent = setTimeout(late, silence);
    const whole = setTimeout(late, Math.max(0, end - Date.now()));
    incoming.on("data", (chunk: Buffer) => {
      silent.refresh();
      chunks.push(chunk);
      size += chunk.length;
      if (size > most) incoming.destroy(tooLarge());
    });
    incoming.once("close", () => {
      clearTimeout(silent);
      clearTimeout(whole);
    });
    incoming.once("error", reject);
    incoming.once("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      resolve(responseOf(incoming.statusCode ?? 0, incoming.headers, text));
    });
  });
}

/**
 * Sends, and hands over the answer as soon as it begins; the caller reads it or destroys it.
 * @throws as `sendRequest`
 */
export function openResponse(url: string | URL, request: HttpRequest): Promise<IncomingMessage> {
  const { method = "GET", headers = {}, body, signal, silence = defaultSilence, env = process.env } = request;
  const { repeatable = method === "GET" } = request;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const target = new URL(url);
    const options = {
      method,
      headers: body === undefined ? headers : { ...headers, "content-length": Buffer.byteLength(body) },
      agent: agentFor(target, env),
    };
    const outgoing =
      target.protocol === "http:"
        ? http.request(target, options)
        : https.request(target, { ...options, ca: authorityOf(target.host) });
    // A timeout of the request's own would begin once it is connected.
    const begun = setTimeout(() => outgoing.destroy(noAnswer()), silence);
    let answer: IncomingMessage | undefined;
    const abort = () => (answer ?? outgoing).destroy(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const settle = () => {
      clearTimeout(begun);
      signal?.removeEventListener("abort", abort);
    };
    outgoing.on("error", (error) => {
      settle();
      // The server closed the connection while the request was on its way.
      const stale =
        outgoing.reusedSocket && answer === undefined && "code" in error && closed.has(error.code);
      if (stale && repeatable) resolve(openResponse(url, request));
      else reject(error);
    });
    outgoing.once("response", (incoming) => {
      answer = incoming;
      clearTimeout(begun);
      incoming.once("close", settle);
      resolve(incoming);
    });
    outgoing.end(body);
  });
}

const defaultSilence = 30_000;

const closed = new Set<unknown>(["ECONNRESET", "EPIPE"]);

function noAnswer(): Error {
  return new DOMException("No answer in time.", "TimeoutError");
}

function tooLarge(): Error {
  return Object.assign(new Error("The answer is too long."), { code: "ERR_ANSWER_TOO_LARGE" });
}

const agents = new WeakMap<object, { readonly secure: Agent; readonly plain: Agent }>();
const direct = {};

/**
 * The way to a host: by the proxy that the variables name, except to this machine, as in curl and Go. A connection that
 * nobody uses does not keep the process alive.
 */
function agentFor({ protocol, hostname }: URL, env: Readonly<NodeJS.ProcessEnv>): Agent {
  const way = isLoopback(hostname) ? direct : env;
  let pair = agents.get(way);
  if (pair === undefined) {
    const options = { keepAlive: true, ...(way === direct ? {} : { proxyEnv: env }) };
    pair = { secure: new https.Agent(options), plain: new http.Agent(options) };
    agents.set(way, pair);
  }
  return protocol === "http:" ? pair.plain : pair.secure;
}

function responseOf(status: number, headers: IncomingHttpHeaders, text: string): HttpResponse {
  return {
    status,
    ok: status >= 200 && status < 300,
    text,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
  };
}
