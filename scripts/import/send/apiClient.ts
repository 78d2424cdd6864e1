/** One request to the API, bounded in time and size: its answer or its failure, sorted into what the sender can do about it. */
import { hash } from "node:crypto";
import { EventEmitter } from "node:events";
import { EnvHttpProxyAgent, Pool } from "undici";
import { isLoopback } from "../../../lib/address.ts";
import { connectionFailure } from "../../../lib/connection.ts";
import type { Job } from "../job/schema.ts";
import type { EntryJson } from "../read/plainLines.ts";
import { type Answer, interpret } from "./answers.ts";
import { requestBody } from "./requestBody.ts";

export interface ApiClient {
  /** @param deadline For the whole answer, milliseconds. */
  send(entries: readonly EntryJson[], token: string, deadline: number): Promise<Answer>;
  /** Gives up what is under way, as if its connections were cut. */
  cut(): void;
  close(): Promise<void>;
}

export interface ApiClientOptions {
  /** Address of the API; the job's path is added. */
  readonly apiUrl: string;
  readonly job: Pick<Job, "endpoint" | "headers" | "batch" | "answers">;
  readonly connections: number;
  /** For an answer, milliseconds. */
  readonly timeout: number;
  /** Holds HTTPS_PROXY, HTTP_PROXY and NO_PROXY. @default process.env */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
}

/** Bytes of an answer at most: 10,000 entries with a fault each are a tenth of it. */
const largestAnswer = 16 * 1024 * 1024;

/**
 * undici's pool rather than lib/http: a small request costs half the processor time (47 to 98 µs against 138 to 195 µs
 * through `node:http`, on one machine in turn), which is what bounds an import of one entry a request.
 */
export function createApiClient({
  apiUrl,
  job,
  connections,
  timeout,
  env = process.env,
}: ApiClientOptions): ApiClient {
  const url = endpointUrl(apiUrl, job);
  const [method = "POST"] = job.endpoint.split(" ");
  const how = {
    connections,
    pipelining: 1,
    connect: { timeout: Math.min(timeout, 10_000) },
    headersTimeout: timeout,
    bodyTimeout: timeout,
    keepAliveTimeout: 4000,
    maxResponseSize: largestAnswer,
  };
  const proxies = proxiesFor(url, env);
  const pool = proxies ? new EnvHttpProxyAgent({ ...how, ...proxies }) : new Pool(url.origin, how);
  const underWay = new Set<Deadline>();
  return {
    async send(entries, token, deadline) {
      const body = requestBody(entries, job.batch);
      const bound = new Deadline(Math.min(timeout, deadline));
      underWay.add(bound);
      try {
        const answer = await pool.request({
          origin: url.origin,
          path: url.pathname + url.search,
          method: method as "POST",
          headers: {
            ...job.headers,
            "content-type": "application/json",
            accept: "application/json, application/problem+json",
            authorization: `Bearer ${token}`,
            "idempotency-key": `"${hash("sha256", body, "base64url")}"`,
          },
          body,
          signal: bound,
        });
        const text = await answer.body.text();
        const { statusCode: status } = answer;
        const { location, ...others } = answer.headers;
        const headers =
          location === undefined ? others : { ...others, location: withoutToken(String(location), token) };
        return interpret({ status, headers, text: withoutToken(text, token) }, entries.length, job.answers);
      } catch (error) {
        return failure(bound.reason ?? error);
      } finally {
        bound.clear();
        underWay.delete(bound);
      }
    },
    cut: () => {
      for (const bound of underWay) bound.end();
    },
    close: () => pool.destroy(),
  };
}

/**
 * Ends a request whose answer is late as a whole: a server that sends a byte now and then, or interim answers for ever,
 * keeps undici's own timeouts away. An AbortSignal for each request would show in the rate of single entries.
 */
class Deadline extends EventEmitter {
  reason: DOMException | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(milliseconds: number) {
    super();
    this.#timer = setTimeout(() => this.end(), milliseconds);
  }

  end(): void {
    this.reason = new DOMException("No answer in time.", "TimeoutError");
    this.emit("abort");
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** The proxies that the variables name, as in lib/http; undefined where none is, and for this machine. */
function proxiesFor({ hostname }: URL, env: Readonly<NodeJS.ProcessEnv>) {
  const named = (name: string) => env[name.toLowerCase()] || env[name] || "";
  const [httpProxy, httpsProxy] = [named("HTTP_PROXY"), named("HTTPS_PROXY")];
  if (isLoopback(hostname) || !(httpProxy || httpsProxy)) return undefined;
  return { httpProxy, httpsProxy, noProxy: named("NO_PROXY") };
}

/** An API that repeats what it was sent must not put the token into a file of rejects. */
function withoutToken(text: string, token: string): string {
  return token.length >= 16 ? text.replaceAll(token, "...") : text;
}

export function endpointUrl(apiUrl: string, { endpoint }: Pick<Job, "endpoint">): URL {
  const path = endpoint.slice(endpoint.indexOf("/") + 1);
  return new URL(`./${path}`, apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`);
}

function failure(error: unknown): Answer {
  const failed = connectionFailure(error);
  switch (failed?.kind) {
    case undefined:
      throw error;
    case "untrusted":
    case "no_tls":
      return { kind: "unusable", reason: `${failed.reason} (${failed.code})` };
    case "too_large":
      return { kind: "unusable", reason: failed.reason };
    case "timed_out":
      return { kind: "transient", cause: "timeout", wait: undefined };
    case "unreachable":
    case "unknown_host":
      return { kind: "transient", cause: "unreachable", wait: undefined };
    case "no_http":
      return { kind: "transient", cause: "not_http", wait: undefined };
    default:
      return { kind: "transient", cause: "connection", wait: undefined };
  }
}
