/** Fetches an input over https into a file, resumes a cut download, and notices an object that changed. */

import { rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { isConfidential } from "../../../lib/address.ts";
import { connectionFailure } from "../../../lib/connection.ts";
import { errorCode, exitCodes, messageOf, ToolError, usageError } from "../../../lib/errors.ts";
import { writeAt } from "../../../lib/files.ts";
import { openResponse } from "../../../lib/http.ts";
import { parseJson } from "../../../lib/json.ts";
import { assertOwn, openOwnFile, readOwnFile, writeOwnFile } from "../../../lib/ownFile.ts";
import type { Report } from "../../../lib/report.ts";

export interface DownloadOptions {
  /** Without its query, which of a presigned address is a secret. */
  readonly name: string;
  readonly url: URL;
  /** Where the whole object goes; `.part` and `.from.json` beside it belong to it. */
  readonly file: string;
  readonly allowHttp: boolean;
  /** Longest time for an answer to begin, and to bring the least that it must bring, milliseconds. */
  readonly timeout: number;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
  readonly report: Report;
}

const fromSchema = z.strictObject({
  /** A strong ETag or a date, for If-Range. */
  version: z.string(),
  /** Bytes of the whole object, where the server said it. */
  size: z.int().optional(),
});

type From = z.infer<typeof fromSchema>;

/** Attempts that brought next to nothing, before the download is given up. */
const mostFailures = 5;
const mostRedirects = 5;
/** Bytes that an attempt, and each timeout within it, must bring: a server that sends a byte a second never ends. */
const leastProgress = 1024;
/** Bytes of an object of which the server does not say how long it is: some never end. */
const mostUnannounced = 16 * 1024 ** 3;

/** True for an argument that names an object on a server. */
export function isRemote(name: string): boolean {
  return /^https?:\/\//i.test(name);
}

/** The address without what may be secret in it. */
export function publicName(address: string): string {
  const url = new URL(address);
  return url.origin + url.pathname;
}

/** @throws {ToolError} `input_unreadable`, exit 2 where the server refuses it, exit 1 where it cannot be reached */
export async function download(options: DownloadOptions): Promise<void> {
  const { file, signal } = options;
  if (await isFresh(options)) return;
  const part = `${file}.part`;
  for (let failures = 0; ; ) {
    const before = await sizeOf(part);
    const failure = await attempt(options, part, before);
    if (failure === undefined) break;
    failures = (await sizeOf(part)) - before >= leastProgress ? 1 : failures + 1;
    if (failures >= mostFailures) throw unreadable(options.name, failure, exitCodes.failure);
    await sleep(200 * 2 ** failures, undefined, { signal });
  }
  await rename(part, file);
}

export async function removeDownload(file: string): Promise<void> {
  await Promise.all([file, `${file}.part`, `${file}.from.json`].map((each) => rm(each, { force: true })));
}

/** True where an earlier run has the whole object, and the server says that it is the same still. */
async function isFresh(options: DownloadOptions): Promise<boolean> {
  await assertOwn(options.file);
  if ((await sizeOf(options.file)) === 0) return false;
  const version = (await readFrom(options.file))?.version;
  if (version !== undefined) {
    const response = await request(options, validators(version)).catch(() => undefined);
    const { statusCode = 0 } = response ?? {};
    const same = statusCode === 304 || (statusCode === 200 && response && versionIn(response) === version);
    response?.destroy();
    if (same) return true;
    if (response && statusCode === 200) {
      const message = `${options.name} has changed since it was fetched.`;
      options.report({ level: "warning", code: "input_changed", message });
    }
  }
  await removeDownload(options.file);
  return false;
}

function validators(version: string): Record<string, string> {
  return version.startsWith('"') ? { "if-none-match": version } : { "if-modified-since": version };
}

/** Why it is not whole yet; undefined once it is. */
async function attempt(options: DownloadOptions, part: string, begun: number): Promise<string | undefined> {
  const { name, file, report } = options;
  const known = begun > 0 ? await readFrom(file) : undefined;
  const from = known === undefined ? 0 : begun;
  let response: IncomingMessage;
  try {
    response = await request(
      options,
      known === undefined ? {} : { range: `bytes=${from}-`, "if-range": known.version },
    );
  } catch (error) {
    return reasonOf(error);
  }
  const { statusCode = 0, headers } = response;
  if (statusCode === 416) {
    response.destroy();
    if (headers["content-range"] === `bytes */${begun}`) return undefined;
    await removeDownload(file);
    return "the object is shorter than what was fetched of it";
  }
  if (statusCode !== 200 && statusCode !== 206) {
    response.destroy();
    if (statusCode >= 500 || statusCode === 429 || statusCode === 408) return `it answered ${statusCode}`;
    throw unreadable(name, `it answered ${statusCode}`, exitCodes.usage);
  }
  const range = statusCode === 206 ? rangeIn(headers["content-range"]) : undefined;
  if (statusCode === 206 && range?.first !== from) {
    response.destroy();
    throw unreadable(name, "it sent another part than was asked for", exitCodes.failure);
  }
  const found = versionIn(response);
  // A server may heed the range and not If-Range; a part of another object would make one that never was.
  const isOther =
    known !== undefined &&
    ((found !== undefined && found !== known.version) ||
      (range?.size !== undefined && known.size !== undefined && range.size !== known.size));
  if (isOther) {
    report({
      level: "warning",
      code: "input_changed",
      message: `${name} has changed since a part of it was fetched: fetching it from its beginning.`,
    });
  }
  if (range && isOther) {
    response.destroy();
    await removeDownload(file);
    return "it changed while it was fetched";
  }
  if (range === undefined) await keepVersion(file, found, headers["content-length"]);
  return await store(response, part, range ? from : 0, range?.size, options.timeout);
}

async function keepVersion(
  file: string,
  version: string | undefined,
  length: string | undefined,
): Promise<void> {
  if (version === undefined) await rm(`${file}.from.json`, { force: true });
  else {
    const from: From = { version, ...(length !== undefined && { size: Number(length) }) };
    await writeOwnFile(`${file}.from.json`, JSON.stringify(from));
  }
}

/** What a Content-Range says: the position of the part's first byte, and the bytes of the whole, undefined for `*`. */
function rangeIn(
  header: string | undefined,
): { readonly first: number; readonly size: number | undefined } | undefined {
  const [, first, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header ?? "") ?? [];
  return first === undefined
    ? undefined
    : { first: Number(first), size: size === "*" ? undefined : Number(size) };
}

/** @param whole Bytes that the object must have in the end; undefined where the answer's own length says it. */
async function store(
  response: IncomingMessage,
  part: string,
  from: number,
  whole: number | undefined,
  timeout: number,
): Promise<string | undefined> {
  const length = response.headers["content-length"];
  const end = whole ?? (length === undefined ? undefined : from + Number(length));
  if (from === 0) await rm(part, { force: true });
  const handle = await openOwnFile(part, from === 0 ? "create" : "update");
  let at = from;
  let before = at;
  const watch = setInterval(() => {
    if (at - before < leastProgress) response.destroy(new DOMException("Too slow.", "TimeoutError"));
    before = at;
  }, timeout);
  try {
    await handle?.truncate(from);
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (handle) await writeAt(handle, chunk, at).catch(noRoom(part));
      at += chunk.length;
      if (end === undefined && at > mostUnannounced) return "it does not end";
    }
    await handle?.sync();
  } catch (error) {
    return reasonOf(error);
  } finally {
    clearInterval(watch);
    await handle?.close();
  }
  return end === undefined || at === end ? undefined : "the connection ended early";
}

