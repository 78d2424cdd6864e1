/** A `fetch` that waits where the tenant asks for patience, as the official plugin does. */
import { type Outcome, pause, retry, type Transient } from "../../lib/retry.ts";
import { connectionError } from "./errors.ts";

/** Statuses of answers that may be better the next time. */
const transientStatuses = new Set([500, 502, 503, 504, 524]);
const backOff = { base: 250, longest: 1_000, retries: 3 };
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
  readonly sleep?: typeof pause;
}

/**
 * Repeats a request on 429 for as long as it takes, waiting for `x-ratelimit-reset`, and on a transient server error up
 * to three times. All requests share the wait: an answer to one holds for the others too. Unlike the official plugin, it
 * does not repeat a creation after a server error: it may have happened, and would then happen twice.
 *
 * @see https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy
 */
export function patientFetch(options: RetryOptions): typeof fetch {
  const { domain, signal, now = Date.now, sleep = pause } = options;
  const send = options.fetch ?? fetch;
  let pausedUntil = 0;

  const attempt = async (request: () => Promise<Response>): Promise<Response> => {
    while (pausedUntil > now()) {
      // A little apart, or all that waited would meet the limit again at once.
      await sleep(pausedUntil - now() + Math.random() * 100, signal);
    }
    signal.throwIfAborted();
    try {
      return await request();
    } catch (error) {
      signal.throwIfAborted();
      throw connectionError(error, domain);
    }
  };

  const transient = (outcome: Outcome<Response>, creates: boolean): Transient | undefined => {
    if ("error" in outcome) return undefined;
    const { status } = outcome.result;
    if (status === 429) {
      pausedUntil = Math.max(pausedUntil, resetTime(outcome.result, now()));
      // The next attempt does the waiting, as all others do.
      return { reason: "429", asked: 0, free: true };
    }
    return transientStatuses.has(status) && !creates ? { reason: String(status) } : undefined;
  };

  return (input, init) => {
    let previous: Response | undefined;
    const next = async () => {
      await previous?.body?.cancel();
      previous = await attempt(() => send(input, { ...init, signal: both(signal) }));
      return previous;
    };
    const creates = isCreation(input, init);
    return retry(next, (outcome) => transient(outcome, creates), { ...backOff, now, sleep, signal });
  };
}

/** Whether sending it twice may make two objects; a second token does no harm. */
function isCreation(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): boolean {
  const { method, url } = input instanceof Request ? input : { method: init?.method, url: String(input) };
  return (
    (init?.method ?? method)?.toUpperCase() === "POST" && !new URL(url).pathname.endsWith("/oauth/token")
  );
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
