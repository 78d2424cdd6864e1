/** A file that will be written later, with its room on the disk taken now. */
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { writeAt } from "./files.ts";

export interface ReservedFile {
  /** Puts the text in place, whole or not at all. */
  write(text: string): Promise<void>;
  /** Gives the room back; does nothing once the text is in place. */
  release(): Promise<void>;
}

/**
 * Takes the room in a draft beside the file, mode 0600, and leaves the file itself alone until the text is written.
 * @param room Bytes.
 * @throws the system's refusal, e.g. ENOSPC
 */
export async function reserveFile(file: string, room: number): Promise<ReservedFile> {
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString("hex")}`);
  const handle = await open(draft, "wx", 0o600);
  let isOpen = true;
  const close = async () => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  const release = async () => {
    await close();
    await rm(draft, { force: true });
  };
  try {
    await handle.chmod(0o600);
    // Zeros would take no room on a file system that compresses.
    await handle.writeFile(randomBytes(room));
    await handle.sync();
  } catch (error) {
    await release();
    throw error;
  }
  return {
    release,
    async write(text) {
      const bytes = Buffer.from(text);
      await writeAt(handle, bytes, 0);
      await handle.truncate(bytes.length);
      await handle.sync();
      await close();
      await rename(draft, file);
    },
  };
}
