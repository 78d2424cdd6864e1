/** A state backend in a folder of this machine: what the engine can neither report of it nor fix in it. */
import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** A folder that the engine has never opened: looking into it through the engine would already write there. */
export function isUntouched(backend: string | undefined): boolean {
  const folder = folderOf(backend);
  return folder !== undefined && existsSync(folder) && !existsSync(path.join(folder, ".pulumi"));
}

/**
 * Removes metadata files that a killed engine left empty; with one of them beside it the state itself, which is always
 * written whole, cannot be read any more ("EOF"). They hold content types and digests that nobody needs.
 * @returns whether there were any
 */
export async function dropTornMetadata(backend: string | undefined): Promise<boolean> {
  const folder = folderOf(backend);
  if (folder === undefined) return false;
  const entries = await readdir(path.join(folder, ".pulumi"), { recursive: true, withFileTypes: true });
  let dropped = false;
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith(".attrs")) continue;
    const file = path.join(entry.parentPath, entry.name);
    if ((await stat(file)).size > 0) continue;
    await rm(file, { force: true });
    dropped = true;
  }
  return dropped;
}

function folderOf(backend: string | undefined): string | undefined {
  if (!backend?.startsWith("file:///")) return undefined;
  const url = new URL(backend);
  url.search = "";
  return fileURLToPath(url);
}
