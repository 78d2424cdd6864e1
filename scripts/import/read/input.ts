/** The inputs of an import: files or standard input, plain or gzip, each a stream of bytes of a known beginning. */
import { constants, createReadStream, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import path from "node:path";
import { crc32 } from "node:zlib";
import { messageOf, usageError } from "../../../lib/errors.ts";
import { assertText } from "./assertText.ts";
import { chunkSize, decode } from "./decode.ts";
import { isRemote, publicName } from "./download.ts";
import { changed, changeSince, digestOf, type InputChange, withoutHalfLine } from "./fileChange.ts";
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
  assertEachOnce(names, cwd);
  const opened = await Promise.allSettled(
    names.map(async (name, index) => {
      if (isRemote(name)) {
        const before = names.slice(0, index).filter((other) => hasSameName(other, name)).length;
        return openSpooled(await spoolRemote(name, before + 1, cwd, spool), spool.signal);
      }
      if (!isStandardInput(name)) return openFile(name, path.resolve(cwd, name), spool.signal);
      if (spool.folder === undefined) return openStream("standard input", stdin);
      return openSpooled(await spoolStandardInput(stdin, spool.folder, spool), spool.signal);
    }),
  );
  const failures = opened.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw usageError(failures.map(messageOf).join("\n"));
  return opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

/** A row is known by its input and its line. */
function assertEachOnce(names: readonly string[], cwd: string): void {
  if (names.filter(isStandardInput).length > 1) throw usageError("Standard input can be read once.");
  const wrong = names.filter((name) => isRemote(name) && !URL.canParse(name));
  if (wrong.length > 0) throw usageError(`${wrong.join(", ")} is no address.`);
  const places = names.map((name) => (isRemote(name) ? name : path.resolve(cwd, name)));
  const twice = names.findIndex((_name, index) => places.indexOf(places[index] ?? "") < index);
  if (twice < 0) return;
  const name = names[twice] ?? "";
  throw usageError(`${isRemote(name) ? publicName(name) : name} is given twice.`, "Name each input once.");
}

function hasSameName(other: string, name: string): boolean {
  return isRemote(other) && publicName(other) === publicName(name);
}

async function openSpooled({ name, file, remove }: Spooled, signal: AbortSignal): Promise<Input> {
  return { ...(await openFile(name, file, signal)), finish: remove };
}

function isStandardInput(name: string): boolean {
  return name === "-" || name === "/dev/stdin";
}

async function openFile(name: string, file: string, signal: AbortSignal): Promise<Input> {
  const before = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      error.code === "ENOENT" ? `${name} does not exist.` : `${name} cannot be read (${error.code}).`,
    );
  });
  if (before.isDirectory()) throw usageError(`${name} is a folder.`);
  if (before.isFIFO()) return openStream(name, openPipe(file, signal));
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

/** A named pipe, which may have no writer for hours: a plain read of it could not be interrupted, nor the process end. */
function openPipe(file: string, signal: AbortSignal): Socket {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, readable: true, writable: false });
  signal.addEventListener("abort", () => pipe.destroy(), { once: true });
  return pipe;
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
