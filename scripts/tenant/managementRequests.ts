/** Requests to a tenant's Management API, within its rate limit and with a budget of retries. */
import { setTimeout as sleep } from "node:timers/promises";
import { tenantEndpoints } from "../../infra/tenant.ts";
import { connectionCode, connectionError, isPassing } from "../../lib/connection.ts";
import { ToolError } from "../../lib/errors.ts";
import { type HttpResponse, sendRequest } from "../../lib/http.ts";
import { parseJson } from "../../lib/json.ts";
import { backOff, retry } from "../../lib/retry.ts";
import { retryAfter } from "../../lib/retryAfter.ts";
import type { Tenant } from "../session/stack.ts";
import { type ManagementToken, managementToken } from "../tokens/managementToken.ts";
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
  /** Told of every wait: its length in milliseconds and why. */
  readonly onWait?: (milliseconds: number, reason: string) => void;
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

/** How often one request is sent again after failures that may pass; waiting for a rate limit does not count. */
const mostAttempts = 4;

const backOffOf = (attempt: number) => backOff(attempt, { base: 250, longest: 10_000 });

export function createManagementRequests(tenant: Tenant, options: RequestOptions): ManagementRequests {
  const { signal } = options;
  const { managementApi } = tenantEndpoints(tenant.domain);
  const gate = options.gate ?? createRateGate(options);
  let token: Promise<ManagementToken> | undefined;
  let count = 0;
  let retries = options.retryBudget ?? 20;
  const patience = options.patience ?? 600_000;
  let heldBackSince: number | undefined;

  const pause = async (milliseconds: number, reason: string) => {
    retries -= 1;
    options.onWait?.(milliseconds, reason);
    await sleep(milliseconds, undefined, { signal });
  };

  const currentToken = () => {
    token ??= retry(
      () => managementToken(tenant, signal),
      (error, attempt) => (mayPass(error) && attempt < mostAttempts ? backOffOf(attempt) : undefined),
      (milliseconds) => pause(milliseconds, "the token endpoint failed"),
    );
    return token;
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
      // A write that was cut may have been done; only reads are sent again blindly.
      const again = (attempt: number) => method === "GET" && retries > 0 && attempt < mostAttempts;
      for (let attempt = 0; ; attempt += 1) {
        await gate.enter();
        count += 1;
        let response: HttpResponse;
        try {
          response = await sendRequest(url, { method, headers, body: content, signal });
        } catch (error) {
          gate.leave(undefined);
          signal.throwIfAborted();
          if (!again(attempt) || !isPassing(connectionCode(error)))
            throw connectionError(error, tenant.domain);
          await pause(backOffOf(attempt), "the connection failed");
          continue;
        }
        gate.leave(response);
        const { status, text } = response;
        if (status === 429) {
          heldBackSince ??= Date.now();
          const wait =
            untilReset(response) ?? retryAfter(response.header("retry-after")) ?? backOffOf(attempt);
          const lasts = Date.now() + wait - heldBackSince > patience;
          if (retries <= 0 || lasts) return { label, status, text };
          await pause(wait, "the tenant's rate limit is reached");
          continue;
        }
        heldBackSince = undefined;
        if (again(attempt) && isBroken(response)) {
          const broken = response.ok ? " with a broken body" : "";
          await pause(backOffOf(attempt), `${label} answered ${status}${broken}`);
        } else {
          return { label, status, text };
        }
      }
    },
  };
}

/** An answer that a second attempt may mend. */
function isBroken({ ok, status, text }: HttpResponse): boolean {
  return status >= 500 || (ok && parseJson(text) === undefined);
}

/** True for a failure of the token endpoint that may pass; a refusal is final. */
function mayPass(error: unknown): boolean {
  return (
    error instanceof ToolError &&
    (error.code === "token_endpoint_failed" || cutCodes.includes(connectionCode(error.cause) ?? ""))
  );
}

/** A connection that was there and broke; one that never came about is not worth waiting for. */
const cutCodes = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"];
