/** Opens the files that this program keeps for itself: never through a link, never another user's, never open to others. */
import { closeSync, constants, fchmodSync, fstatSync, openSync, readFileSync } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { errorCode, exitCodes, ToolError } from "./errors.ts";
import { writeWhole } from "./files.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

// Without O_NONBLOCK, opening a named pipe waits for its other end; Windows has neither flag.
const careful = (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);

const flags = {
  read: O_RDONLY | careful,
  update: O_RDWR | careful,
  create: O_RDWR | O_CREAT | O_EXCL | careful,
};

/**
 * Opens a file of our own: a regular file without links to it, of this user. What is opened to be written has mode 0600
 * (set where it is not); what is only read may turn out to be a file of the user's.
 * @param how `read`, `update` (read and write what is there), or `create`, which fails with EEXIST where it is there.
 * @returns undefined where there is none
 * @throws {ToolError} `file_not_own`, exit 2; the system's refusal for anything else
 */
export async function openOwnFile(file: string, how: keyof typeof flags): Promise<FileHandle | undefined> {
  const handle = await open(file, flags[how], 0o600).catch((error: unknown) => {
    const code = errorCode(error);
    if (code === "ENOENT" && how !== "create") return undefined;
    throw refusalOf(file, error);
  });
  if (!handle) return undefined;
  try {
    const status = await handle.stat();
    const problem = problemWith(status);
    if (problem !== undefined) throw notOwn(file, problem);
    const isOpen = (status.mode & 0o777) !== 0o600 && process.platform !== "win32";
    if (isOpen && how !== "read") await handle.chmod(0o600);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The text of a file of our own; undefined where there is none. @throws as `openOwnFile` */
export async function readOwnFile(file: string): Promise<string | undefined> {
  const handle = await openOwnFile(file, "read");
  try {
    return await handle?.readFile("utf8");
  } finally {
    await handle?.close();
  }
}

/**
 * The same without waiting, for a file that steers what is done or is trusted as it is.
 * @param forbidden Rights of others that it must not have had. @default writing
 * @throws as `openOwnFile`
 */
export function readOwnFileSync(file: string, forbidden: 0o022 | 0o077 = 0o022): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, flags.read);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw refusalOf(file, error);
  }
  try {
    const status = fstatSync(descriptor);
    const open = (status.mode & forbidden) !== 0 && process.platform !== "win32";
    const reach = forbidden === 0o022 ? "others may write to it" : "it is open to others";
    const problem = problemWith(status) ?? (open ? reach : undefined);
    if (problem !== undefined) throw notOwn(file, problem);
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Makes a database's file, or checks the one that is there: ours, mode 0600. SQLite gives its side files, such as -wal,
 * the rights of the main file when it makes them.
 * @throws as `openOwnFile`
 */
export function ownDatabaseFile(file: string): void {
  for (const one of [file, `${file}-wal`, `${file}-shm`, `${file}-journal`]) {
    let descriptor: number;
    try {
      descriptor = openSync(one, one === file ? O_RDWR | O_CREAT | careful : flags.update, 0o600);
    } catch (error) {
      if (errorCode(error) === "ENOENT" && one !== file) continue;
      throw refusalOf(one, error);
    }
    try {
      const problem = problemWith(fstatSync(descriptor));
      if (problem !== undefined) throw notOwn(one, problem);
      if (process.platform !== "win32") fchmodSync(descriptor, 0o600);
    } finally {
      closeSync(descriptor);
    }
  }
}

/**
 * Replaces a file of our own as a whole, or makes it, with mode 0600.
 * @param beforeReplacing Awaited once the text is on disk under another name; throws to leave the file as it is.
 * @throws as `openOwnFile`
 */
export async function writeOwnFile(
  file: string,
  text: string,
  beforeReplacing?: () => Promise<void>,
): Promise<void> {
  await assertOwn(file);
  await writeWhole(file, text, 0o600, beforeReplacing);
}

/** @throws {ToolError} `file_not_own` where there is something that is not a file of our own */
export async function assertOwn(file: string): Promise<void> {
  const status = await lstat(file).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (!status) return;
  const problem = status.isSymbolicLink() ? "it is a symbolic link" : problemWith(status);
  if (problem !== undefined) throw notOwn(file, problem);
}

function problemWith(status: {
  isFile(): boolean;
  readonly uid: number;
  readonly nlink: number;
}): string | undefined {
  if (!status.isFile()) return "it is not a regular file";
  if (process.getuid !== undefined && status.uid !== process.getuid()) return "it belongs to another user";
  return status.nlink > 1 ? "it has more than one name" : undefined;
}

function refusalOf(file: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === "ELOOP" || code === "EMLINK") return notOwn(file, "it is a symbolic link");
  if (code === "EISDIR" || code === "ENXIO") return notOwn(file, "it is not a regular file");
  return error;
}

function notOwn(file: string, problem: string): ToolError {
  return new ToolError("file_not_own", `${file} is not used: ${problem}.`, {
    exitCode: exitCodes.usage,
    hint: "Remove it, or choose another place.",
  });
}
