/** Fetches an input over https into a file, resumes a cut download, and notices an object that changed. */

import { rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { isConfidential } from "../../../lib/address.ts";
import { connectionFailure } from "../../../lib/connection.ts";
import { exitCodes, ToolError, usageError } from "../../../lib/errors.ts";
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
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
  readonly report: Report;
}

const fromSchema = z.strictObject({
  /** A strong ETag or a date, for If-Range. */
  version: z.string(),
});

/** Attempts without a new byte, before the download is given up. */
const mostFailures = 5;
const mostRedirects = 5;

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
    failures = (await sizeOf(part)) > before ? 1 : failures + 1;
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
  const version = await versionOf(options.file);
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
  const version = begun > 0 ? await versionOf(file) : undefined;
  const from = version === undefined ? 0 : begun;
  let response: IncomingMessage;
  try {
    response = await request(
      options,
      version === undefined ? {} : { range: `bytes=${from}-`, "if-range": version },
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
  const goesOn = statusCode === 206 && headers["content-range"]?.startsWith(`bytes ${from}-`) === true;
  if (statusCode === 206 && !goesOn) {
    response.destroy();
    throw unreadable(name, "it sent another part than was asked for", exitCodes.failure);
  }
  const found = versionIn(response);
  if (version !== undefined && !goesOn && found !== version) {
    report({
      level: "warning",
      code: "input_changed",
      message: `${name} has changed since a part of it was fetched: fetching it from its beginning.`,
    });
  }
  if (found === undefined) await rm(`${file}.from.json`, { force: true });
  else await writeOwnFile(`${file}.from.json`, JSON.stringify({ version: found }));
  return await store(response, part, goesOn ? from : 0);
}

async function store(response: IncomingMessage, part: string, from: number): Promise<string | undefined> {
  if (from === 0) await rm(part, { force: true });
  const handle = await openOwnFile(part, from === 0 ? "create" : "update");
  let at = from;
  try {
    await handle?.truncate(from);
    for await (const chunk of response as AsyncIterable<Buffer>) {
      await handle?.write(chunk, 0, chunk.length, at);
      at += chunk.length;
    }
    await handle?.sync();
  } catch (error) {
    return reasonOf(error);
  } finally {
    await handle?.close();
  }
  const length = Number(response.headers["content-length"] ?? at - from);
  return at - from === length ? undefined : "the connection ended early";
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
    });
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined)
      return response;
    response.destroy();
    if (redirects === mostRedirects) {
      throw unreadable(options.name, "it redirects too often", exitCodes.usage);
    }
    url = new URL(location, url);
  }
}

function versionIn({ headers }: IncomingMessage): string | undefined {
  const { etag, "last-modified": modified } = headers;
  return etag?.startsWith('"') ? etag : modified;
}

async function versionOf(file: string): Promise<string | undefined> {
  return fromSchema.safeParse(parseJson((await readOwnFile(`${file}.from.json`)) ?? "")).data?.version;
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
