/** Files that are written whole or not at all, and read whether they are there or not. */
import { randomBytes } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { errorCode } from "./errors.ts";

/** The text of a file, or undefined where there is none; any other failure is thrown. */
export async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Writes a file beside its place, flushes it, and renames it there.
 * @param mode Permissions of a new file, e.g. 0o600 for a secret. @default 0o644
 * @param beforeRename Awaited once the text is on disk; throws to leave the place as it is.
 */
export async function writeWhole(
  file: string,
  text: string,
  mode = 0o644,
  beforeRename?: () => Promise<void>,
): Promise<void> {
  const temporary = besideOf(file);
  try {
    const handle = await open(temporary, "wx", mode);
    try {
      // What is private stays so, and usable, whatever the umask.
      if (mode === 0o600) await handle.chmod(mode);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await beforeRename?.();
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes all bytes at a position: one call of the system may write fewer, as on a disk that is almost full. */
export async function writeAt(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const length = bytes.length - written;
    written += (await handle.write(bytes, written, length, position + written)).bytesWritten;
  }
}

/**
 * Finds out whether a file could be put in the place of this one by writing one beside it: folders such as /proc, and
 * file systems that are full or mounted to be read, deny that to those who have the right.
 * @throws the system's refusal
 */
export async function assertReplaceable(file: string): Promise<void> {
  const trial = besideOf(file);
  try {
    const handle = await open(trial, "wx", 0o600);
    try {
      await handle.writeFile(" ".repeat(4096));
    } finally {
      await handle.close();
    }
  } finally {
    await rm(trial, { force: true });
  }
}

/** A name of nobody's for a file that is to replace this one. */
function besideOf(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString("hex")}`);
}
