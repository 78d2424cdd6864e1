/** Holds requests back before a rate limit is reached, from what the `x-ratelimit-*` headers say. */
import { setTimeout as sleep } from "node:timers/promises";

export interface RateGate {
  /** Waits for a place; every entry is followed by one {@link leave}. */
  enter(): Promise<void>;
  /** Gives the place back, with the headers of the answer where there was one. */
  leave(headers: Headers | undefined): void;
}

export interface RateGateOptions {
  readonly signal: AbortSignal;
  readonly onWait?: (milliseconds: number, reason: string) => void;
}

/** The smallest burst that Auth0 gives (free tenants); so many are sent before the first answer tells more. */
const smallestBurst = 2;
/** Milliseconds in which a free tenant gives one request back; its header speaks of whole seconds alone. */
const freeRefill = 500;
/** More at once gain nothing and cost sockets. */
const mostInFlight = 16;

/**
 * @see https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy
 */
export function createRateGate({ signal, onWait }: RateGateOptions): RateGate {
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
          onWait?.(wait, "keeping under the tenant's rate limit");
          await sleep(wait + 20, undefined, { signal });
        } else {
          // The window has passed: one request finds out how many there are now.
          available = 1;
        }
      }
      available -= 1;
      inFlight += 1;
    },
    leave(headers) {
      inFlight -= 1;
      const left = headers?.get("x-ratelimit-remaining");
      const reset = headers && untilReset(headers);
      if (left !== null && left !== undefined && reset !== undefined) {
        // Those in flight may not have been counted yet.
        available = Number(left) - inFlight;
        const free = Number(headers?.get("x-ratelimit-limit")) === smallestBurst;
        resetAt = Date.now() + (free ? Math.min(reset, freeRefill) : reset);
      } else if (headers) {
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
export function untilReset(headers: Headers): number | undefined {
  const reset = Number(headers.get("x-ratelimit-reset"));
  if (!headers.has("x-ratelimit-reset") || !Number.isFinite(reset)) return undefined;
  return Math.min(60_000, Math.max(100, reset * 1000 - Date.now()));
}