/** Throws what a disk refused, with what to do about it. */
export function noRoom(file: string): (error: unknown) => never {
  return (error) => {
    throw new ToolError(
      "input_not_kept",
      `The input cannot be kept in ${path.dirname(file)} (${errorCode(error) ?? messageOf(error)}).`,
      { exitCode: exitCodes.failure, hint: "Make room there, or choose another folder with --spool." },
    );
  };
}

async function request(
  options: DownloadOptions,
  headers: Readonly<Record<string, string>>,
): Promise<IncomingMessage> {
  let url = options.url;
  for (let redirects = 0; ; redirects++) {
    if (!isConfidential(url) && !options.allowHttp) {
      throw usageError(`${publicName(url.href)} is not https.`, "Say --allow-http where that is meant.");
    }
    const response = await openResponse(url, {
      headers: { ...headers, "accept-encoding": "identity" },
      env: options.env,
      signal: options.signal,
      silence: options.timeout,
    });
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined)
      return response;
    response.destroy();
    if (redirects === mostRedirects) {
      throw unreadable(options.name, "it redirects too often", exitCodes.usage);
    }
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (next?.protocol !== "https:" && next?.protocol !== "http:") {
      throw unreadable(options.name, "it redirects to what is no address of a server", exitCodes.usage);
    }
    url = next;
  }
}

function versionIn({ headers }: IncomingMessage): string | undefined {
  const { etag, "last-modified": modified } = headers;
  return etag?.startsWith('"') ? etag : modified;
}

async function readFrom(file: string): Promise<From | undefined> {
  return fromSchema.safeParse(parseJson((await readOwnFile(`${file}.from.json`)) ?? "")).data;
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** The reason of a failed connection. @throws anything else, an interruption among it */
function reasonOf(error: unknown): string {
  if (error instanceof ToolError) throw error;
  const failure = connectionFailure(error);
  if (failure === undefined || failure.kind === "untrusted") throw error;
  return failure.reason;
}

function unreadable(name: string, why: string, exitCode: 1 | 2): ToolError {
  return new ToolError("input_unreadable", `${name} cannot be fetched: ${why}.`, {
    exitCode,
    hint: "A presigned address expires: make a new one. What was fetched already is kept.",
  });
}
