/** Requests to a tenant's Management API, within its rate limit and with a budget of retries. */
import { tenantEndpoints } from "../../infra/tenant.ts";
import { connectionError, connectionFailure } from "../../lib/connection.ts";
import { ToolError } from "../../lib/errors.ts";
import { type HttpResponse, sendRequest } from "../../lib/http.ts";
import { parseJson } from "../../lib/json.ts";
import { type Outcome, type RetryLimits, retry, type Transient } from "../../lib/retry.ts";
import { retryAfter } from "../../lib/retryAfter.ts";
import { type ManagementToken, managementToken, type TenantAccess } from "../tokens/managementToken.ts";
import type { ManagementAnswer } from "./managementAnswer.ts";
import { createRateGate, type RateGate, untilReset } from "./rateGate.ts";

export type Query = Readonly<Record<string, string | number | boolean>>;

export type ManagementMethod = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

export interface RequestOptions {
  readonly signal: AbortSignal;
  /** How often a request may be sent again, over the life of the client. @default 20 */
  readonly retryBudget?: number;
  /** How long the rate limit may hold requests back with no answer in between, milliseconds. @default ten minutes */
  readonly patience?: number;
  /** Shared by the clients of one tenant, since its rate limit is. @default a gate of its own */
  readonly gate?: RateGate;
}

export interface ManagementRequests {
  /**
   * Sends a request; the token is asked for with the first one.
   * @param path Below `/api/v2/`.
   */
  send(method: ManagementMethod, path: string, query: Query, body?: unknown): Promise<ManagementAnswer>;
  token(): Promise<ManagementToken>;
  /** Sent so far, tokens not counted. */
  readonly count: number;
}

/** Waiting for a rate limit uses up no retry. */
const backOff = { base: 250, longest: 10_000, retries: 4 };

export function createManagementRequests(tenant: TenantAccess, options: RequestOptions): ManagementRequests {
  const { signal } = options;
  const { managementApi } = tenantEndpoints(tenant.domain);
  const gate = options.gate ?? createRateGate(options);
  let token: Promise<ManagementToken> | undefined;
  let count = 0;
  let retries = options.retryBudget ?? 20;
  const patience = options.patience ?? 600_000;
  let heldBackSince: number | undefined;

  const limits: RetryLimits = {
    ...backOff,
    signal,
    beforeWait: () => {
      retries -= 1;
    },
  };

  const currentToken = () => {
    token ??= retry(
      () => managementToken(tenant, signal),
      (outcome) =>
        "error" in outcome && isTransient(outcome.error)
          ? { reason: "the token endpoint failed" }
          : undefined,
      limits,
    );
    return token;
  };

  /** Why a request that was held back is worth another; undefined once it has waited too long in all. */
  const afterLimit = (response: HttpResponse): Transient | undefined => {
    heldBackSince ??= Date.now();
    const asked = untilReset(response) ?? retryAfter(response.header("retry-after"));
    const lasts = Date.now() + (asked ?? 0) - heldBackSince > patience;
    if (retries <= 0 || lasts) return undefined;
    return { reason: "the tenant's rate limit is reached", asked, free: true };
  };

  return {
    token: currentToken,
    get count() {
      return count;
    },
    async send(method, path, query, body) {
      const url = new URL(path, managementApi);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
      const label = `${method} ${url.pathname}`;
      const authorization = `Bearer ${(await currentToken()).value}`;
      const content = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        authorization,
        ...(content === undefined ? {} : { "content-type": "application/json" }),
      };
      const attempt = async () => {
        await gate.enter();
        count += 1;
        let response: HttpResponse | undefined;
        try {
          response = await sendRequest(url, { method, headers, body: content, signal });
        } finally {
          gate.leave(response);
        }
        if (response.status !== 429) heldBackSince = undefined;
        return response;
      };
      // A write that was cut may have been done; only reads are sent again blindly.
      const mayRepeat = () => method === "GET" && retries > 0;
      try {
        const { status, text } = await retry(
          attempt,
          (outcome) => {
            if ("result" in outcome && outcome.result.status === 429) return afterLimit(outcome.result);
            return mayRepeat() ? reasonToRepeat(outcome, label) : undefined;
          },
          limits,
        );
        return { label, status, text };
      } catch (error) {
        signal.throwIfAborted();
        throw connectionError(error, tenant.domain);
      }
    },
  };
}

function reasonToRepeat(outcome: Outcome<HttpResponse>, label: string): Transient | undefined {
  if ("error" in outcome) {
    return connectionFailure(outcome.error)?.transient ? { reason: "the connection failed" } : undefined;
  }
  const { ok, status, text } = outcome.result;
  if (status < 500 && !(ok && parseJson(text) === undefined)) return undefined;
  return { reason: `${label} answered ${status}${ok ? " with a broken body" : ""}` };
}

/** A failure of the token endpoint that a later request may not meet; a refusal is final. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof ToolError)) return false;
  // A connection that never came about is not worth waiting for.
  const answered = error.code === "token_endpoint_failed" || error.code === "token_unusable";
  return answered || connectionFailure(error.cause)?.kind === "cut";
}
