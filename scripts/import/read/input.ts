/** The inputs of an import: files or standard input, plain or gzip, each a stream of bytes of a known beginning. */
import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream";
import { crc32, createGunzip } from "node:zlib";
import { errorCode, exitCodes, messageOf, ToolError, usageError } from "../../../lib/errors.ts";
import { isRemote } from "./download.ts";
import { isEnough } from "./format.ts";
import { type Spooled, type SpoolOptions, spoolRemote, spoolStandardInput } from "./spool.ts";

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
  /** The beginning, decompressed and without byte order marks. */
  readonly head: Buffer;
  /** True for gzip. */
  readonly isPacked: boolean;
  /** True where a byte order mark came before it. */
  readonly hasMark: boolean;
  /** All bytes, decompressed and without byte order marks: of a file as often as wanted, of a stream once. */
  bytes(onRead: (compressedBytes: number) => void): AsyncIterable<Buffer>;
  /** To be called once everything is imported: removes what was put on disk for it. */
  finish?(): Promise<void>;
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
/** Enough to recognise the format and to hold any sensible header. */
const headSize = 1024 * 1024;

/**
 * Opens every input, in order.
 * @throws {ToolError} exit 2 naming each that cannot be read.
 */
export async function openInputs(
  names: readonly string[],
  cwd: string,
  stdin: NodeJS.ReadableStream,
  spool: SpoolOptions,
): Promise<Input[]> {
  if (names.filter(isStandardInput).length > 1) throw usageError("Standard input can be read once.");
  const opened = await Promise.allSettled(
    names.map(async (name) => {
      if (isRemote(name)) return openSpooled(await spoolRemote(name, cwd, spool));
      if (!isStandardInput(name)) return openFile(name, path.resolve(cwd, name));
      if (spool.folder === undefined) return openStream("standard input", stdin);
      return openSpooled(await spoolStandardInput(stdin, spool.folder, spool));
    }),
  );
  const failures = opened.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw usageError(failures.map(messageOf).join("\n"));
  return opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

async function openSpooled({ name, file, remove }: Spooled): Promise<Input> {
  return { ...(await openFile(name, file)), finish: remove };
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
  const { digest, checksum } = await digestOf(name, file, size);
  let hasMark = false;
  let isPacked = false;
  const onMark = () => {
    hasMark = true;
  };
  const onPacked = () => {
    isPacked = true;
  };
  const head = await readHead(decode(createReadStream(file, range), name, { onMark, onPacked }));
  assertText(head, name);
  // Of the last reading: how much of the file it has read, and a checksum of that.
  let pass = { size: 0, checksum: 0 };
  const change = async (): Promise<InputChange | undefined> => {
    const isOther = pass.size === size && pass.checksum !== checksum;
    return isOther ? changed(name) : changeSince(before, name, file);
  };
  return {
    name,
    file,
    size,
    digest,
    head,
    isPacked,
    hasMark,
    bytes: (onRead) => {
      pass = { size: 0, checksum: 0 };
      const onChunk = (chunk: Buffer) => {
        pass.size += chunk.length;
        pass.checksum = crc32(chunk, pass.checksum);
      };
      return withoutHalfLine(
        decode(createReadStream(file, range), name, { onRead, onChunk }),
        async () => (await change())?.kind === "grew",
      );
    },
    change,
  };
}

function changed(name: string): InputChange {
  return { kind: "changed", message: `${name} was changed while it was read.` };
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
  return changed(name);
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

/**
 * SHA-256 of the first `size` bytes, read into one buffer, so that a large file leaves no garbage, and a CRC-32, with
 * which a later reading is compared at next to no cost.
 */
async function digestOf(
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

async function openStream(name: string, stream: NodeJS.ReadableStream): Promise<Input> {
  let report: (bytes: number) => void = () => {};
  let hasMark = false;
  const onMark = () => {
    hasMark = true;
  };
  const onRead = (count: number) => report(count);
  const bytes = decode(stream, name, { onRead, onMark })[Symbol.asyncIterator]();
  const begun: Buffer[] = [];
  let size = 0;
  while (size < chunkSize) {
    const { value, done } = await bytes.next();
    if (done) break;
    begun.push(value);
    size += value.length;
    // A slow pipe must not keep its first rows waiting for a full head.
    if (value.includes(0x0a) && isEnough(Buffer.concat(begun))) break;
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
    isPacked: false,
    hasMark,
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

interface DecodeOptions {
  readonly onRead?: (compressedBytes: number) => void;
  /** Called with each piece as it lies on the disk. */
  readonly onChunk?: (chunk: Buffer) => void;
  /** Called where a byte order mark is taken off. */
  readonly onMark?: () => void;
  /** Called where the stream is gzip. */
  readonly onPacked?: () => void;
}

async function* decode(
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

/** What a file that is no text begins with, as Latin-1. */
const otherKinds: readonly (readonly [beginnings: readonly string[], what: string, hint: string])[] = [
  [["\u00ff\u00fe", "\u00fe\u00ff"], "is UTF-16", "Save it as UTF-8."],
  [
    ["PK\u0003\u0004", "PK\u0005\u0006", "\u00d0\u00cf\u0011\u00e0"],
    "is a zip archive or a spreadsheet",
    "Export it as CSV.",
  ],
  [
    ["BZh91AY", "\u00fd7zXZ", "\u0028\u00b5\u002f\u00fd", "7z\u00bc\u00af"],
    "is packed, and not with gzip",
    "Unpack it first.",
  ],
  [["PAR1", "Obj\u0001"], "holds columns for analysis", "Export it as CSV or JSON Lines."],
  [["%PDF-"], "is a PDF", "Export it as CSV."],
];

function assertText(head: Buffer, name: string): void {
  const beginning = head.subarray(0, 512).toString("latin1");
  const other = otherKinds.find(([beginnings]) => beginnings.some((each) => beginning.startsWith(each)));
  if (other) throw usageError(`${name} ${other[1]}.`, other[2]);
  // UTF-16 without a mark: every other byte of plain letters is zero.
  const zeros = [0, 1, 2, 3].map((index) => head[index] === 0).join();
  if (zeros === "true,false,true,false" || zeros === "false,true,false,true") {
    throw usageError(`${name} is UTF-16.`, "Save it as UTF-8.");
  }
  if (/^\s*(?:<!doctype html|<html|<\?xml)/i.test(beginning)) {
    throw usageError(`${name} is a web page or XML, not rows.`, "Export it as CSV or JSON Lines.");
  }
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
