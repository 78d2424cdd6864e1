/** Files that hold a secret and were named by the user. */
import { readFile, stat } from "node:fs/promises";
import { errorCode, ToolError, usageError } from "./errors.ts";

/**
 * Reads a file that holds a secret, and refuses one that others can read. A file that somebody else owns may be open
 * to its group: so a secret is mounted into a container that does not run as root.
 * @throws {ToolError} exit 2; its text names the file and nothing of what it holds
 */
export async function readPrivateFile(file: string): Promise<string> {
  try {
    const { mode, uid } = await stat(file);
    const tooOpen = process.getuid?.() === uid ? 0o077 : 0o007;
    // Windows has no such modes, and Node makes some up.
    if ((mode & tooOpen) !== 0 && process.platform !== "win32") {
      throw usageError(
        `${file} can be read by others (mode ${(mode & 0o777).toString(8).padStart(4, "0")}).`,
        `Make it yours alone: chmod 600 ${file}`,
      );
    }
    // Editors on Windows put a mark in front, which is no part of the text.
    return (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw usageError(`${file} cannot be read (${errorCode(error) ?? "unknown reason"}).`);
  }
}
