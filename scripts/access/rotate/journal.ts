/** What an unfinished rotation needs to remember; it holds no secret, and it is gone when the rotation is done. */
import { rm } from "node:fs/promises";
import path from "node:path";
import type { z } from "zod";
import { usageError } from "../../../lib/errors.ts";
import { makeOwnFolder } from "../../../lib/folders.ts";
import { parseJson } from "../../../lib/json.ts";
import { readOwnFile, writeOwnFile } from "../../../lib/ownFile.ts";
import type { Stack } from "../../session/stack.ts";
import { stackFolder } from "../../session/stackFolder.ts";

export interface Journal<T> {
  /** What the interrupted run noted, or undefined where none is unfinished. */
  read(): Promise<T | undefined>;
  write(entry: T): Promise<void>;
  remove(): Promise<void>;
}

/** @param name E.g. `rotate-signing-key`. */
export function openJournal<T>(
  stack: Pick<Stack, "local" | "root" | "name">,
  name: string,
  schema: z.ZodType<T>,
): Journal<T> {
  const folder = stackFolder(stack);
  const file = path.join(folder, `${name}.json`);
  return {
    async read() {
      const text = await readOwnFile(file);
      if (text === undefined) return undefined;
      const parsed = schema.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      throw usageError(`${file} is not the note of an unfinished rotation.`, "Remove it to start a new one.");
    },
    async write(entry) {
      makeOwnFolder(folder, stack.local?.dataDir ?? path.join(stack.root, ".auth0-m2m"));
      await writeOwnFile(file, `${JSON.stringify(entry, null, 2)}\n`);
    },
    async remove() {
      await rm(file, { force: true });
    },
  };
}
