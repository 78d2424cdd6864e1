/** Keeps on disk what can be read once, or lies on a server, so that an interrupted import can be resumed. */
import { createHash, hash } from "node:crypto";
import { readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { usageError } from "../../../lib/errors.ts";
import { writeAt } from "../../../lib/files.ts";
import { makeFolder } from "../../../lib/folders.ts";
import { assertOwn, openOwnFile } from "../../../lib/ownFile.ts";
import type { Report } from "../../../lib/report.ts";
import { draftOfProcess, findLeftDrafts } from "../keep/leftDrafts.ts";
import { type DownloadOptions, download, noRoom, publicName, removeDownload } from "./download.ts";

export interface SpoolOptions
  extends Pick<DownloadOptions, "allowHttp" | "timeout" | "env" | "signal" | "report"> {
  /** Undefined reads standard input as it comes, and puts what is fetched into the working folder. */
  readonly folder: string | undefined;
}

/** What was put on disk, and how to remove it when its import is done. */
export interface Spooled {
  readonly name: string;
  readonly file: string;
  remove(): Promise<void>;
}

/**
 * Fetches an object.
 * @param nth From 1, of the inputs whose addresses differ in their query alone, which is not shown and changes every time.
 * @throws as `download`
 */
export async function spoolRemote(
  address: string,
  nth: number,
  cwd: string,
  options: SpoolOptions,
): Promise<Spooled> {
  const name = nth === 1 ? publicName(address) : `${publicName(address)} (${nth})`;
  const folder = options.folder ?? cwd;
  makeFolder(folder);
  const { name: base, ext } = path.parse(path.basename(new URL(address).pathname) || "input");
  const stem = base.replaceAll(/[^\w.-]/g, "_");
  const file = path.join(folder, `${stem}-${hash("sha256", name).slice(0, 8)}.spool${ext}`);
  await download({ ...options, name, url: new URL(address), file });
  return { name, file, remove: () => removeDownload(file) };
}

/**
 * Copies standard input to a file named after its content. The same content again, or none at all, resumes an import of
 * it that was interrupted.
 */
export async function spoolStandardInput(
  stdin: NodeJS.ReadableStream,
  folder: string,
  { signal, report }: SpoolOptions,
): Promise<Spooled> {
  makeFolder(folder);
  const stem = path.join(folder, "stdin");
  for (const left of await findLeftDrafts(stem)) await rm(left, { force: true });
  const draft = draftOfProcess(stem);
  const digest = createHash("sha256");
  const handle = await openOwnFile(draft, "create");
  let size = 0;
  try {
    for await (const chunk of stdin) {
      signal.throwIfAborted();
      const bytes = Buffer.from(chunk);
      digest.update(bytes);
      if (handle) await writeAt(handle, bytes, size).catch(noRoom(draft));
      size += bytes.length;
    }
    await handle?.sync();
    const file =
      size > 0
        ? path.join(folder, `stdin-${digest.digest("hex").slice(0, 16)}.spool`)
        : await unfinished(folder, report);
    if (size > 0) await rename(draft, file);
    return { name: "standard input", file, remove: () => rm(file, { force: true }) };
  } finally {
    await handle?.close();
    await rm(draft, { force: true });
  }
}

/** The oldest input that an interrupted import left. */
async function unfinished(folder: string, report: Report): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /^stdin-[0-9a-f]{16}\.spool$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      // Its rows would be sent as this job's.
      await assertOwn(file);
      return { file, at: (await stat(file)).mtimeMs };
    }),
  );
  const [oldest, ...others] = found.sort((left, right) => left.at - right.at);
  if (!oldest) throw usageError("standard input is empty, and nothing in the spool is unfinished.");
  if (others.length > 0) {
    const message = `${others.length} more inputs in ${folder} are unfinished.`;
    report({ level: "warning", code: "inputs_unfinished", message });
  }
  return oldest.file;
}
