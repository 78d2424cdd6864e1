/** Fills the engine cache in one step: everything is made in a folder beside it and moved into place, `pulumi` last. */
import { chmod, mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { makeFolder } from "../lib/folders.ts";
import { type EnginePaths, executable } from "./paths.ts";
import { engineVersion } from "./version.ts";

const prefix = `.${engineVersion}-`;

/**
 * Runs `fill` with a new folder on the cache's file system and removes that folder afterwards, together with those
 * that killed processes left behind. To be called by the holder of the lock only.
 */
export async function withStaging<Result>(
  paths: EnginePaths,
  fill: (folder: string) => Promise<Result>,
): Promise<Result> {
  for (const name of await readdir(paths.versions)) {
    if (name.startsWith(prefix) && !name.endsWith(".lock")) await remove(path.join(paths.versions, name));
  }
  const folder = await mkdtemp(path.join(paths.versions, prefix));
  try {
    return await fill(folder);
  } finally {
    await remove(folder);
  }
}

/** The lock that belongs to the cache of this version. */
export function lockFile(paths: EnginePaths): string {
  return path.join(paths.versions, `${prefix}install.lock`);
}

/** Moves the files of `folder` into `<root>/bin`. Only with the last one, `pulumi`, does the cache count as filled. */
export async function moveIntoPlace(folder: string, paths: EnginePaths): Promise<void> {
  const bin = path.dirname(paths.command);
  makeFolder(bin, 0o755);
  const last = executable("pulumi");
  const names = (await readdir(folder)).filter((name) => name !== last);
  for (const name of [...names, last]) {
    // The compiler and tar go by the umask, which may leave others the right to write.
    await chmod(path.join(folder, name), 0o755);
    await flush(path.join(folder, name));
    await rename(path.join(folder, name), path.join(bin, name));
  }
}

/** Writes the file's content to the disk, so that after a power failure no empty file stands under a good name. */
async function flush(file: string): Promise<void> {
  const handle = await open(file);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Retries, because an interrupted compiler may still be writing into the folder. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
