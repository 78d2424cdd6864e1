/** Folders, made with whatever is missing above them. */
import { chmodSync, existsSync, lstatSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { exitCodes, messageOf, ToolError } from "./errors.ts";

/**
 * Makes a folder and what is missing above it; does nothing where it is there. Node's own `recursive` never ends where
 * a file system that takes no folders, such as /proc, says that the parent does not exist.
 * @param mode @default 0o700
 * @throws the system's refusal
 */
export function makeFolder(folder: string, mode = 0o700): void {
  const absolute = path.resolve(folder);
  if (isFolder(absolute)) return;
  const parent = path.dirname(absolute);
  if (!existsSync(parent)) makeFolder(parent, mode);
  try {
    mkdirSync(absolute, { mode });
    // The umask may have taken the owner's own rights.
    if (mode === 0o700) chmodSync(absolute, mode);
  } catch (error) {
    // Somebody else may have made it just then.
    if (!isFolder(absolute)) throw error;
  }
}

/**
 * Makes a folder for files of our own, and each between `top` and it: mode 0700, also where it is there already.
 * @param top The first that is ours. @default the folder itself
 * @throws {ToolError} `file_not_own`, exit 2, where one is a link or another user's; the system's refusal
 */
export function makeOwnFolder(folder: string, top = folder): void {
  const parts = path.relative(top, folder).split(path.sep).filter(Boolean);
  for (let depth = 0; depth <= parts.length; depth += 1) {
    const one = path.join(top, ...parts.slice(0, depth));
    if (!lstatSync(one, { throwIfNoEntry: false })) makeFolder(one);
    const status = lstatSync(one);
    const foreign = process.getuid !== undefined && status.uid !== process.getuid();
    if (!status.isDirectory() || foreign) {
      const problem = foreign ? "it belongs to another user" : "it is not a folder, or a link to one";
      throw new ToolError("file_not_own", `${one} is not used: ${problem}.`, {
        exitCode: exitCodes.usage,
        hint: "Remove it, or choose another place.",
      });
    }
    if ((status.mode & 0o777) !== 0o700) chmodSync(one, 0o700);
  }
}

/**
 * Makes a folder for the data of the local tenant; one that is there becomes the owner's alone.
 * @param top The data folder itself. @default the folder
 * @throws {ToolError} `data_folder_not_writable`, exit 2
 */
export function makeDataFolder(folder: string, top = folder): void {
  try {
    makeOwnFolder(folder, top);
  } catch (cause) {
    throw new ToolError(
      "data_folder_not_writable",
      `The data folder ${folder} cannot be made: ${messageOf(cause).replace(/\.$/, "")}.`,
      {
        exitCode: exitCodes.usage,
        hint: "Choose another data folder with M2M_LOCAL_DATA.",
        cause,
      },
    );
  }
}

function isFolder(absolute: string): boolean {
  try {
    return statSync(absolute).isDirectory();
  } catch {
    return false;
  }
}
