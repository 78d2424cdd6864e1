/**
 * One import at a time for one checkpoint: a lock file that names its process, so that a killed one leaves no lock.
 * The package proper-lockfile, which holds a stack, knows the dead by the age of their lock alone: a restart would have
 * to wait, two that find a dead one can both take it over, and its owner learns of that by a timer, not before a write.
 */
import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { type FileHandle, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { errorCode, ToolError, usageError } from "../../../lib/errors.ts";
import { parseJson } from "../../../lib/json.ts";
import { openOwnFile, readOwnFile } from "../../../lib/ownFile.ts";
import { isSameAlive, startOf } from "../../../lib/processes.ts";
import type { Report } from "../../../lib/report.ts";

/** Milliseconds. */
const beatEvery = 5000;
/** Milliseconds without a beat; a process of another machine, or of another container, cannot be asked. */
const deadAfter = 60_000;
/** Milliseconds for which an old beat is watched for a next one: the clock of its machine may be wrong, or this one's. */
const watchFor = 4 * beatEvery;
/** Milliseconds that a live process may take from one step with a lock to the next; beyond them it was killed. */
const stepWithin = 5000;
/** Milliseconds for which others may keep coming first. */
const patience = 30_000;

const ownerSchema = z.object({
  /** Of this lock, and no other. */
  token: z.string().default(""),
  pid: z.int(),
  host: z.string(),
  /** Processes with the same value see each other's numbers: two containers may share a host name. */
  processes: z.string().nullable().default(null),
  started: z.string().nullable(),
});

type Owner = z.infer<typeof ownerSchema>;

export interface Lock {
  /** To be awaited before anything is written that the lock protects. @throws {ToolError} `lock_lost` once another process has it */
  assertHeld(): Promise<void>;
  release(): Promise<void>;
}

/** Tokens of the locks that this process holds. */
const held = new Set<string>();

export interface LockOptions {
  /** Milliseconds for which a lock that looks dead, and whose owner cannot be asked, is watched for a beat. @default 20,000 */
  readonly watch?: number;
  readonly signal?: AbortSignal;
  readonly report?: Report;
}

/**
 * Takes the lock.
 * @throws {ToolError} `import_running`, exit 1, while its owner lives.
 */
export async function takeLock(file: string, options: LockOptions = {}): Promise<Lock> {
  const me: Owner = {
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    processes: processSpace(),
    started: startOf(process.pid),
  };
  for (const begun = Date.now(); Date.now() - begun < patience + watchFor; await sleep(50)) {
    const handle = await create(file, JSON.stringify(me));
    if (handle) return hold(file, me.token, handle);
    const text = await readOwnFile(file);
    if (text === undefined) continue;
    const owner = ownerSchema.safeParse(parseJson(text)).data;
    if (!owner && !isUnfinished(text)) throw foreign(file);
    if (owner && (canAsk(owner, me) ? lives(owner, me) : await beats(file, owner, options))) {
      throw running(
        `This import is running already (process ${owner.pid} on ${owner.host}).`,
        `If it is not, wait a minute, or remove ${file}.`,
      );
    }
    // A lock is made first and filled next.
    if (owner || (await age(file)) > stepWithin) await removeDead(file, text);
  }
  throw running("Other processes keep starting the same import right now.");
}

/** The process that holds the lock, as far as can be seen from here; undefined without one. */
export async function lockOwner(file: string): Promise<{ pid: number; host: string } | undefined> {
  const owner = ownerSchema.safeParse(parseJson((await readOwnFile(file)) ?? "")).data;
  if (!owner) return undefined;
  const isLive =
    owner.host === hostname() && owner.processes === processSpace()
      ? isSameAlive(owner.pid, owner.started)
      : Math.abs(await age(file)) < deadAfter;
  return isLive ? { pid: owner.pid, host: owner.host } : undefined;
}

function hold(file: string, token: string, handle: FileHandle): Lock {
  held.add(token);
  // Through the open file, so that a lock of a later owner is never touched.
  const beat = setInterval(() => void handle.utimes(new Date(), new Date()).catch(() => {}), beatEvery);
  beat.unref();
  const isHeld = async () =>
    ownerSchema.safeParse(parseJson((await readOwnFile(file)) ?? "")).data?.token === token;
  return {
    assertHeld: async () => {
      if (await isHeld()) return;
      throw new ToolError("lock_lost", "Another process has taken over this import.", {
        hint: "This one was stopped for more than a minute. Nothing more is written by it; the other continues.",
      });
    },
    release: async () => {
      clearInterval(beat);
      held.delete(token);
      if (await isHeld()) await rm(file, { force: true });
      await handle.close();
    },
  };
}

function running(message: string, hint?: string): ToolError {
  return new ToolError("import_running", message, hint === undefined ? {} : { hint });
}

/** True for what a kill or a loss of power leaves of a lock: nothing, zeros, or its beginning. */
function isUnfinished(text: string): boolean {
  return /^\0*$/.test(text) || text.startsWith('{"token":');
}

function foreign(file: string): ToolError {
  return usageError(
    `${file} is not a lock of an import, and stays as it is.`,
    "Move it, or choose another place with --checkpoint FILE.",
  );
}

/** The file, open; undefined where there is one already. */
async function create(file: string, text: string): Promise<FileHandle | undefined> {
  try {
    const handle = await openOwnFile(file, "create");
    await handle?.writeFile(text);
    return handle;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST") return undefined;
    if (error instanceof ToolError) throw error;
    throw usageError(
      `${file} cannot be written (${code}).`,
      "Choose another place with --checkpoint FILE, or go without: --checkpoint none.",
    );
  }
}

/**
 * Removes the lock with this text, and no later one. Of several that find its owner dead, one at a time looks again; and
 * because that one may be stopped in between, it moves the lock aside before it removes it, and puts another's back.
 */
async function removeDead(file: string, text: string): Promise<void> {
  const claim = `${file}.takeover`;
  const handle = await create(claim, "");
  if (!handle) {
    if (((await readOwnFile(claim)) ?? "") !== "") throw foreign(claim);
    if ((await age(claim)) > stepWithin) await rm(claim, { force: true });
    return;
  }
  const aside = `${file}.${randomUUID()}`;
  try {
    if ((await readOwnFile(file)) !== text) return;
    await rename(file, aside);
    if ((await readOwnFile(aside)) === text) await rm(aside, { force: true });
    else await rename(aside, file);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  } finally {
    await handle.close();
    await rm(claim, { force: true });
  }
}

/**
 * True where the owner of a lock gives a sign of life. A beat of the last minute is one; an older one, or one that lies in
 * the future, may come from a clock that differs, so that only the next one tells, seen by this machine's own time.
 */
async function beats(
  file: string,
  { pid, host }: Owner,
  { watch = watchFor, signal, report }: LockOptions,
): Promise<boolean> {
  const since = await age(file);
  if (Math.abs(since) < deadAfter) return true;
  report?.({
    level: "info",
    code: "lock_watched",
    message: `Waiting ${watch / 1000} s for a sign of life of process ${pid} on ${host}, which has a lock on this import.`,
  });
  const read = async () => (await stat(file).catch(() => undefined))?.mtimeMs;
  const first = await read();
  for (const begun = performance.now(); performance.now() - begun < watch; ) {
    await sleep(Math.min(500, watch), undefined, { ...(signal && { signal }) });
    const now = await read();
    if (now !== first) return now !== undefined;
  }
  return false;
}

/** Milliseconds since a file was touched; Infinity where it is gone. */
async function age(file: string): Promise<number> {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Number.NEGATIVE_INFINITY }));
  return Date.now() - mtimeMs;
}

/** True where this process sees whether the owner lives. */
function canAsk(owner: Owner, me: Owner): boolean {
  return owner.host === me.host && (owner.processes === null || owner.processes === me.processes);
}

function lives(owner: Owner, me: Owner): boolean {
  // What this process left behind itself, or a container's earlier life: its number is often the same.
  if (owner.pid === me.pid) return held.has(owner.token);
  return isSameAlive(owner.pid, owner.started);
}

/** What the processes that have numbers of the same count have in common; known on Linux alone. */
export function processSpace(): string | null {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return null;
  }
}
