/** The inputs of an import: files or standard input, plain or gzip, each a stream of bytes of a known beginning. */
import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { errorCode, exitCodes, messageOf, ToolError, usageError } from "../../../lib/errors.ts";

/** One input, opened far enough to know what it is. */
export interface Input {
  /** As it was given on the command line. */
  readonly name: string;
  /** Absolute path; undefined for standard input. */
  readonly file: string | undefined;
  /** Bytes on disk at the start; undefined where it cannot be known, so that the import cannot be resumed. */
  readonly size: number | undefined;
  /** SHA-256 of those bytes, base64url. */
  readonly digest: string | undefined;
  /** The beginning, decompressed and without a byte order mark. */
  readonly head: Buffer;
  /** All bytes, decompressed and without a byte order mark, once. */
  bytes(onRead: (compressedBytes: number) => void): AsyncIterable<Buffer>;
  /** After reading: what became of the file meanwhile. */
  change(): Promise<InputChange | undefined>;
}

export interface InputChange {
  readonly kind: "grew" | "changed";
  readonly message: string;
}

/** Bytes; larger ones are hardly faster, and what is made of them outlives the young generation: 70 MB more. */
const chunkSize = 64 * 1024;
/** Chunks without a line's end that are held back, more than the longest row takes. */
const heldChunks = 32;
/** Enough to tell the format and to hold any sensible header. */
const headSize = 1024 * 1024;

/**
 * Opens every input, in order.
 * @throws {ToolError} exit 2 naming each that cannot be read.
 */
export async function openInputs(
  names: readonly string[],
  cwd: string,
  stdin: NodeJS.ReadableStream,
): Promise<Input[]> {
  if (names.filter(isStandardInput).length > 1) throw usageError("Standard input can be read once.");
  const opened = await Promise.allSettled(
    names.map((name) =>
      isStandardInput(name) ? openStream("standard input", stdin) : openFile(name, path.resolve(cwd, name)),
    ),
  );
  const failures = opened.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw usageError(failures.map(messageOf).join("\n"));
  return opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

function isStandardInput(name: string): boolean {
  return name === "-" || name === "/dev/stdin";
}

async function openFile(name: string, file: string): Promise<Input> {
  const before = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      error.code === "ENOENT" ? `${name} does not exist.` : `${name} cannot be read (${error.code}).`,
    );
  });
  if (before.isDirectory()) throw usageError(`${name} is a folder.`);
  if (!before.isFile()) return openStream(name, createReadStream(file));
  const { size } = before;
  if (size === 0) throw usageError(`${name} is empty.`);
  // Only what was there at the start counts: a file that grows while it is read has half a row at its end.
  const range = { start: 0, end: size - 1, highWaterMark: chunkSize };
  const digest = await digestOf(name, file, size);
  const head = await readHead(decode(createReadStream(file, range), name, () => {}));
  assertText(head, name);
  const change = () => changeSince(before, name, file);
  return {
    name,
    file,
    size,
    digest,
    head,
    bytes: (onRead) =>
      withoutHalfLine(decode(createReadStream(file, range), name, onRead), async () => {
        return (await change())?.kind === "grew";
      }),
    change,
  };
}

async function changeSince(before: Stats, name: string, file: string): Promise<InputChange | undefined> {
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
  return { kind: "changed", message: `${name} was changed while it was read.` };
}

/** Leaves out a last line without an end where the file has grown since: it is half a row. */
async function* withoutHalfLine(
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

/** SHA-256 of the first `size` bytes, read into one buffer, so that a large file leaves no garbage. */
async function digestOf(name: string, file: string, size: number): Promise<string> {
  const hash = createHash("sha256");
  const buffer = Buffer.alloc(1024 * 1024);
  try {
    await using handle = await open(file, "r");
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, size - at), at);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  } catch (error) {
    throw usageError(`${name} cannot be read (${errorCode(error) ?? messageOf(error)}).`);
  }
  return hash.digest("base64url");
}

async function openStream(name: string, stream: NodeJS.ReadableStream): Promise<Input> {
  let report: (bytes: number) => void = () => {};
  const bytes = decode(stream, name, (count) => report(count))[Symbol.asyncIterator]();
  const begun: Buffer[] = [];
  let size = 0;
  while (size < chunkSize) {
    const { value, done } = await bytes.next();
    if (done) break;
    begun.push(value);
    size += value.length;
    // A slow pipe must not keep its first rows waiting for a full head.
    if (value.includes(0x0a)) break;
  }
  const head = Buffer.concat(begun);
  if (head.length === 0) throw usageError(`${name} is empty.`);
  assertText(head, name);
  return {
    name,
    file: undefined,
    size: undefined,
    digest: undefined,
    head,
    bytes: async function* (onRead) {
      report = onRead;
      yield* begun;
      yield* { [Symbol.asyncIterator]: () => bytes };
    },
    change: async () => undefined,
  };
}

async function readHead(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of bytes) {
    pieces.push(piece);
    size += piece.length;
    if (size >= headSize) break;
  }
  return Buffer.concat(pieces);
}

/** A gzip stream that unpacks to this many times its size, past the first 64 MiB, is taken for a trap. */
const largestRatio = 200;
const ratioFrom = 64 * 1024 * 1024;

async function* decode(
  stream: NodeJS.ReadableStream,
  name: string,
  onRead: (compressedBytes: number) => void,
): AsyncGenerator<Buffer> {
  let packed = 0;
  const source = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const counted = async function* (): AsyncGenerator<Buffer> {
    yield* begun;
    for (let next = await source.next(); !next.done; next = await source.next()) {
      packed += next.value.length;
      onRead(packed);
      yield next.value;
    }
  };
  const begun: Buffer[] = [];
  // Two bytes tell gzip, three a byte order mark, and a pipe may hand over fewer.
  while (packed < 3) {
    const next = await source.next();
    if (next.done) break;
    const chunk = Buffer.from(next.value);
    packed += chunk.length;
    begun.push(chunk);
  }
  onRead(packed);
  const first = Buffer.concat(begun);
  begun.splice(0, begun.length, first);
  try {
    if (first[0] === 0x1f && first[1] === 0x8b) {
      const unzip = createGunzip({ chunkSize });
      const unpacked = pipeline(counted(), unzip, () => {}) as AsyncIterable<Buffer>;
      yield* withoutMark(bounded(unpacked, name, () => packed));
    } else yield* withoutMark(counted());
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

/** Takes a UTF-8 byte order mark off the beginning. */
async function* withoutMark(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    if (!first) {
      yield chunk;
      continue;
    }
    held = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    if (held.length < 3) continue;
    first = false;
    yield held[0] === 0xef && held[1] === 0xbb && held[2] === 0xbf ? held.subarray(3) : held;
  }
  if (first && held.length > 0) yield held;
}

function assertText(head: Buffer, name: string): void {
  const mark = head.subarray(0, 2).toString("latin1");
  if (mark === "\u00ff\u00fe" || mark === "\u00fe\u00ff") {
    throw usageError(`${name} is UTF-16.`, "Save it as UTF-8.");
  }
  if (mark === "PK") throw usageError(`${name} is a zip archive or a spreadsheet.`, "Export it as CSV.");
}

function unreadable(error: unknown, name: string): ToolError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const what = code.startsWith("Z_")
    ? "is damaged: it does not unpack to its end"
    : `cannot be read to its end (${code || messageOf(error)})`;
  return new ToolError("input_unreadable", `${name} ${what}.`, {
    exitCode: exitCodes.usage,
    hint: "Import it again once it is whole; rows that are stored already are not stored twice.",
    cause: error,
  });
}
