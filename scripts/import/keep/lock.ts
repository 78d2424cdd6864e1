/** One import at a time for one checkpoint: a lock file that names its process, so that a killed one leaves no lock. */
import { readFileSync } from "node:fs";
import { open, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { errorCode, ToolError, usageError } from "../../../lib/errors.ts";
import { readIfPresent } from "../../../lib/files.ts";
import { parseJson } from "../../../lib/json.ts";
import { isAlive } from "../../../lib/processes.ts";

/** Milliseconds. */
const beatEvery = 5000;
/** Milliseconds without a beat; a process of another machine, or of another pod, cannot be asked. */
const deadAfter = 60_000;
/** Milliseconds that a live process may take from one step with a lock to the next; beyond them it was killed. */
const stepWithin = 1000;
/** Milliseconds for which others may keep coming first. */
const patience = 15_000;

const ownerSchema = z.object({ pid: z.int(), host: z.string(), started: z.string().nullable() });

type Owner = z.infer<typeof ownerSchema>;

/**
 * Takes the lock.
 * @returns A function that gives it back.
 * @throws {ToolError} `import_running`, exit 1, while its owner lives.
 */
export async function takeLock(file: string): Promise<() => Promise<void>> {
  const me: Owner = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  for (const begun = Date.now(); Date.now() - begun < patience; await sleep(50)) {
    if (await create(file, JSON.stringify(me))) {
      const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), beatEvery);
      beat.unref();
      return async () => {
        clearInterval(beat);
        await rm(file, { force: true });
      };
    }
    const text = await readIfPresent(file);
    if (text === undefined) continue;
    const owner = ownerSchema.safeParse(parseJson(text)).data;
    if (owner && (owner.host === me.host ? holds(owner, me) : (await age(file)) < deadAfter)) {
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

function running(message: string, hint?: string): ToolError {
  return new ToolError("import_running", message, hint === undefined ? {} : { hint });
}

/** False where there is such a file already. */
async function create(file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST") return false;
    throw usageError(
      `${file} cannot be written (${code}).`,
      "Choose another place with --checkpoint FILE, or go without: --checkpoint none.",
    );
  }
}

/** Removes the lock with this text, and no later one: of several that find its owner dead, one at a time looks again. */
async function removeDead(file: string, text: string): Promise<void> {
  const claim = `${file}.takeover`;
  if (!(await create(claim, ""))) {
    if ((await age(claim)) > stepWithin) await rm(claim, { force: true });
    return;
  }
  try {
    if ((await readIfPresent(file)) === text) await rm(file, { force: true });
  } finally {
    await rm(claim, { force: true });
  }
}

/** Milliseconds since a file was touched; Infinity where it is gone. */
async function age(file: string): Promise<number> {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Number.NEGATIVE_INFINITY }));
  return Date.now() - mtimeMs;
}

function holds(owner: Owner, me: Owner): boolean {
  // A container that is started again keeps its name, and often the number of its process.
  if (owner.pid === me.pid) return false;
  if (!isAlive(owner.pid)) return false;
  return owner.started === null || owner.started === startOf(owner.pid);
}

/** When a process started, in the kernel's own unit: tells it from a later one of the same number. Linux alone has it. */
function startOf(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8");
    return fields.slice(fields.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
