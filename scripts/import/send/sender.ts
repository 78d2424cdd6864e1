/** Sends one batch until every entry is stored or refused: retries, renews the token, splits what is refused whole. */
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import { pause } from "../../../lib/retry.ts";
import type { TokenSource } from "../../tokens/tokenSource.ts";
import type { Job } from "../job/schema.ts";
import type { EntryJson } from "../read/plainLines.ts";
import type { Tally } from "../tally.ts";
import type { Account, Answer, EntryRefusal } from "./answers.ts";
import type { ApiClient } from "./apiClient.ts";
import type { Gate, Verdict } from "./gate.ts";
import type { RefusalBrake } from "./refusalBrake.ts";
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
  readonly job: Pick<Job, "name" | "scope" | "exactlyOnce">;
  readonly tokens: TokenSource;
  readonly gate: Gate;
  readonly retries: RetryPolicy;
  readonly brake: RefusalBrake;
  readonly tally: Tally;
  /** Aborted when no further attempt is to be made. */
  readonly signal: AbortSignal;
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

interface Progress {
  accepted: number;
  alreadyStored: number;
  readonly refused: Map<number, EntryRefusal>;
  /** Positions still to be sent; the last part goes first. */
  readonly parts: (readonly number[])[];
}

/** Sends batches; all share a gate, a token and a retry budget. */
export class Sender {
  readonly #options: SenderOptions;
  /** True once the API has taken a token of this run: from then on a 401 can be a change of keys. */
  #tokenTaken = false;
  #unreachableReported = false;
  /** Entries that the API takes at once, as far as is known: what it called too large is not tried again. */
  #largest = Number.POSITIVE_INFINITY;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** @throws {ToolError} where it cannot continue; the batch may then be stored or not. */
  async send(entries: readonly EntryJson[]): Promise<SendResult> {
    const progress: Progress = {
      accepted: 0,
      alreadyStored: 0,
      refused: new Map(),
      parts: [[...entries.keys()]],
    };
    const begun = this.#options.retries.begin();
    let failures = 0;
    for (let part = progress.parts.pop(); part; part = progress.parts.pop()) {
      if (part.length === 0) continue;
      if (part.length > this.#largest) {
        split(part, this.#largest, progress);
        continue;
      }
      const chosen =
        part.length === entries.length ? entries : part.flatMap((position) => entries[position] ?? []);
      const { answer, perhapsStored } = await this.#deliver(chosen, begun);
      switch (answer.kind) {
        case "stored":
          this.#count(answer, perhapsStored, progress);
          for (const [index, refusal] of answer.refused) progress.refused.set(part[index] ?? 0, refusal);
          if (answer.again.size > 0) {
            progress.parts.push([...answer.again.keys()].map((index) => part[index] ?? 0));
            const [cause = ""] = answer.again.values();
            await this.#waitFor(cause, ++failures, begun);
          }
          break;
        case "refused_entries": {
          const [first] = answer.errors.values();
          this.#options.brake.refused(first?.reason ?? "");
          for (const [index, refusal] of answer.errors) progress.refused.set(part[index] ?? 0, refusal);
          progress.parts.push(part.filter((_position, index) => !answer.errors.has(index)));
          break;
        }
        case "refused_batch":
          this.#options.brake.refused(answer.reason);
          halve(part, { code: "refused", reason: `The API answered ${answer.reason}.` }, progress);
          break;
        case "too_large":
          this.#options.brake.refused("413, the body is too large");
          this.#largest = Math.min(this.#largest, Math.max(1, Math.ceil(part.length / 2)));
          halve(part, { code: "too_large", reason: "The API takes no body of this size." }, progress);
          break;
      }
    }
    const { accepted, alreadyStored, refused } = progress;
    return { accepted, alreadyStored, refused };
  }

  /**
   * A replayed answer belongs to an earlier upload of the same entries. Where that was an attempt of this import whose
   * answer was lost, they count as accepted; where it was another import, as already stored.
   */
  #count(answer: Account, perhapsStored: boolean, progress: Progress): void {
    const { accepted, alreadyStored, replayedAfter: age } = answer;
    const { resumed, importAge, brake } = this.#options;
    const ours = age === undefined || ((perhapsStored || resumed) && age <= importAge());
    progress.accepted += ours ? accepted : 0;
    progress.alreadyStored += ours ? alreadyStored : accepted + alreadyStored;
    if (accepted + alreadyStored > 0) brake.stored();
  }

