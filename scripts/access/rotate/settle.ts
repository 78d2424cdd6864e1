/** Writes that must be done once: a request whose answer was lost is looked into, and never sent again blindly. */
import { connectionFailure } from "../../../lib/connection.ts";
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import type { Report } from "../../../lib/report.ts";
import { pause } from "../../../lib/retry.ts";
import { ManagementError } from "../../tenant/managementClient.ts";

export interface Settlement<State> {
  /** What the write does, as the subject of a sentence, e.g. `The rotation of the secret`. */
  readonly what: string;
  readonly write: () => Promise<unknown>;
  readonly read: () => Promise<State>;
  /** Whether the write has been done. */
  readonly done: (state: State) => boolean;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Whether a second write changes nothing after the first. @default false */
  readonly repeatable?: boolean;
  /** How long to look for a write that was not answered, milliseconds. @default 90_000 */
  readonly patience?: number;
}

const mostAttempts = 4;
/** The longest time between two looks, milliseconds. */
const longestPause = 5_000;

/**
 * Writes, looks, and writes again only where the first write is known to have failed, or a second does no harm. The
 * tenant may still carry out a request that it has not answered: a second one would then be a second rotation.
 * @returns what was read once it was done.
 * @throws {ToolError} the refusal; the last failure; or `state_unknown`, where no answer came and nothing was seen
 */
export async function settle<State>(settlement: Settlement<State>): Promise<State> {
  const { write, read, done, signal, repeatable = false } = settlement;
  for (let attempt = 1; ; attempt += 1) {
    let failure: unknown;
    try {
      await write();
    } catch (error) {
      signal.throwIfAborted();
      if (isRefusal(error)) throw error;
      failure = error;
    }
    const mayRepeat = repeatable || (failure !== undefined && wasNotDone(failure));
    if (!mayRepeat) return look(settlement, failure);
    const state = await read();
    if (done(state)) return state;
    if (attempt === mostAttempts) throw failure ?? notDone(settlement);
    await pause(250 * 2 ** attempt, signal);
  }
}

/** Reads until the write is seen. */
async function look<State>(settlement: Settlement<State>, failure: unknown): Promise<State> {
  const { what, read, done, signal, report, patience = 90_000 } = settlement;
  const end = Date.now() + patience;
  if (failure !== undefined) {
    const message = `${what} got no answer; looking whether it was done.`;
    report({ level: "info", code: "answer_lost", message });
  }
  for (let wait = 250; ; wait = Math.min(2 * wait, longestPause)) {
    const state = await read().catch((error: unknown) => {
      signal.throwIfAborted();
      // What cut the answer off may cut this one off too.
      if (isFinal(error)) throw error;
    });
    if (state !== undefined && done(state)) return state;
    if (Date.now() + wait > end) throw failure === undefined ? notDone(settlement) : unknown(what, failure);
    await pause(wait, signal);
  }
}

function isFinal(error: unknown): boolean {
  if (error instanceof ManagementError) return isRefusal(error);
  return connectionFailure(error instanceof ToolError ? error.cause : error) === undefined;
}

function isRefusal(error: unknown): boolean {
  return error instanceof ManagementError && error.status < 500 && error.status !== 408;
}

/** True where the request never left, or the API itself answered that it failed; a gateway knows neither. */
function wasNotDone(error: unknown): boolean {
  if (error instanceof ManagementError) return error.status === 500 || error.status === 503;
  const kind = connectionFailure(error instanceof ToolError ? error.cause : error)?.kind;
  return kind === "unreachable" || kind === "unknown_host" || kind === "untrusted" || kind === "no_tls";
}

function notDone({ what }: Pick<Settlement<unknown>, "what">): ToolError {
  return new ToolError("not_done", `${what} was answered as done, and the tenant shows no change.`, {
    exitCode: exitCodes.check,
  });
}

function unknown(what: string, cause: unknown): ToolError {
  return new ToolError(
    "state_unknown",
    `State unknown: ${what.charAt(0).toLowerCase()}${what.slice(1)} was not answered, and the tenant shows no change yet.`,
    {
      exitCode: exitCodes.check,
      hint: "It was not sent again, since the first request may still be carried out. Wait some minutes, then run the same command again: it looks first.",
      cause,
    },
  );
}
