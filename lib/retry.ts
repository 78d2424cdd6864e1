/** Trying again what may pass by itself. */

/**
 * Attempts until one succeeds.
 * @param waitAfter What is to be waited after the failure of an attempt, counted from 0; milliseconds, or undefined where
 *   it is final.
 * @param pause Waits.
 * @throws the failure that was final
 */
export async function retry<Result>(
  attempt: () => Promise<Result>,
  waitAfter: (error: unknown, attempt: number) => number | undefined,
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<Result> {
  for (let count = 0; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      const wait = waitAfter(error, count);
      if (wait === undefined) throw error;
      await pause(wait);
    }
  }
}

export interface BackOff {
  /** The most that is waited after the first failure, milliseconds. */
  readonly base: number;
  /** The most that is ever waited, milliseconds. */
  readonly longest: number;
  /** In [0, 1); tests pass their own. @default Math.random */
  readonly random?: () => number;
}

/**
 * Milliseconds to wait after a failure, counted from 0: exponential back-off with full jitter.
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export function backOff(failures: number, { base, longest, random = Math.random }: BackOff): number {
  return random() * Math.min(longest, base * 2 ** Math.min(failures, 30));
}
