/** How long to wait before a batch is sent again, and when to stop trying. */
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import { backOff } from "../../../lib/retry.ts";

export interface ApiAddress {
  readonly url: string;
  /** E.g. `TIMESHEETS_API_URL`. */
  readonly source: string;
}

export interface RetryPolicyOptions {
  /** Longest time without any success, milliseconds. */
  readonly giveUpAfter: number;
  /** Where the API is, and how that is known, for messages. */
  readonly api: ApiAddress;
  readonly now?: () => number;
  /** In [0, 1); tests pass their own. */
  readonly random?: () => number;
}

const base = 200;
const shortest = 50;
const longest = 20_000;
/** Retries that may be under way beyond the number of successes: about half of all requests may fail for long. */
const budget = 200;

const causes: Readonly<Record<string, string>> = {
  timeout: "no answer in time",
  unreachable: "nothing answers there",
  connection: "the connection was cut",
  not_http: "an answer that is not HTTP",
};

/**
 * Exponential back-off with full jitter, a budget of retries that each success refills, and a limit on the time
 * without success.
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export class RetryPolicy {
  readonly #giveUpAfter: number;
  readonly #api: ApiAddress;
  readonly #now: () => number;
  readonly #random: () => number;
  #left = budget;
  #lastSuccess: number;

  constructor({ giveUpAfter, api, now = () => performance.now(), random = Math.random }: RetryPolicyOptions) {
    this.#giveUpAfter = giveUpAfter;
    this.#api = api;
    this.#now = now;
    this.#random = random;
    this.#lastSuccess = now();
  }

  succeeded(): void {
    this.#lastSuccess = this.#now();
    this.#left = Math.min(budget, this.#left + 1);
  }

  /** The moment at which a batch is first sent, to be given to the others: a quiet hour before it is no failure. */
  begin(): number {
    return this.#now();
  }

  /** Milliseconds until a batch is given up, unless something succeeds. */
  remaining(begun: number): number {
    return this.#giveUpAfter - this.#idle(begun);
  }

  /**
   * Milliseconds to wait before the next attempt.
   * @param failures How often this batch has failed, from 1.
   * @param asked What the API asked for; such a retry costs no budget, but the time counts.
   * @throws {ToolError} `api_unavailable`, exit 1.
   */
  delay(failures: number, cause: string, asked: number | undefined, begun = 0): number {
    const wait =
      asked === undefined
        ? Math.max(shortest, backOff(failures, { base, longest, random: this.#random }))
        : asked + this.#random() * Math.min(1000, base + asked / 10);
    if (asked === undefined && --this.#left < 0) {
      throw this.#unavailable("more than half of the requests fail", cause);
    }
    if (asked !== undefined && asked > this.#giveUpAfter) {
      throw this.#unavailable(`it asks to wait ${Math.ceil(asked / 1000)} s`, cause);
    }
    const idle = this.#idle(begun);
    // Waiting beyond the limit would only delay the same end.
    if (idle + (asked ?? 0) >= this.#giveUpAfter) {
      throw this.#unavailable(`it has not taken a batch for ${Math.round(idle / 1000)} s`, cause);
    }
    return Math.min(wait, Math.max(shortest, this.#giveUpAfter - idle));
  }

  #idle(begun: number): number {
    return this.#now() - Math.max(begun, this.#lastSuccess);
  }

  #unavailable(what: string, cause: string): ToolError {
    const { url, source } = this.#api;
    const last = causes[cause] ?? cause;
    return new ToolError("api_unavailable", `The API at ${url} is not available: ${what} (last: ${last}).`, {
      exitCode: exitCodes.failure,
      ...(cause === "unreachable" ? { hint: addressHint(source) } : {}),
    });
  }
}

/** Addresses grow old: a local tenant that is started again may have another port. */
export function addressHint(source: string): string {
  return `The address is from ${source}: if the API has another by now, give it with --api-url.`;
}
