/** Who holds a stack, and whether they still can: an engine that was killed leaves its lock behind. */
import { readFileSync } from "node:fs";
import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { ToolError } from "../../lib/errors.ts";
import { isAlive } from "../../lib/processes.ts";
import type { Report } from "../../lib/report.ts";

/** One lock, as self-managed state backends (a folder, an object store) describe it. */
export interface LockHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** When the lock was taken, RFC 3339. */
  readonly since: string;
}

/** The engine refused because the stack is in use; Pulumi Cloud does not say by whom. */
export class StackLocked extends ToolError {
  readonly holders: readonly LockHolder[];

  constructor(holders: readonly LockHolder[]) {
    const list = holders.map(
      ({ user, host, pid, since }) => `\n  ${user}@${host}, process ${pid}, since ${since}`,
    );
    super(
      "stack_locked",
      `The stack is in use${list.length > 0 ? ` by:${list.join("")}` : " by another update."}`,
      {
        hint: "Wait for it to end. If it was killed, clear its lock with `npx pulumi cancel` and run this again.",
      },
    );
    this.holders = holders;
  }
}

/** What the engine's words say about a lock; undefined where they say nothing of the kind. */
export function stackLocked(stderr: string): StackLocked | undefined {
  const locks = stderr.matchAll(/created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g);
  if (/the stack is currently locked by/i.test(stderr)) {
    return new StackLocked(
      [...locks].map(([, user = "", host = "", pid, since = ""]) => ({
        user,
        host,
        pid: Number(pid),
        since,
      })),
    );
  }
  return /another update is currently in progress/i.test(stderr) ? new StackLocked([]) : undefined;
}

export interface UnlockOptions {
  readonly signal: AbortSignal;
  readonly report: Report;
  /** How long a process on this machine is waited for, milliseconds. @default 120000 */
  readonly patience?: number;
}

/**
 * Waits for holders that run on this machine, and clears the locks of those that no longer do.
 * @param run Runs `pulumi` on the stack.
 * @throws {StackLocked} where a holder is on another machine, of which nothing is known here, or takes too long
 */
export async function awaitUnlocked(
  run: (args: readonly string[]) => Promise<unknown>,
  locked: StackLocked,
  { signal, report, patience = 120_000 }: UnlockOptions,
): Promise<void> {
  const { holders } = locked;
  if (holders.length === 0 || holders.some(({ host }) => host !== os.hostname())) throw locked;
  if (!holders.some(isRunning)) {
    report({
      level: "info",
      code: "lock_cleared",
      message: "The lock of an engine that was killed is cleared.",
    });
    await run(["cancel", "--yes"]);
    return;
  }
  const pids = holders.filter(isRunning).map(({ pid }) => pid);
  report({
    level: "info",
    code: "lock_awaited",
    message: `Waiting for another run on this stack to end (process ${pids.join(", ")}).`,
    data: { pids },
  });
  for (const end = Date.now() + patience; holders.some(isRunning); ) {
    if (Date.now() > end) throw locked;
    await sleep(200, undefined, { signal });
  }
}

function isRunning({ pid }: LockHolder): boolean {
  if (!isAlive(pid)) return false;
  try {
    // The number may have gone to another program since. A zombie has no command line and holds nothing.
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("pulumi");
  } catch {
    return process.platform !== "linux";
  }
}
