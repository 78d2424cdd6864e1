/** The rejects of one run: written to a draft of its own, which becomes the rejects file when the run ends. */
import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { lstat, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { errorCode, ToolError, usageError } from "../../../lib/errors.ts";
import { writeAt } from "../../../lib/files.ts";
import { openOwnFile } from "../../../lib/ownFile.ts";
import type { Report } from "../../../lib/report.ts";
import { draftOfProcess } from "./leftDrafts.ts";
import { type Reject, type RejectRenderer, type RejectsLayout, rejectRenderer } from "./rejectRow.ts";

/** Where an interrupted run left its rejects. */
export interface KeptRejects {
  readonly draft: string;
  /** Where they were to be moved when the run ended, which it may not have got to; undefined where it was killed before. */
  readonly published?: string | undefined;
  /** Bytes that belong to the rows counted as done. */
  readonly bytes: number;
  /** SHA-256 of those bytes, base64url. */
  readonly digest: string;
}

export interface RejectsOptions extends RejectsLayout {
  /** The file that the user expects; one that is there already is left alone, and another number is taken. */
  readonly file: string;
  /** Of the interrupted run that this one resumes. */
  readonly earlier: KeptRejects | undefined;
  readonly report: Report;
}

/** Appends rejects; what `flush` has returned for is on disk. */
export class RejectsWriter {
  readonly #options: RejectsOptions;
  readonly #renderer: RejectRenderer;
  readonly #draft: string;
  readonly #hash = createHash("sha256");
  #handle: FileHandle | undefined;
  #pending: Buffer[] = [];
  #pendingSize = 0;
  #bytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #published: string | undefined;
  /** Files of the earlier run that this run's own take the place of. */
  #replaced: { readonly draft: string; readonly file: ReplacedFile | undefined } | undefined;

  private constructor(options: RejectsOptions) {
    this.#options = options;
    this.#renderer = rejectRenderer(options);
    this.#draft = draftOfProcess(options.file);
  }

  /** Makes the draft, which shows that the file can be written, and takes over what an interrupted run had rejected. */
  static async open(options: RejectsOptions): Promise<RejectsWriter> {
    const writer = new RejectsWriter(options);
    try {
      await assertFile(options.file);
      writer.#handle = await openOwnFile(writer.#draft, "create");
      const { earlier } = options;
      if (earlier && earlier.bytes > 0) await writer.#takeOver(earlier);
      else if (earlier) writer.#replaced = { draft: earlier.draft, file: undefined };
    } catch (error) {
      await writer.discard();
      throw fileError(error, options.file);
    }
    return writer;
  }

  /** Length once everything that was added is written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that wait to be written. */
  get waiting(): number {
    return this.#pendingSize;
  }

  /** What a checkpoint keeps of it. */
  get kept(): KeptRejects {
    const digest = this.#hash.copy().digest("base64url");
    // Until this run ends, what the earlier one published is what this one's rejects take the place of.
    const published = this.#published ?? this.#replaced?.file?.file;
    return { draft: this.#draft, published, bytes: this.#bytes, digest };
  }

  add(rejects: readonly Reject[]): void {
    if (rejects.length === 0) return;
    if (this.#bytes === 0) this.#append(Buffer.from(this.#renderer.begin));
    for (const reject of rejects) this.#append(this.#renderer.render(reject));
  }

  /** Writes what was added before the call and waits until it is on disk. */
  async flush(): Promise<void> {
    await this.write();
    await this.#handle?.datasync().catch((error: unknown) => {
      throw writeError(error, this.#options.file);
    });
  }

  /** Writes what was added before the call. */
  write(): Promise<void> {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingSize = 0;
    const position = this.#bytes - bytes.length;
    this.#writing = this.#writing.then(() => this.#write(bytes, position));
    return this.#writing;
  }

  /** To be called once a checkpoint names this run's draft: that of the earlier run is of no more use. */
  async forgetEarlier(): Promise<void> {
    if (this.#replaced) await rm(this.#replaced.draft, { force: true });
  }

  /** Chooses the file that `publish` is to put the rejects into, for a checkpoint to name; undefined where there are none. */
  async reserve(): Promise<string | undefined> {
    if (this.#bytes === 0) return undefined;
    const replaced = this.#replaced?.file;
    if (replaced && !(await isUnchanged(replaced))) this.#replaced = undefined;
    this.#published = this.#replaced?.file?.file ?? (await this.#firstName(isFree));
    return this.#published;
  }

  /**
   * Moves the draft to the reserved file, or removes it where there are no rejects.
   * @returns where they are: beside the reserved file where somebody else has made that meanwhile
   */
  async publish(): Promise<string | undefined> {
    await this.flush();
    await this.#handle?.close();
    this.#handle = undefined;
    if (this.#published === undefined) {
      await rm(this.#draft, { force: true });
      return undefined;
    }
    if (this.#replaced?.file === undefined) this.#published = await this.#firstName(makeFile);
    await rename(this.#draft, this.#published);
    return this.#published;
  }

  /** Removes the draft: another process continues in its place, from the last checkpoint. */
  async discard(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (!handle) return;
    await handle.close();
    await rm(this.#draft, { force: true });
  }

  /** Closes the draft and leaves it: what the last checkpoint counts of it is there to resume from. */
  async abandon(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  #append(bytes: Buffer): void {
    this.#pending.push(bytes);
    this.#pendingSize += bytes.length;
    this.#bytes += bytes.length;
    this.#hash.update(bytes);
  }

  async #write(bytes: Buffer, position: number): Promise<void> {
    try {
      if (bytes.length === 0) return;
      if (!this.#handle) throw new Error("The rejects file is closed.");
      await writeAt(this.#handle, bytes, position);
    } catch (error) {
      throw writeError(error, this.#options.file);
    }
  }

  async #takeOver(earlier: KeptRejects): Promise<void> {
    const { published } = earlier;
    const own = await openOwnFile(earlier.draft, "read");
    const handle = own ?? (published === undefined ? undefined : await openOwnFile(published, "read"));
    const file = own ? earlier.draft : (published ?? this.#options.file);
    try {
      const status = await handle?.stat();
      if (!handle || !status) {
        throw usageError(
          `${file} was removed since the import was interrupted.`,
          "Put it back, or start over with --restart.",
        );
      }
      // A kill may leave a draft with more than its checkpoint counts; what the import ended with is whole.
      const isWhole = own !== undefined || status.size === earlier.bytes;
      const bytes = await firstBytes(handle, Math.min(earlier.bytes, status.size));
      if (!isWhole || createHash("sha256").update(bytes).digest("base64url") !== earlier.digest) {
        this.#options.report({
          level: "warning",
          code: "rejects_changed",
          message: `${file} was changed since the import was interrupted and stays as it is: rows that are rejected from here on go into another file.`,
        });
        return;
      }
      this.#append(bytes);
      this.#replaced = {
        draft: earlier.draft,
        file: own ? await publishedOf(published, bytes) : fileOf(file, status),
      };
      await this.flush();
    } finally {
      await handle?.close();
    }
  }

  /** The first that will do of `hours.rejects.csv`, `hours.rejects.2.csv` and so on. */
  async #firstName(willDo: (file: string) => Promise<boolean>): Promise<string> {
    const { dir, name, ext } = path.parse(this.#options.file);
    let file = this.#options.file;
    for (let number = 2; !(await willDo(file)); number++) file = path.join(dir, `${name}.${number}${ext}`);
    return file;
  }
}

async function isFree(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined)) === undefined;
}

/** Makes it, empty. @returns whether it was free */
async function makeFile(file: string): Promise<boolean> {
  try {
    const handle = await openOwnFile(file, "create");
    await handle?.close();
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw fileError(error, file);
  }
}

/**
 * What the earlier run has put at the place that its checkpoint names, which is the beginning of its rejects: an empty
 * file before they were moved there, or what it had rejected when it resumed. Undefined where there is something else.
 */
async function publishedOf(file: string | undefined, rejects: Buffer): Promise<ReplacedFile | undefined> {
  const handle = file === undefined ? undefined : await openOwnFile(file, "read").catch(() => undefined);
  if (file === undefined || !handle) return undefined;
  try {
    const status = await handle.stat();
    if (status.size > rejects.length) return undefined;
    const isOurs = (await firstBytes(handle, status.size)).equals(rejects.subarray(0, status.size));
    return isOurs ? fileOf(file, status) : undefined;
  } finally {
    await handle.close();
  }
}

function fileOf(file: string, { ino, size, mtimeMs }: Stats): ReplacedFile {
  return { file, ino, size, mtimeMs };
}

/** Rejects go beside a file that is there, and nowhere near a device, a pipe or a folder. */
async function assertFile(file: string): Promise<void> {
  const there = await lstat(file).catch(() => undefined);
  if (!there || there.isFile() || there.isSymbolicLink()) return;
  throw usageError(`The rejects cannot go to ${file}: it is not a file.`, "Choose another with --rejects.");
}

async function firstBytes(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  for (let read = 0; read < size; ) {
    const { bytesRead } = await handle.read(bytes, read, size - read, read);
    if (bytesRead === 0) return bytes.subarray(0, read);
    read += bytesRead;
  }
  return bytes;
}

interface ReplacedFile {
  readonly file: string;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

async function isUnchanged({ file, ...before }: ReplacedFile): Promise<boolean> {
  const now = await stat(file).catch(() => undefined);
  return now?.ino === before.ino && now.size === before.size && now.mtimeMs === before.mtimeMs;
}

/** A disk that fills while an import runs is nobody's mistake, and the import resumes once there is space. */
function writeError(error: unknown, file: string): unknown {
  const code = errorCode(error);
  if (code === undefined || !/^E[A-Z]+$/.test(code)) return error;
  return new ToolError(
    "rejects_not_written",
    `The rejects file ${file} cannot be written further (${code}).`,
    {
      hint: "Make space on its disk, or raise the limit on its size.",
      cause: error,
    },
  );
}

function fileError(error: unknown, file: string): unknown {
  const code = errorCode(error);
  return code === undefined || !/^E[A-Z]+$/.test(code)
    ? error
    : usageError(`The rejects file ${file} cannot be written (${code}).`, "Choose another with --rejects.");
}
