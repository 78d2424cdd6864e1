/** Finds the Pulumi engine or obtains it: an installation on PATH, the cache, the official download, a Go build. */
import { access, constants } from "node:fs/promises";
import path from "node:path";
import { clockTime } from "../lib/clockTime.ts";
import { errorCode, interruption, messageOf, ToolError } from "../lib/errors.ts";
import { makeFolder } from "../lib/folders.ts";
import { noReport, type Report } from "../lib/report.ts";
import { requiredGo } from "./go.ts";
import { hasLanguageHost, installLanguageHost } from "./installLanguageHost.ts";
import { withLock } from "./lock.ts";
import { findOnPath, versionOf } from "./onPath.ts";
import { assertOwnEngine } from "./ownership.ts";
import { type EnginePaths, enginePaths, executable, isExecutable } from "./paths.ts";
import { lockFile, moveIntoPlace, withStaging } from "./staging.ts";
import { engineVersion } from "./version.ts";

export interface Engine {
  /** Absolute path of `pulumi`. */
  readonly command: string;
  /** E.g. `3.259.0`. */
  readonly version: string;
  readonly source: "path" | "cache" | "download" | "build";
  /** The engine's home folder, `$PULUMI_HOME` or `~/.pulumi`. */
  readonly pulumiHome: string;
}

export interface EnsureEngineOptions {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
  /** Receives which way was taken, and the progress of a long one. @default noReport */
  readonly report?: Report;
  /** Where releases are downloaded from. @default Pulumi's own server */
  readonly releases?: string;
  /** Builds it from its Go modules into the cache, whatever is on PATH or in the cache. @default false */
  readonly fromModules?: boolean;
}

/**
 * Returns the engine, obtaining it first where the machine has none.
 *
 * @throws ToolError `engine_unavailable` naming every way and what it would need, `engine_home_not_writable`, or
 *   `interrupted` when `signal` aborts; what an interrupted attempt leaves never looks finished; `engine_not_trusted` where others could have changed what the
 *   cache holds
 */
