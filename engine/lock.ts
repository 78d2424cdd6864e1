/** Lets one process at a time fill the engine cache; the others wait, which is reported. */
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, ToolError } from "../lib/errors.ts";

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Called once, when another process holds the lock. */
  readonly onHeld: () => void;
  /** After how long without a sign of life the holder counts as dead, milliseconds. @default 15_000 */
  readonly stale?: number;
}

/**
 * Runs `action` while holding the lock `file`, a folder that is made and removed again.
 *
 * The holder touches it all the time; a lock whose holder was killed is taken over once it is `stale`.
 *
 * @throws the signal's reason when it aborts, also while waiting
 */
export async function withLock<Result>(
  file: string,
  { signal, onHeld, stale = 15_000 }: LockOptions,
  action: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { default: lockfile } = await import("proper-lockfile");
  const lost = new AbortController();
  let waiting = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      const release = await lockfile.lock(file, {
        lockfilePath: file,
        realpath: false,
        stale,
        update: stale / 4,
        onCompromised: (error) => lost.abort(lockLost(file, error)),
      });
      try {
        return await action(AbortSignal.any([signal, lost.signal]));
      } finally {
        if (!lost.signal.aborted) await release();
      }
    } catch (error) {
      if (errorCode(error) !== "ELOCKED") throw error;
    }
    if (!waiting) onHeld();
    waiting = true;
    await sleep(300, undefined, { signal }).catch(() => {});
  }
}

function lockLost(file: string, cause: Error): ToolError {
  return new ToolError(
    "engine_lock_lost",
    `Another process may be getting the engine by now: ${file} was lost.`,
    {
      hint: "Run it again: a Go build continues where it stopped.",
      cause,
    },
  );
}
