/** How long to wait before a batch is sent again, and when to stop trying. */
import { exitCodes, ToolError } from "../lib/errors.ts";
import { backOff } from "../lib/retry.ts";

export interface RetryPolicyOptions {
  /** Longest time without any success, milliseconds. */
  readonly giveUpAfter: number;
  readonly now?: () => number;
  /** In [0, 1); tests pass their own. */
  readonly random?: () => number;
}

const base = 200;
const longest = 20_000;
/** Retries that may be under way beyond the number of successes: about half of all requests may fail for long. */
const budget = 200;

/**
 * Exponential back-off with full jitter, a budget of retries that each success refills, and a limit on the time
 * without success.
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export class RetryPolicy {
  readonly #giveUpAfter: number;
  readonly #now: () => number;
  readonly #random: () => number;
  #left = budget;
  #lastSuccess: number;

  constructor({ giveUpAfter, now = () => performance.now(), random = Math.random }: RetryPolicyOptions) {
    this.#giveUpAfter = giveUpAfter;
    this.#now = now;
    this.#random = random;
    this.#lastSuccess = now();
  }

  succeeded(): void {
    this.#lastSuccess = this.#now();
    this.#left = Math.min(budget, this.#left + 1);
  }

  /**
   * Milliseconds to wait before the next attempt.
   * @param failures How often this batch has failed, from 1.
   * @param asked What the API asked for; such a retry costs no budget.
   * @throws {ToolError} `api_unavailable`, exit 1.
   */
  delay(failures: number, cause: string, asked: number | undefined): number {
    const wait =
      asked === undefined
        ? backOff(failures, { base, longest, random: this.#random })
        : asked + this.#random() * Math.min(1000, base + asked / 10);
    if (asked === undefined && --this.#left < 0) {
      throw unavailable(`more than half of the requests fail (last: ${cause})`);
    }
    const idle = this.#now() - this.#lastSuccess;
    if (asked !== undefined && asked > this.#giveUpAfter) {
      throw unavailable(`it asks to wait ${Math.ceil(asked / 1000)} s (${cause})`);
    }
    if (asked === undefined && idle > this.#giveUpAfter) {
      throw unavailable(`it has not taken a batch for ${Math.round(idle / 1000)} s (last: ${cause})`);
    }
    return wait;
  }
}

function unavailable(what: string): ToolError {
  return new ToolError("api_unavailable", `The API is not available: ${what}.`, {
    exitCode: exitCodes.failure,
  });
}
