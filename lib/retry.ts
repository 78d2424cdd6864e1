/** Retries transient failures: the one policy for tokens, the Management API, the import and the bundled provider. */
import { setTimeout } from "node:timers/promises";

export interface BackOff {
  /** The longest wait after the first failure, milliseconds. */
  readonly base: number;
  /** The longest wait of all, milliseconds. */
  readonly longest: number;
  /** In [0, 1); tests pass their own. @default Math.random */
  readonly random?: () => number;
}

export interface RetryLimits extends BackOff {
  /** Retries at most. @default no limit */
  readonly retries?: number;
  /** Time from the first attempt within which every wait must end, milliseconds. @default no limit */
  readonly within?: number;
  /** Ends a wait with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called before each wait with its length in milliseconds. */
  readonly beforeWait?: (milliseconds: number, reason: string) => void;
  /** Milliseconds since the epoch; tests pass their own. @default Date.now */
  readonly now?: () => number;
  /** Tests pass their own. @default a timer that the signal ends */
  readonly sleep?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/** What came of an attempt. */
export type Outcome<Result> = { readonly result: Result } | { readonly error: unknown };

/** Why an attempt is worth repeating. */
export interface Transient {
  /** Completes "waiting, because ...". */
  readonly reason: string;
  /** What the server asked for (see `retryAfter`), milliseconds; it replaces the back-off. */
  readonly asked?: number | undefined;
  /** True where the wait is part of the service, such as a rate limit: it uses up no retry. @default false */
  readonly free?: boolean;
}

/**
 * Attempts until the outcome is final or the limits are reached.
 * @param transient Why an outcome is worth a retry; undefined where it is final.
 * @returns the last result. @throws the last error, or the signal's reason
 */
export async function retry<Result>(
  attempt: () => Promise<Result>,
  transient: (outcome: Outcome<Result>) => Transient | undefined,
  limits: RetryLimits,
): Promise<Result> {
  const {
    retries = Number.POSITIVE_INFINITY,
    within = Number.POSITIVE_INFINITY,
    signal,
    beforeWait,
  } = limits;
  const { now = Date.now, sleep = pause } = limits;
  const start = now();
  let failures = 0;
  for (;;) {
    const outcome: Outcome<Result> = await attempt().then(
      (result) => ({ result }),
      (error) => ({ error }),
    );
    const why = transient(outcome);
    if (why && !why.free) failures += 1;
    const wait = why?.asked ?? backOff(Math.max(1, failures), limits);
    if (!why || failures > retries || now() + wait - start > within) {
      if ("result" in outcome) return outcome.result;
      throw outcome.error;
    }
    beforeWait?.(wait, why.reason);
    if (wait > 0) await sleep(wait, signal);
  }
}

/** Waits; an abort throws the signal's reason, not an AbortError about it. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, signal ? { signal } : {}).catch((error) => {
    signal?.throwIfAborted();
    throw error;
  });
}

/**
 * Milliseconds to wait: exponential back-off with full jitter.
 * @param failures How many there have been in a row, 1 after the first.
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export function backOff(failures: number, { base, longest, random = Math.random }: BackOff): number {
  return random() * Math.min(longest, base * 2 ** Math.min(failures - 1, 30));
}
