/** Sends one batch until every entry is stored or refused: retries, renews the token, splits what is refused whole. */
import { setTimeout as sleep } from "node:timers/promises";
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import type { Entry } from "../../../timesheets/entry.ts";
import type { TokenSource } from "../../tokens/tokenSource.ts";
import type { Tally } from "../tally.ts";
import type { Answer, ApiClient, EntryRefusal } from "./apiClient.ts";
import type { Gate, Verdict } from "./gate.ts";
import type { RetryPolicy } from "./retryPolicy.ts";

/** What became of a batch's entries. */
export interface SendResult {
  readonly accepted: number;
  readonly alreadyStored: number;
  /** By position in the batch. */
  readonly refused: ReadonlyMap<number, EntryRefusal>;
}

export interface SenderOptions {
  readonly client: ApiClient;
  readonly tokens: TokenSource;
  readonly gate: Gate;
  readonly retries: RetryPolicy;
  readonly tally: Tally;
  /** Aborted when no further attempt is to be made. */
  readonly signal: AbortSignal;
  /** True sends a lone entry as an object, as the scenario's job does, not as an array of one. */
  readonly single: boolean;
  /** True where an earlier run was interrupted, so that its last batches may be stored without its knowing. */
  readonly resumed: boolean;
  /** Milliseconds since this import first began, in an earlier run perhaps. */
  readonly importAge: () => number;
  /** Called once, where nothing listens at the API's address from the beginning. */
  readonly onUnreachable: () => void;
}

/** An answer about the entries, and whether an attempt before it may have stored them unheard. */
interface Delivery {
  readonly answer: Extract<Answer, { kind: "stored" | "refused_entries" | "refused_batch" | "too_large" }>;
  readonly perhapsStored: boolean;
}

