/** Fetches the official release of the engine and checks it against the checksum published with it. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { connectionFailure } from "../lib/connection.ts";
import { messageOf } from "../lib/errors.ts";
import { openResponse } from "../lib/http.ts";
import type { Report } from "../lib/report.ts";
import { runToEnd } from "./childProcess.ts";
import { engineVersion } from "./version.ts";

/** Where Pulumi publishes its releases. */
export const releases = "https://get.pulumi.com/releases/sdk";

export interface DownloadOptions {
  /** An empty folder to work in. */
  readonly staging: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** @default releases */
  readonly origin?: string;
}

/** A server that has not begun to answer by then is taken for unreachable, milliseconds. */
const firstAnswer = 5_000;
/** How long a server may pause in the middle, milliseconds. */
const silence = 30_000;
/** How long the whole may take, milliseconds. */
const whole = 15 * 60_000;

/**
 * Downloads and unpacks the release.
 *
 * Proxy variables (HTTPS_PROXY, NO_PROXY) are honoured by Node 22.21, 24.5 and newer.
 *
 * @returns the folder that holds `pulumi` and its language hosts
 * @throws Error with one sentence on what prevented it
 */
export async function downloadRelease(options: DownloadOptions): Promise<string> {
  const { staging, env, report, origin = releases } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(whole)]);
  const name = `pulumi-v${engineVersion}-${platform()}.tar.gz`;
  const checksums = await text(await get(`${origin}/pulumi-${engineVersion}-checksums.txt`, env, signal));
  const expected = checksumOf(name, checksums);

  const archive = path.join(staging, name);
  const response = await get(`${origin}/${name}`, env, signal);
  const size = Number(response.headers["content-length"]);
  const hash = createHash("sha256");
  let received = 0;
  await pipeline(
    response,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        received += chunk.length;
        report({
          level: "progress",
          code: "engine_downloading",
          message: `Downloading Pulumi ${engineVersion}: ${megabytes(received)} of ${megabytes(size)} MB`,
          data: { done: received, total: size },
        });
        yield chunk;
      }
    },
    createWriteStream(archive),
    { signal },
  );
  if (hash.digest("hex") !== expected) {
    throw new Error(`${name} does not have the checksum that is published for it`);
  }

  const unpacked = path.join(staging, "unpacked");
  await mkdir(unpacked);
  const tar = await runToEnd("tar", ["-xzf", archive, "-C", unpacked], { env, signal });
  if (tar.code !== 0) throw new Error(`${name} could not be unpacked: ${tar.stderr.join(" ")}`);
  const folder = path.join(unpacked, "pulumi");
  return (await readdir(folder)).includes("bin") ? path.join(folder, "bin") : folder;
}

function platform(): string {
  const systems: Partial<Record<NodeJS.Platform, string>> = { linux: "linux", darwin: "darwin" };
  const system = systems[process.platform];
  if (system === undefined || (process.arch !== "x64" && process.arch !== "arm64")) {
    throw new Error(`no release is fetched automatically for ${process.platform} on ${process.arch}`);
  }
  return `${system}-${process.arch}`;
}

/** Finds `<sha256>  <name>` among the published lines. */
function checksumOf(name: string, checksums: string): string {
  for (const line of checksums.split("\n")) {
    const [sum, file] = line.trim().split(/\s+\*?/);
    if (file === name && sum !== undefined && /^[0-9a-f]{64}$/i.test(sum)) return sum.toLowerCase();
  }
  throw new Error(`no checksum is published for ${name}`);
}

async function get(
  url: string,
  env: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
  redirects = 5,
): Promise<IncomingMessage> {
  const { host } = new URL(url);
  let response: IncomingMessage;
  try {
    response = await openResponse(url, { env, signal, silence: firstAnswer });
  } catch (error) {
    signal.throwIfAborted();
    const failure = connectionFailure(error);
    if (failure?.kind === "timed_out") throw new Error(`${host} does not answer`, { cause: error });
    throw new Error(
      failure === undefined ? messageOf(error) : `${host} cannot be reached (${failure.code})`,
      {
        cause: error,
      },
    );
  }
  response.setTimeout(silence, () => response.destroy(new Error(`${host} stopped sending`)));
  const { statusCode = 0, headers } = response;
  if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined && redirects > 0) {
    response.resume();
    return get(new URL(headers.location, url).href, env, signal, redirects - 1);
  }
  if (statusCode !== 200) {
    response.resume();
    throw new Error(`${host} answers ${statusCode} for ${url}`);
  }
  return response;
}

function megabytes(bytes: number): string {
  return Number.isNaN(bytes) ? "?" : String(Math.round(bytes / 1_000_000));
}
