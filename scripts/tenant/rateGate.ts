/** Holds requests back before a rate limit is reached, from what the `x-ratelimit-*` headers say. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpResponse } from "../../lib/http.ts";

/** What is looked at of an answer. */
export type Answer = Pick<HttpResponse, "header">;

export interface RateGate {
  /** Waits for a place; every entry is followed by one {@link leave}. */
  enter(): Promise<void>;
  /** Gives the place back, with the answer where there was one. */
  leave(answer: Answer | undefined): void;
}

export interface RateGateOptions {
  readonly signal: AbortSignal;
}

/** The smallest burst that Auth0 gives (free tenants); so many are sent before the first answer says more. */
const smallestBurst = 2;
/** Milliseconds in which a free tenant gives one request back; its header speaks of whole seconds alone. */
const freeRefill = 500;
/** More at once gain nothing and cost sockets. */
const mostInFlight = 16;

/**
 * @see https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy
 */
export function createRateGate({ signal }: RateGateOptions): RateGate {
  let available = smallestBurst;
  let resetAt = 0;
  let inFlight = 0;
  let waiting: (() => void)[] = [];

  const nextAnswer = () => new Promise<void>((resolve) => waiting.push(resolve));

  return {
    async enter() {
      for (;;) {
        signal.throwIfAborted();
        if (available > 0 && inFlight < mostInFlight) break;
        const wait = resetAt - Date.now();
        if (inFlight > 0 && (wait <= 0 || available > 0)) {
          await nextAnswer();
        } else if (wait > 0) {
          await sleep(wait + 20, undefined, { signal });
        } else {
          // The window has passed: one request finds out how many there are now.
          available = 1;
        }
      }
      available -= 1;
      inFlight += 1;
    },
    leave(answer) {
      inFlight -= 1;
      const left = answer?.header("x-ratelimit-remaining");
      const reset = answer && untilReset(answer);
      if (left !== undefined && reset !== undefined) {
        // Those in flight may not have been counted yet.
        available = Number(left) - inFlight;
        const free = Number(answer?.header("x-ratelimit-limit")) === smallestBurst;
        resetAt = Date.now() + (free ? Math.min(reset, freeRefill) : reset);
      } else if (answer) {
        available = Number.POSITIVE_INFINITY;
      } else {
        available += 1;
      }
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
  };
}

/** Milliseconds until `x-ratelimit-reset` (unix seconds), at least 100 and at most a minute. */
export function untilReset(answer: Answer): number | undefined {
  const reset = Number(answer.header("x-ratelimit-reset") ?? Number.NaN);
  if (!Number.isFinite(reset)) return undefined;
  return Math.min(60_000, Math.max(100, reset * 1000 - Date.now()));
}
