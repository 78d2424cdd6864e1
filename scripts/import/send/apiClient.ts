/** One POST to the API: its answer or its failure, sorted into what the sender can do about it. */
import { hash } from "node:crypto";
import { Pool } from "undici";
import { z } from "zod";
import { connectionFailure } from "../../../lib/connection.ts";
import { usageError } from "../../../lib/errors.ts";
import { parseJson } from "../../../lib/json.ts";
import { retryAfter } from "../../../lib/retryAfter.ts";

export type Answer =
  | {
      readonly kind: "stored";
      /** Undefined where the API does not tell. */
      readonly counts: { readonly accepted: number; readonly alreadyStored: number } | undefined;
      /** Milliseconds since the API first answered this very upload; undefined where it was new. */
      readonly replayedAfter: number | undefined;
    }
  /** The API names the entries at fault. */
  | { readonly kind: "refused_entries"; readonly errors: ReadonlyMap<number, EntryRefusal> }
  /** The API refuses the whole and does not say which entry is to blame. */
  | { readonly kind: "refused_batch"; readonly reason: string }
  | { readonly kind: "too_large" }
  | { readonly kind: "unauthorized"; readonly reason: string }
  | { readonly kind: "forbidden"; readonly reason: string }
  /** May pass by itself. `cause` is a status or a kind of failure; `wait` is what the API asked for, milliseconds. */
  | { readonly kind: "passing"; readonly cause: string; readonly wait: number | undefined }
  /** Will not pass. */
  | { readonly kind: "unusable"; readonly reason: string };

export interface EntryRefusal {
  readonly code: string;
  readonly reason: string;
}

export interface ApiClient {
  post(body: string, token: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface ApiClientOptions {
  /** Address of the API; `/timesheets/upload` is added. */
  readonly apiUrl: string;
  readonly connections: number;
  /** For an answer, milliseconds. */
  readonly timeout: number;
}

/** undici's pool rather than the built-in fetch: fewer layers for each request, and connections that can be bounded. */
export function createApiClient({ apiUrl, connections, timeout }: ApiClientOptions): ApiClient {
  const url = uploadUrl(apiUrl);
  const pool = new Pool(url.origin, {
    connections,
    pipelining: 1,
    connect: { timeout: Math.min(timeout, 10_000) },
    headersTimeout: timeout,
    bodyTimeout: timeout,
    keepAliveTimeout: 4000,
    maxResponseSize: 16 * 1024 * 1024,
  });
  return {
    async post(body, token) {
      try {
        const {
          statusCode,
          headers,
          body: stream,
        } = await pool.request({
          path: url.pathname,
          method: "POST",
          headers: {
            "content-type": "application/json",
            accept: "application/json, application/problem+json",
            authorization: `Bearer ${token}`,
            "idempotency-key": `"${hash("sha256", body, "base64url")}"`,
          },
          body,
        });
        const text = await stream.text();
        return interpret(statusCode, headers, text);
      } catch (error) {
        return failure(error);
      }
    },
    close: () => pool.destroy(),
  };
}

/** @throws {ToolError} exit 2 for what is no http address. */
export function uploadUrl(apiUrl: string): URL {
  const base = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined;
  if (!base || !/^https?:$/.test(base.protocol) || base.username !== "" || base.search !== "") {
    throw usageError(
      `${JSON.stringify(apiUrl)} is not the address of an API.`,
      "For example: --api-url https://timesheets.example.com",
    );
  }
  return new URL("timesheets/upload", base.href.endsWith("/") ? base : `${base.href}/`);
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What an answer means. */
function interpret(status: number, headers: Headers, text: string): Answer {
  if (status >= 200 && status < 300) return stored(headers, text);
  const problem = problemSchema.safeParse(parseJson(text)).data;
  const reason = describe(status, problem);
  const inProgress = status === 409 && problem?.type?.endsWith("idempotency-key-in-progress") === true;
  if (inProgress || passingStatuses.has(status)) {
    return { kind: "passing", cause: String(status), wait: retryAfter(headers["retry-after"]) };
  }
  if (status === 401) return { kind: "unauthorized", reason };
  if (status === 403) return { kind: "forbidden", reason };
  if (status === 413) return { kind: "too_large" };
  if (status === 400 || status === 409 || status === 422) {
    if (problem?.type?.endsWith("idempotency-key-reused")) return { kind: "unusable", reason };
    const errors = entryErrors(problem);
    return errors.size > 0 ? { kind: "refused_entries", errors } : { kind: "refused_batch", reason };
  }
  return { kind: "unusable", reason };
}

const passingStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);

const countsSchema = z.object({ accepted: z.int().min(0), alreadyStored: z.int().min(0) });

function stored(headers: Headers, text: string): Answer {
  const replayed = headers["idempotent-replayed"] === "true";
  const age = Number(headers.age ?? 0);
  return {
    kind: "stored",
    counts: countsSchema.safeParse(parseJson(text)).data,
    replayedAfter: replayed ? (Number.isFinite(age) ? age * 1000 : 0) : undefined,
  };
}

/** RFC 9457, of which everything is optional; `errors` is the extension that its section 3 shows. */
const problemSchema = z.object({
  type: z.string().optional().catch(undefined),
  title: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
  errors: z
    .array(
      z.object({
        index: z.int().min(0).optional(),
        pointer: z.string().optional(),
        code: z.string().optional(),
        detail: z.string().optional(),
      }),
    )
    .optional()
    .catch(undefined),
});

type Problem = z.infer<typeof problemSchema>;

function entryErrors(problem: Problem | undefined): Map<number, EntryRefusal> {
  const errors = new Map<number, EntryRefusal>();
  for (const { index, pointer, code = "refused", detail = "" } of problem?.errors ?? []) {
    const at = index ?? Number(/^#?\/(\d+)(?:\/|$)/.exec(pointer ?? "")?.[1] ?? Number.NaN);
    if (!Number.isInteger(at)) continue;
    const before = errors.get(at);
    errors.set(
      at,
      before
        ? { code: `${before.code},${code}`, reason: `${before.reason} ${detail}` }
        : { code, reason: detail || problem?.title || "The API refused it." },
    );
  }
  return errors;
}

function describe(status: number, problem: Problem | undefined): string {
  const said = [problem?.title, problem?.detail].filter(Boolean).join(": ").slice(0, 500);
  return said ? `${status}, ${said}` : String(status);
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
      return { kind: "passing", cause: "timeout", wait: undefined };
    case "unreachable":
    case "unknown_host":
      return { kind: "passing", cause: "unreachable", wait: undefined };
    default:
      return { kind: "passing", cause: "connection", wait: undefined };
  }
}
