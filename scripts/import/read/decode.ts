/** Takes gzip and byte order marks off a stream of bytes, and refuses a gzip stream that is a trap. */
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { exitCodes, messageOf, ToolError } from "../../../lib/errors.ts";

/** Bytes; larger ones are hardly faster, and what is made of them outlives the young generation: 70 MB more. */
export const chunkSize = 64 * 1024;

/** A gzip stream that unpacks to this many times its size, past the first 64 MiB, is taken for a trap. */
const largestRatio = 200;
const ratioFrom = 64 * 1024 * 1024;

interface DecodeOptions {
  readonly onRead?: (compressedBytes: number) => void;
  /** Called with each piece as it lies on the disk. */
  readonly onChunk?: (chunk: Buffer) => void;
  /** Called where a byte order mark is taken off. */
  readonly onMark?: () => void;
  /** Called where the stream is gzip. */
  readonly onPacked?: () => void;
}

export async function* decode(
  stream: NodeJS.ReadableStream,
  name: string,
  { onRead = () => {}, onChunk = () => {}, onMark = () => {}, onPacked = () => {} }: DecodeOptions,
): AsyncGenerator<Buffer> {
  let packed = 0;
  const source = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const counted = async function* (): AsyncGenerator<Buffer> {
    yield* begun;
    for (let next = await source.next(); !next.done; next = await source.next()) {
      packed += next.value.length;
      onChunk(next.value);
      onRead(packed);
      yield next.value;
    }
  };
  const begun: Buffer[] = [];
  // Two bytes show gzip, three a byte order mark, and a pipe may hand over fewer.
  while (packed < 3) {
    const next = await source.next();
    if (next.done) break;
    const chunk = Buffer.from(next.value);
    packed += chunk.length;
    onChunk(chunk);
    begun.push(chunk);
  }
  onRead(packed);
  const first = Buffer.concat(begun);
  begun.splice(0, begun.length, first);
  try {
    if (first[0] === 0x1f && first[1] === 0x8b) {
      onPacked();
      const unzip = createGunzip({ chunkSize });
      const unpacked = pipeline(counted(), unzip, () => {}) as AsyncIterable<Buffer>;
      yield* withoutMark(
        bounded(unpacked, name, () => packed),
        onMark,
      );
    } else yield* withoutMark(counted(), onMark);
  } catch (error) {
    throw error instanceof ToolError ? error : unreadable(error, name);
  } finally {
    await source.return?.();
  }
}

async function* bounded(
  unpacked: AsyncIterable<Buffer>,
  name: string,
  packed: () => number,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of unpacked) {
    size += chunk.length;
    if (size > ratioFrom && size > packed() * largestRatio) {
      throw new ToolError("input_malformed", `${name} unpacks to more than ${largestRatio} times its size.`, {
        exitCode: exitCodes.usage,
        hint: "If that is meant, unpack it first and import the plain file.",
      });
    }
    yield chunk;
  }
}

const mark = Buffer.from("\u{feff}");

/** Takes UTF-8 byte order marks off the beginning: a file that was saved twice has two. */
async function* withoutMark(bytes: AsyncIterable<Buffer>, onMark: () => void): AsyncGenerator<Buffer> {
  let isBegun = false;
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    if (isBegun) {
      yield chunk;
      continue;
    }
    held = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    while (held.subarray(0, 3).equals(mark)) {
      held = held.subarray(3);
      onMark();
    }
    if (held.length < 3) continue;
    isBegun = true;
    yield held;
  }
  if (!isBegun && held.length > 0) yield held;
}

function unreadable(error: unknown, name: string): ToolError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const what = code.startsWith("Z_")
    ? "is damaged: it does not unpack to its end"
    : `cannot be read to its end (${code || messageOf(error)})`;
  return new ToolError("input_unreadable", `${name} ${what}.`, {
    exitCode: exitCodes.usage,
    hint: "Import it again once it is whole.",
    cause: error,
  });
}
