/** Writes that must be done once: a request whose answer was lost is looked into before it is sent again. */
import { setTimeout as sleep } from "node:timers/promises";
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import { ManagementError } from "../../tenant/managementClient.ts";

export interface Settlement<State> {
  readonly write: () => Promise<unknown>;
  readonly read: () => Promise<State>;
  /** Whether the write has been done. */
  readonly done: (state: State) => boolean;
  readonly signal: AbortSignal;
}

const mostAttempts = 4;

/**
 * Writes, looks, and writes again only where it was not done.
 * @returns what was read once it was done.
 * @throws the refusal, or the last failure.
 */
export async function settle<State>({ write, read, done, signal }: Settlement<State>): Promise<State> {
  for (let attempt = 1; ; attempt += 1) {
    let failure: unknown = new ToolError("not_done", "The tenant answered that it was done, and it is not.", {
      exitCode: exitCodes.check,
    });
    try {
      await write();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ManagementError && error.status < 500) throw error;
      failure = error;
    }
    const state = await read();
    if (done(state)) return state;
    if (attempt === mostAttempts) throw failure;
    await sleep(250 * 2 ** attempt, undefined, { signal });
  }
}
