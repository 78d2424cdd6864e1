/** Reads and small writes on a tenant's Management API v2, within its rate limit and with a budget of retries. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { requestAccessToken } from "./accessToken.ts";
import { connectionCode, connectionError, isPassing } from "./connection.ts";
import { exitCodes, ToolError } from "./errors.ts";
import { type HttpResponse, sendRequest } from "./httpRequest.ts";
import { createRateGate, type RateGate, untilReset } from "./rateGate.ts";
import type { Tenant } from "./stack.ts";

export type Query = Readonly<Record<string, string | number | boolean>>;

export interface ManagementClient {
  /** The answer of a GET, or undefined where the object does not exist (404). */
  get<T>(path: string, schema: z.ZodType<T>, query?: Query): Promise<T | undefined>;
  /** Every item of a list, page after page, a hundred at a time; `key` names the list in the answer. */
  list<T>(path: string, key: string, item: z.ZodType<T>, query?: Query): Promise<T[]>;
  /** Sends a body and parses the answer. */
  send<T>(
    method: "POST" | "PATCH" | "PUT" | "DELETE",
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
  ): Promise<T>;
  /** Scopes of the token in use; asks for it first. */
  scopes(): Promise<readonly string[]>;
  /** Requests sent so far, tokens not counted. */
  readonly requests: number;
}

export interface ManagementClientOptions {
  readonly signal: AbortSignal;
  /** How often a request may be sent again, over the life of the client. @default 20 */
  readonly retryBudget?: number;
  /** Told of every wait: its length in milliseconds and why. */
  readonly onWait?: (milliseconds: number, reason: string) => void;
  /** Shared by the clients of one tenant, since its rate limit is. @default a gate of its own */
  readonly gate?: RateGate;
}

const pageSize = 100;
/** How often one request is sent again after failures that may pass; waiting for a rate limit does not count. */
const mostAttempts = 4;
/** Families that page by `from` and `take`; pages counted by number end at 1,000 items. */
const byCheckpoint: readonly string[] = ["clients", "client-grants", "connections"];

const errorSchema = z.object({ message: z.string().default(""), errorCode: z.string().optional() });

/** A refusal or failure that the Management API put into words. */
export class ManagementError extends ToolError {
  readonly status: number;
  readonly errorCode: string | undefined;

  constructor(request: string, status: number, message: string, errorCode: string | undefined) {
    super(
      status === 403
        ? "insufficient_scope"
        : status === 401
          ? "tenant_unauthorized"
          : "management_api_failed",
      `${request} answered ${status}${errorCode ? ` ${errorCode}` : ""}: ${message}`,
      {
        exitCode: status === 401 || status === 403 ? exitCodes.credentials : exitCodes.failure,
        hint:
          status === 403
            ? "Give the management application that scope in its grant on the Auth0 Management API."
            : undefined,
      },
    );
    this.status = status;
    this.errorCode = errorCode;
  }
}

