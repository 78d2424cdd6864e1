/** One HTTP request on a kept connection, through `node:https`: `fetch` alone costs a short command a tenth of a second. */
import type { IncomingHttpHeaders } from "node:http";
import process from "node:process";
import { authorityOf } from "./trust.ts";

// An `import` of node:http evaluates all it exports, and WebSocket alone brings in the whole of fetch.
const http = process.getBuiltinModule("node:http");
const https = process.getBuiltinModule("node:https");

export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** True for 200 to 299; redirects are not followed. */
  readonly ok: boolean;
  readonly text: string;
  /** The value of a header; undefined where there is none. */
  header(name: string): string | undefined;
}

// A connection that nobody uses does not keep the process alive.
const secureAgent = new https.Agent({ keepAlive: true });
const plainAgent = new http.Agent({ keepAlive: true });

/** Milliseconds until an answer that has not begun, or has stalled, counts as lost. */
const patience = 30_000;

/** Sends and reads the whole answer; rejects as `fetch` does, with the connection's error code or the signal's reason. */
export function sendRequest(
  url: string | URL,
  { method, headers, body, signal }: HttpRequest,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const target = new URL(url);
    const options = {
      method,
      headers: body === undefined ? headers : { ...headers, "content-length": Buffer.byteLength(body) },
    };
    const outgoing =
      target.protocol === "http:"
        ? http.request(target, { ...options, agent: plainAgent })
        : https.request(target, { ...options, agent: secureAgent, ca: authorityOf(target.host) });
    const abort = () => outgoing.destroy(signal?.reason);
    const settle = () => signal?.removeEventListener("abort", abort);
    signal?.addEventListener("abort", abort, { once: true });
    const fail = (error: Error) => {
      settle();
      reject(error);
    };
    outgoing.setTimeout(patience, () =>
      outgoing.destroy(new DOMException("No answer in time.", "TimeoutError")),
    );
    outgoing.once("error", fail);
    outgoing.once("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("error", fail);
      incoming.once("end", () => {
        settle();
        resolve(
          responseOf(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks).toString("utf8")),
        );
      });
    });
    outgoing.end(body);
  });
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