  /** Sends until the API gives an answer about the entries. */
  async #deliver(entries: readonly EntryJson[], begun: number): Promise<Delivery> {
    const { client, tokens, gate, retries, tally, signal } = this.#options;
    let failures = 0;
    let refusals = 0;
    let perhapsStored = false;
    for (;;) {
      const token = await tokens.token();
      const ticket = await gate.enter();
      let answer: Answer;
      let verdict: Verdict = "neutral";
      try {
        signal.throwIfAborted();
        const sent = performance.now();
        answer = putOff(await client.send(entries, token, Math.max(100, retries.remaining(begun))));
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
        case "transient": {
          const mayBeStored = !turnedAway.has(answer.cause);
          if (mayBeStored) tally.unheard();
          perhapsStored ||= mayBeStored;
          tally.retry(answer.cause);
          if (answer.cause === "unreachable" && !this.#tokenTaken && !this.#unreachableReported) {
            this.#unreachableReported = true;
            this.#options.onUnreachable();
          }
          await this.#waitFor(answer.cause, ++failures, begun, answer.wait);
          break;
        }
        case "unauthorized":
          tally.retry("401");
          await this.#afterRefusal(token, ++refusals, answer.reason, begun);
          break;
        case "forbidden":
          // A token from the cache may be older than its grant.
          if (!tokens.fromCache) throw this.#forbidden(answer.reason);
          tally.retry("403");
          await tokens.renew(token);
          break;
        case "unusable":
          throw new ToolError("api_unusable", `The API cannot be used: ${answer.reason}.`, {
            exitCode: exitCodes.failure,
            hint: "Check --api-url.",
          });
        case "unclear":
          throw this.#unclear(answer.reason);
      }
    }
  }

  async #waitFor(cause: string, failures: number, begun: number, asked?: number): Promise<void> {
    const { retries, gate, signal } = this.#options;
    const delay = retries.delay(failures, cause, asked, begun);
    if (sharedCauses.has(cause)) gate.close(asked ?? delay);
    await pause(delay, signal);
  }

  /**
   * One new token after a refusal, and where that is refused too, patience while the API may not know the tenant's
   * new signing key yet: its verifier asks for keys at most every 30 seconds.
   */
  async #afterRefusal(token: string, refusals: number, reason: string, begun: number): Promise<void> {
    const { tokens, retries, signal } = this.#options;
    const patient = this.#tokenTaken && refusals <= keyPatience && retries.remaining(begun) > 0;
    if (refusals > 1 && !patient) {
      throw new ToolError("token_refused", `The API refused a token that was just issued (${reason}).`, {
        exitCode: exitCodes.credentials,
        hint: "Check that the API expects this issuer, audience, signing algorithm and token profile.",
      });
    }
    if (refusals > 1) await pause(5000, signal);
    await tokens.renew(token);
  }

  #forbidden(reason: string): ToolError {
    const { scope } = this.#options.job;
    return new ToolError("scope_missing", `The API does not let this application upload (${reason}).`, {
      exitCode: exitCodes.credentials,
      hint: `The application needs ${scope === undefined ? "a scope" : `the scope ${scope}`}: see its grants in the access model.`,
    });
  }

  #unclear(reason: string): ToolError {
    const again = this.#options.job.exactlyOnce
      ? "What it stored is not stored twice."
      : "Entries of this batch may be stored: look before it is sent again.";
    return new ToolError("answer_unclear", `The API's answer cannot be relied on: ${reason}.`, {
      exitCode: exitCodes.failure,
      hint: `${again} Check --api-url; docs/import-contract.md says how an answer must look, and how a job file describes another.`,
    });
  }
}

/** Times five seconds. */
const keyPatience = 9;

/** Failures that say something about the API as a whole, so that all senders wait. */
const sharedCauses = new Set(["429", "503", "unreachable"]);

/** Answers that the API gives before it stores anything. */
const turnedAway = new Set(["408", "409", "421", "425", "429", "503", "unreachable"]);

/** An account in which no entry is settled is no success: the upload as a whole has to wait. */
function putOff(answer: Answer): Answer {
  if (answer.kind !== "stored" || answer.again.size === 0) return answer;
  if (answer.accepted + answer.alreadyStored + answer.refused.size > 0) return answer;
  const [cause = ""] = answer.again.values();
  return { kind: "transient", cause, wait: undefined };
}

function verdictOf(answer: Answer): Verdict {
  if (answer.kind === "transient") {
    return sharedCauses.has(answer.cause) || answer.cause === "timeout" ? "pushed_back" : "neutral";
  }
  return answer.kind === "unauthorized" || answer.kind === "forbidden" ? "neutral" : "served";
}

/** Leaves the halves of a part to be sent; refuses the entry that is alone. */
function halve(part: readonly number[], refusal: EntryRefusal, progress: Progress): void {
  const [only] = part;
  if (part.length === 1 && only !== undefined) progress.refused.set(only, refusal);
  else split(part, Math.ceil(part.length / 2), progress);
}

/** Leaves pieces of a part to be sent, the first of them first. */
function split(part: readonly number[], size: number, { parts }: Progress): void {
  for (let end = part.length; end > 0; ) {
    const first = Math.floor((end - 1) / size) * size;
    parts.push(part.slice(first, end));
    end = first;
  }
}