/** A client for one tenant; the token is asked for with the first request. */
export function createManagementClient(tenant: Tenant, options: ManagementClientOptions): ManagementClient {
  const base = `https://${tenant.domain}/api/v2/`;
  const gate = options.gate ?? createRateGate(options);
  let token: Promise<{ value: string; scopes: readonly string[] }> | undefined;
  let requests = 0;
  let retries = options.retryBudget ?? 20;

  const accessToken = () => {
    token ??= retried(() => managementToken(tenant, base, options.signal), pause);
    return token;
  };

  const pause = async (milliseconds: number, reason: string) => {
    retries -= 1;
    options.onWait?.(milliseconds, reason);
    await sleep(milliseconds, undefined, { signal: options.signal });
  };

  const request = async (method: string, path: string, query: Query, body?: unknown): Promise<Answer> => {
    const url = new URL(path, base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const label = `${method} ${url.pathname}`;
    const { value } = await accessToken();
    for (let attempt = 0; ; attempt += 1) {
      await gate.enter();
      requests += 1;
      let response: HttpResponse;
      try {
        response = await sendRequest(url, {
          method,
          headers: {
            authorization: `Bearer ${value}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          body: body === undefined ? undefined : JSON.stringify(body),
          signal: options.signal,
        });
      } catch (error) {
        gate.leave(undefined);
        options.signal.throwIfAborted();
        // A write that was cut may have been done; only reads are sent again blindly.
        const again = method === "GET" && retries > 0 && attempt < mostAttempts;
        if (again && isPassing(connectionCode(error))) {
          await pause(backOff(attempt), "the connection failed");
          continue;
        }
        throw connectionError(error, tenant.domain);
      }
      gate.leave(response);
      const { text } = response;
      if (response.status === 429 && retries > 0) {
        await pause(untilReset(response) ?? backOff(attempt), "the tenant's rate limit is reached");
        continue;
      }
      const passing = response.status >= 500 || (response.ok && method === "GET" && !isJson(text));
      if (passing && method === "GET" && retries > 0 && attempt < mostAttempts) {
        await pause(
          backOff(attempt),
          `${label} answered ${response.status}${response.ok ? " with a broken body" : ""}`,
        );
        continue;
      }
      return { label, status: response.status, text };
    }
  };

  return {
    get requests() {
      return requests;
    },
    async scopes() {
      return (await accessToken()).scopes;
    },
    async get(path, schema, query = {}) {
      const answer = await request("GET", path, query);
      return isAbsent(answer) ? undefined : parse(answer, schema);
    },
    async list(path, key, item, query = {}) {
      const all: z.infer<typeof item>[] = [];
      if (byCheckpoint.includes(path)) {
        const page = z.object({ [key]: z.array(item), next: z.string().nullish() });
        let from: string | null | undefined;
        do {
          const answer = await request("GET", path, { ...query, take: pageSize, ...(from ? { from } : {}) });
          const { next, ...lists } = parse(answer, page) as { next?: string | null } & Record<
            string,
            typeof all
          >;
          all.push(...(lists[key] ?? []));
          from = next;
        } while (from);
        return all;
      }
      const schema = z.object({ total: z.number(), [key]: z.array(item) });
      for (let page = 0; ; page += 1) {
        const answer = await request("GET", path, {
          ...query,
          page,
          per_page: pageSize,
          include_totals: true,
        });
        const { total, ...lists } = parse(answer, schema) as { total: number } & Record<string, typeof all>;
        const items = lists[key] ?? [];
        all.push(...items);
        if (all.length >= total) return all;
        if (items.length < pageSize) throw shorterThanCounted(answer, total);
      }
    },
    async send(method, path, body, schema) {
      return parse(await request(method, path, {}, body), schema);
    },
  };
}

interface Answer {
  readonly label: string;
  readonly status: number;
  readonly text: string;
}

/** The Management API's own word that there is no such object; another server's 404 says nothing of the kind. */
function isAbsent({ status, text }: Answer): boolean {
  return status === 404 && z.object({ statusCode: z.literal(404) }).safeParse(jsonOf(text)).success;
}

function shorterThanCounted({ label }: Answer, total: number): ToolError {
  return new ToolError("unexpected_answer", `${label} gave fewer items than the ${total} it counts.`, {
    hint: "If the tenant was being changed just then, run the command again.",
  });
}

/** Asks again after failures of the token endpoint that may pass; a refusal is final. */
async function retried<T>(
  ask: () => Promise<T>,
  pause: (ms: number, why: string) => Promise<void>,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const passing =
        error instanceof ToolError &&
        (error.code === "token_endpoint_failed" || cutCodes.includes(connectionCode(error.cause) ?? ""));
      if (!passing || attempt >= mostAttempts) throw error;
      await pause(backOff(attempt), "the token endpoint failed");
    }
  }
}

/** A connection that was there and broke; one that never came about is not worth waiting for. */
const cutCodes = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"];

function parse<T>(answer: Answer, schema: z.ZodType<T>): T {
  if (answer.status >= 400) {
    const error = errorSchema.safeParse(jsonOf(answer.text));
    const message = error.success ? error.data.message : "no explanation";
    throw new ManagementError(
      answer.label,
      answer.status,
      message,
      error.success ? error.data.errorCode : undefined,
    );
  }
  const parsed = schema.safeParse(answer.text === "" ? undefined : jsonOf(answer.text));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join(".") || "the whole").join(", ");
  throw new ToolError(
    "unexpected_answer",
    `${answer.label} answered ${answer.status} with an unexpected body (${where}).`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  return jsonOf(text) !== undefined;
}

async function managementToken(tenant: Tenant, audience: string, signal: AbortSignal) {
  if ("token" in tenant.credentials) {
    return { value: tenant.credentials.token, scopes: scopesOf(tenant.credentials.token) };
  }
  const { clientId, clientSecret } = tenant.credentials;
  const { value, scopes } = await requestAccessToken({
    tokenEndpoint: `https://${tenant.domain}/oauth/token`,
    clientId,
    audience,
    proof: { method: "client_secret_post", clientSecret },
    signal,
  });
  return { value, scopes };
}

/** The scopes a token says it has; unverified, good only for telling the user what is missing. */
function scopesOf(token: string): string[] {
  const payload = token.split(".")[1];
  const claims =
    payload === undefined ? undefined : jsonOf(Buffer.from(payload, "base64url").toString("utf8"));
  const parsed = z.object({ scope: z.string() }).safeParse(claims);
  return parsed.success ? parsed.data.scope.split(" ").filter(Boolean) : [];
}

/** Full jitter, as in "Exponential Backoff And Jitter" (AWS Architecture Blog); milliseconds. */
function backOff(attempt: number): number {
  return Math.random() * Math.min(10_000, 250 * 2 ** attempt);
}
