/** One import at a time for one checkpoint: a lock file that names its process, so that a killed one leaves no lock. */
import { readFileSync } from "node:fs";
import { open, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { z } from "zod";
import { errorCode, ToolError, usageError } from "../lib/errors.ts";
import { isAlive } from "../lib/processes.ts";

/** Milliseconds. */
const beatEvery = 5000;
/** Milliseconds without a beat. */
const deadAfter = 60_000;

const ownerSchema = z.object({ pid: z.int(), host: z.string(), started: z.string().nullable() });

type Owner = z.infer<typeof ownerSchema>;

/**
 * Takes the lock.
 * @returns A function that gives it back.
 * @throws {ToolError} `import_running`, exit 1, while its owner lives.
 */
export async function takeLock(file: string): Promise<() => Promise<void>> {
  const me: Owner = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = await open(file, "wx", 0o600);
      await handle.writeFile(JSON.stringify(me));
      await handle.close();
      const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), beatEvery);
      beat.unref();
      return async () => {
        clearInterval(beat);
        await rm(file, { force: true });
      };
    } catch (error) {
      const code = errorCode(error);
      if (code !== "EEXIST") {
        throw usageError(
          `${file} cannot be written (${code}).`,
          "Choose another place with --checkpoint FILE, or go without: --checkpoint none.",
        );
      }
    }
    const owner = await readOwner(file);
    if (owner && (owner.host === me.host ? holds(owner, me) : await beats(file))) {
      throw new ToolError(
        "import_running",
        `This import is running already (process ${owner.pid} on ${owner.host}).`,
        {
          hint: `If it is not, wait a minute, or remove ${file}.`,
        },
      );
    }
    await rm(file, { force: true });
  }
  throw new ToolError("import_running", "Another process starts the same import right now.");
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** A process of another machine, or of another pod, cannot be asked: it touches its lock while it lives. */
async function beats(file: string): Promise<boolean> {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
  return Date.now() - mtimeMs < deadAfter;
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