/** Sends batches; all share a gate, a token and a retry budget. */
export class Sender {
  readonly #options: SenderOptions;
  /** True once the API has taken a token of this run: from then on a 401 can be a change of keys. */
  #tokenTaken = false;
  #unreachableTold = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** @throws {ToolError} where it cannot go on; the batch may then be stored or not, and is safe to be sent again. */
  async send(entries: readonly Entry[]): Promise<SendResult> {
    const result = { accepted: 0, alreadyStored: 0, refused: new Map<number, EntryRefusal>() };
    // Positions in the original batch, still to be sent; the last part goes first.
    const parts: number[][] = [[...entries.keys()]];
    for (let part = parts.pop(); part; part = parts.pop()) {
      if (part.length === 0) continue;
      const delivery = await this.#deliver(this.#body(entries, part));
      const { answer } = delivery;
      switch (answer.kind) {
        case "stored":
          this.#count(answer, part.length, delivery.perhapsStored, result);
          break;
        case "refused_entries": {
          const refused = [...answer.errors].filter(([index]) => index < part.length);
          for (const [index, refusal] of refused) result.refused.set(part[index] ?? 0, refusal);
          if (refused.length > 0) parts.push(part.filter((_position, index) => !answer.errors.has(index)));
          else this.#split(part, { code: "refused", reason: "The API refused it." }, parts, result.refused);
          break;
        }
        case "refused_batch":
          this.#split(
            part,
            { code: "refused", reason: `The API answered ${answer.reason}.` },
            parts,
            result.refused,
          );
          break;
        case "too_large":
          this.#split(
            part,
            { code: "too_large", reason: "The API takes no body of this size." },
            parts,
            result.refused,
          );
          break;
      }
    }
    return result;
  }

  #body(entries: readonly Entry[], part: readonly number[]): string {
    const chosen = part.length === entries.length ? entries : part.map((position) => entries[position]);
    return JSON.stringify(this.#options.single && chosen.length === 1 ? chosen[0] : chosen);
  }

  /**
   * A replayed answer tells of an earlier upload of the same entries. Where that was an attempt of this import whose
   * answer was lost, they count as accepted; where it was another import, as already stored.
   */
  #count(
    answer: Answer & { kind: "stored" },
    sent: number,
    perhapsStored: boolean,
    result: { accepted: number; alreadyStored: number },
  ): void {
    const { accepted, alreadyStored } = answer.counts ?? { accepted: sent, alreadyStored: 0 };
    const { resumed, importAge } = this.#options;
    const age = answer.replayedAfter;
    const ours = age === undefined || ((perhapsStored || resumed) && age <= importAge());
    result.accepted += ours ? accepted : 0;
    result.alreadyStored += ours ? alreadyStored : accepted + alreadyStored;
  }

  #split(part: number[], refusal: EntryRefusal, parts: number[][], refused: Map<number, EntryRefusal>): void {
    const [only] = part;
    if (part.length === 1 && only !== undefined) {
      refused.set(only, refusal);
      return;
    }
    const middle = Math.ceil(part.length / 2);
    parts.push(part.slice(middle), part.slice(0, middle));
  }

  /** Posts until the API gives an answer about the entries. */
  async #deliver(body: string): Promise<Delivery> {
    const { client, tokens, gate, retries, tally, signal } = this.#options;
    let failures = 0;
    let refusals = 0;
    let perhapsStored = false;
    for (;;) {
      const token = await this.#token();
      const ticket = await gate.enter();
      let answer: Answer;
      let verdict: Verdict = "neutral";
      try {
        signal.throwIfAborted();
        const sent = performance.now();
        answer = await client.post(body, token);
        tally.request(performance.now() - sent);
        verdict = verdictOf(answer);
      } finally {
        gate.leave(verdict, ticket);
      }
      switch (answer.kind) {
        case "stored":
        case "refused_entries":
        case "refused_batch":
        case "too_large":
          this.#tokenTaken = true;
          retries.succeeded();
          return { answer, perhapsStored };
        case "passing": {
          perhapsStored ||= !turnedAway.has(answer.cause);
          tally.retry(answer.cause);
          if (answer.cause === "unreachable" && !this.#tokenTaken && !this.#unreachableTold) {
            this.#unreachableTold = true;
            this.#options.onUnreachable();
          }
          const delay = retries.delay(++failures, answer.cause, answer.wait);
          if (sharedCauses.has(answer.cause)) gate.close(answer.wait ?? delay);
          await sleep(delay, undefined, { signal });
          break;
        }
        case "unauthorized":
          tally.retry("401");
          await this.#afterRefusal(token, ++refusals, answer.reason);
          break;
        case "forbidden":
          // A token from the cache may be older than its grant.
          if (!tokens.fromCache) throw forbidden(answer.reason);
          tally.retry("403");
          await tokens.renew(token);
          break;
        case "unusable":
          throw new ToolError("api_unusable", `The API cannot be used: ${answer.reason}.`, {
            exitCode: exitCodes.failure,
            hint: "Check --api-url.",
          });
      }
    }
  }

  async #token(): Promise<string> {
    return this.#options.tokens.token();
  }

  /**
   * One new token after a refusal, and where that is refused too, patience while the API may not know the tenant's
   * new signing key yet: its verifier asks for keys at most every 30 seconds.
   */
  async #afterRefusal(token: string, refusals: number, reason: string): Promise<void> {
    const { tokens, signal } = this.#options;
    if (refusals === 1) await tokens.renew(token);
    else if (this.#tokenTaken && refusals <= keyPatience) await sleep(5000, undefined, { signal });
    else {
      throw new ToolError("token_refused", `The API refused a token that was just issued (${reason}).`, {
        exitCode: exitCodes.credentials,
        hint: "Check that the API expects this issuer, audience, signing algorithm and token profile.",
      });
    }
  }
}

/** Times five seconds. */
const keyPatience = 9;

/** Failures that say something about the API as a whole, so that all senders wait. */
const sharedCauses = new Set(["429", "503", "unreachable"]);

/** Answers that the API gives before it stores anything. */
const turnedAway = new Set(["408", "409", "425", "429", "503", "unreachable"]);

function verdictOf(answer: Answer): Verdict {
  if (answer.kind === "passing") {
    return sharedCauses.has(answer.cause) || answer.cause === "timeout" ? "pushed_back" : "neutral";
  }
  return answer.kind === "unauthorized" || answer.kind === "forbidden" ? "neutral" : "served";
}

function forbidden(reason: string): ToolError {
  return new ToolError("scope_missing", `The API does not let this application upload (${reason}).`, {
    exitCode: exitCodes.credentials,
    hint: "The application needs the scope batch:upload: see its grants in the access model.",
  });
}