export async function ensureEngine(options: EnsureEngineOptions): Promise<Engine> {
  try {
    return await findOrObtain(options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
    throw interruption("Interrupted while getting the Pulumi engine.", {
      hint: "Run it again: a Go build continues where it stopped.",
      cause: error,
    });
  }
}

async function findOrObtain(options: EnsureEngineOptions): Promise<Engine> {
  const { env, signal, report = noReport, fromModules = false } = options;
  const paths = enginePaths(env);
  const { pulumiHome } = paths;
  if (fromModules) {
    assertOwnEngine(paths);
    await makeWritable(paths);
    return underLock(paths, signal, report, (lockSignal) =>
      buildEngine({ ...options, signal: lockSignal }, paths, report),
    );
  }

  const onPath = await findOnPath(env, paths.command, signal);
  if ("found" in onPath) {
    const { version, command } = onPath.found;
    report({ level: "info", code: "engine_found", message: `Pulumi ${version} from PATH: ${command}` });
    return { ...onPath.found, source: "path", pulumiHome };
  }
  assertOwnEngine(paths);
  if (isExecutable(paths.command) && hasLanguageHost(paths.root)) return fromCache(paths, report);

  await makeWritable(paths);
  return underLock(paths, signal, report, async (lockSignal) => {
    if (isExecutable(paths.command)) {
      if (!hasLanguageHost(paths.root)) await installLanguageHost(paths.root);
      return fromCache(paths, report);
    }
    return obtain({ ...options, signal: lockSignal }, paths, report, onPath.reason);
  });
}

function underLock(
  paths: EnginePaths,
  signal: AbortSignal,
  report: Report,
  action: (signal: AbortSignal) => Promise<Engine>,
): Promise<Engine> {
  const onHeld = () =>
    report({
      level: "info",
      code: "engine_waiting",
      message: `Another process is getting Pulumi ${engineVersion}; waiting for it to finish (${paths.versions}).`,
    });
  return withLock(lockFile(paths), { signal, onHeld }, action);
}

function fromCache(paths: EnginePaths, report: Report): Engine {
  report({
    level: "info",
    code: "engine_found",
    message: `Pulumi ${engineVersion} from the cache: ${paths.command}`,
  });
  return { command: paths.command, version: engineVersion, source: "cache", pulumiHome: paths.pulumiHome };
}

async function obtain(
  { env, signal, releases }: EnsureEngineOptions,
  paths: EnginePaths,
  report: Report,
  whyNotPath: string,
): Promise<Engine> {
  const start = Date.now();
  let whyNotDownload: string;
  try {
    const { downloadRelease } = await import("./download.ts");
    const origin = releases === undefined ? {} : { origin: releases };
    await install(paths, env, signal, (staging) =>
      downloadRelease({ staging, env, signal, report, ...origin }),
    );
    return obtained(paths, report, "download", start);
  } catch (error) {
    signal.throwIfAborted();
    whyNotDownload = sentence(error);
    report({
      level: "info",
      code: "engine_not_downloaded",
      message: `No official download: ${whyNotDownload}. Building Pulumi from its Go modules, once; this takes minutes.`,
    });
  }

  try {
    return await build({ env, signal }, paths, report);
  } catch (error) {
    signal.throwIfAborted();
    throw unavailable(paths, whyNotPath, whyNotDownload, sentence(error));
  }
}

async function build(
  { env, signal }: Pick<EnsureEngineOptions, "env" | "signal">,
  paths: EnginePaths,
  report: Report,
): Promise<Engine> {
  const start = Date.now();
  const { buildFromModules } = await import("./build.ts");
  await install(paths, env, signal, (staging) => buildFromModules({ staging, paths, env, signal, report }));
  return obtained(paths, report, "build", start);
}

/** The build alone, on request. */
async function buildEngine(
  options: EnsureEngineOptions,
  paths: EnginePaths,
  report: Report,
): Promise<Engine> {
  try {
    return await build(options, paths, report);
  } catch (cause) {
    options.signal.throwIfAborted();
    throw new ToolError("engine_unavailable", `The Pulumi engine cannot be built: ${sentence(cause)}.`, {
      hint: `It needs Go ${requiredGo()} or newer on PATH, a Go module proxy, about 4 GB of disk and a few minutes.`,
      cause,
    });
  }
}

function obtained(
  { command, pulumiHome }: EnginePaths,
  report: Report,
  source: "download" | "build",
  start: number,
): Engine {
  const time = clockTime((Date.now() - start) / 1000);
  const how = source === "build" ? "built from its Go modules" : "downloaded";
  report({
    level: "info",
    code: "engine_obtained",
    message: `Pulumi ${engineVersion} ${how} in ${time}: ${command}`,
  });
  return { command, version: engineVersion, source, pulumiHome };
}

/** Fills a staging folder, tries what is in it, and only then moves it into the cache. */
async function install(
  paths: EnginePaths,
  env: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
  fill: (staging: string) => Promise<string>,
): Promise<void> {
  await withStaging(paths, async (staging) => {
    const folder = await fill(staging);
    const version = await versionOf(path.join(folder, executable("pulumi")), env, signal);
    if (version !== engineVersion) {
      throw new Error(`what came of it says it is version ${version ?? "unknown"}, not ${engineVersion}`);
    }
    if (!isExecutable(path.join(folder, executable("pulumi-language-nodejs")))) {
      await installLanguageHost(paths.root);
    }
    signal.throwIfAborted();
    await moveIntoPlace(folder, paths);
  });
}

async function makeWritable(paths: EnginePaths): Promise<void> {
  try {
    makeFolder(paths.versions, 0o755);
    await access(paths.versions, constants.W_OK);
  } catch (error) {
    throw new ToolError(
      "engine_home_not_writable",
      `The Pulumi home folder ${paths.pulumiHome} cannot be written to (${errorCode(error)}).`,
      { hint: "Make it writable, or set PULUMI_HOME to a folder that is.", cause: error },
    );
  }
}

function unavailable(paths: EnginePaths, onPath: string, download: string, build: string): ToolError {
  return new ToolError(
    "engine_unavailable",
    [
      `The Pulumi engine ${engineVersion} is not on this machine, and none of the three ways to get it works:`,
      `1. \`pulumi\` on PATH: ${onPath}.`,
      `   Needs Pulumi ${engineVersion} or a newer 3.x, installed as https://www.pulumi.com/docs/install/ says.`,
      `2. Official download into ${paths.root}: ${download}.`,
      "   Needs HTTPS to get.pulumi.com, directly or through the proxy that HTTPS_PROXY names.",
      `3. Go build into the same folder: ${build}.`,
      `   Needs Go ${requiredGo()} or newer on PATH, a Go module proxy, about 4 GB of disk and a few minutes.`,
    ].join("\n"),
    { hint: "Fix any one of them." },
  );
}

function sentence(error: unknown): string {
  return messageOf(error).trimEnd().replace(/\.$/, "");
}
