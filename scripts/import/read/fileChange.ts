/** Notices that a file changes while it is imported, and leaves half a last row of a growing one out. */
import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { errorCode, messageOf, usageError } from "../../../lib/errors.ts";

export interface InputChange {
  readonly kind: "grew" | "changed";
  readonly message: string;
}

/** Chunks without a line's end that are held back, more than the longest row takes. */
const heldChunks = 32;

export function changed(name: string): InputChange {
  return { kind: "changed", message: `${name} was changed while it was read.` };
}

export async function changeSince(
  before: Stats,
  name: string,
  file: string,
): Promise<InputChange | undefined> {
  const after = await stat(file).catch(() => undefined);
  const same = after?.ino === before.ino;
  if (same && after.size === before.size && after.mtimeMs === before.mtimeMs) return undefined;
  if (same && after.size > before.size) {
    const more = after.size - before.size;
    return {
      kind: "grew",
      message: `${name} grew by ${more} bytes while it was read; they were not imported.`,
    };
  }
  return changed(name);
}

/** Leaves out a last line without an end where the file has grown since: it is half a row. */
export async function* withoutHalfLine(
  bytes: AsyncIterable<Buffer>,
  hasGrown: () => Promise<boolean>,
): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(0x0a) + 1;
    if (end === 0 && held.length < heldChunks) {
      held.push(chunk);
      continue;
    }
    yield* held;
    held = [];
    if (end > 0) yield chunk.subarray(0, end);
    if (end < chunk.length) held.push(chunk.subarray(end));
  }
  if (held.length > 0 && !(await hasGrown())) yield* held;
}

/**
 * SHA-256 of the first `size` bytes, read into one buffer, so that a large file leaves no garbage, and a CRC-32, with
 * which a later reading is compared at next to no cost.
 */
export async function digestOf(
  name: string,
  file: string,
  size: number,
): Promise<{ digest: string; checksum: number }> {
  const hash = createHash("sha256");
  let checksum = 0;
  const buffer = Buffer.alloc(1024 * 1024);
  try {
    await using handle = await open(file, "r");
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, size - at), at);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      checksum = crc32(buffer.subarray(0, bytesRead), checksum);
      at += bytesRead;
    }
  } catch (error) {
    throw usageError(`${name} cannot be read (${errorCode(error) ?? messageOf(error)}).`);
  }
  return { digest: hash.digest("base64url"), checksum };
}
