/** Folders, made with whatever is missing above them. */
import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
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
  } catch (error) {
    // Somebody else may have made it just then.
    if (!isFolder(absolute)) throw error;
  }
}

/**
 * Makes a folder for the data of the local tenant; one that is there becomes the owner's alone.
 * @throws {ToolError} `data_folder_not_writable`, exit 2
 */
export function makeDataFolder(folder: string): void {
  try {
    makeFolder(folder);
    chmodSync(folder, 0o700);
  } catch (cause) {
    throw new ToolError(
      "data_folder_not_writable",
      `The data folder ${folder} cannot be made: ${messageOf(cause)}.`,
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
