/** A `fetch` that waits where the tenant asks for patience, as the official plugin does. */
import { setTimeout } from "node:timers/promises";
import { connectionError } from "./errors.ts";

/** Answers that may be better the next time. */
const passing = new Set([500, 502, 503, 504, 524]);
const passingAttempts = 3;
/** Seconds, where a 429 does not say how long. */
const defaultWait = 5;
/** Milliseconds, for one attempt. */
const attemptTimeout = 30_000;

export interface RetryOptions {
  readonly domain: string;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  readonly fetch?: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Repeats a request on 429 for as long as it takes, waiting for `x-ratelimit-reset`, and on a passing server error up
 * to three times. All requests share the wait: what one is told holds for the others too.
 *
 * @see https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy
 */
export function patientFetch(options: RetryOptions): typeof fetch {
  const { domain, signal, now = Date.now, sleep = wait } = options;
  const send = options.fetch ?? fetch;
  let pausedUntil = 0;

  const pause = async () => {
    while (pausedUntil > now()) {
      // A little apart, or all that waited would meet the limit again at once.
      await sleep(pausedUntil - now() + Math.random() * 100, signal);
    }
  };

  return async (input, init) => {
    for (let failures = 0; ; ) {
      await pause();
      signal.throwIfAborted();
      const response = await attempt(() => send(input, { ...init, signal: both(signal) }));
      if (response.status === 429) {
        pausedUntil = Math.max(pausedUntil, resetTime(response, now()));
      } else if (passing.has(response.status) && failures < passingAttempts) {
        failures += 1;
        await sleep(2 ** failures * 125, signal);
      } else {
        return response;
      }
      await response.body?.cancel();
    }
  };

  async function attempt(request: () => Promise<Response>): Promise<Response> {
    try {
      return await request();
    } catch (error) {
      signal.throwIfAborted();
      throw connectionError(error, domain);
    }
  }
}

/** When the tenant will answer again, milliseconds since 1970. */
function resetTime(response: Response, now: number): number {
  const reset = Number(response.headers.get("x-ratelimit-reset"));
  if (Number.isFinite(reset) && reset > 0) return Math.max(reset * 1000, now + 100);
  const after = Number(response.headers.get("retry-after"));
  return now + (Number.isFinite(after) && after > 0 ? after : defaultWait) * 1000;
}

function both(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(attemptTimeout)]);
}

async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  // What ended the wait is told by the signal's reason, not by an AbortError about it.
  await setTimeout(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}
