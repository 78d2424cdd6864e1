/** Finds an ordinary Pulumi installation on PATH that will do. */
import { realpathSync } from "node:fs";
import path from "node:path";
import { runToEnd } from "./childProcess.ts";
import { executable, isExecutable } from "./paths.ts";
import { engineVersion } from "./version.ts";

export interface Found {
  readonly command: string;
  /** As `pulumi version` says it, without the `v`. */
  readonly version: string;
}

/** What was found, or one sentence on why nothing was. */
export type Search = { found: Found } | { reason: string };

/**
 * Looks through PATH for `pulumi`, passing over the wrapper that the npm package `pulumi` puts into
 * `node_modules/.bin`, over `except` (our own cache), and over what is too old or comes without a language host for
 * Node. A version will do when it has our major version and is not older than ours.
 */
export async function findOnPath(
  env: Readonly<NodeJS.ProcessEnv>,
  except: string,
  signal: AbortSignal,
): Promise<Search> {
  const folders = (env.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  let reason = "there is none on PATH";
  for (const folder of folders) {
    const command = path.join(folder, executable("pulumi"));
    if (!isExecutable(command)) continue;
    const target = realpathSync(command);
    if (target === realPath(except) || target.split(path.sep).includes("node_modules")) continue;
    const version = await versionOf(command, env, signal);
    if (version === undefined) {
      reason = `${command} does not say its version`;
    } else if (!willDo(version)) {
      reason = `${command} is version ${version}`;
    } else if (!hasLanguageHost([folder, path.dirname(target), ...folders])) {
      reason = `${command} comes without pulumi-language-nodejs`;
    } else {
      return { found: { command, version } };
    }
  }
  return { reason };
}

/** Asks a `pulumi` for its version; undefined when it does not answer within ten seconds, or not with a version. */
export async function versionOf(
  command: string,
  env: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  try {
    const { stdout } = await runToEnd(command, ["version"], {
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      signal: bounded,
    });
    return /^v?(\d+\.\d+\.\d+\S*)\s*$/.exec(stdout)?.[1];
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** The same major version as ours, and not older. */
function willDo(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).map(Number);
  const [ourMajor = 0, ourMinor = 0, ourPatch = 0] = engineVersion.split(".").map(Number);
  if (major !== ourMajor) return false;
  return minor === ourMinor ? patch >= ourPatch : minor > ourMinor;
}

function hasLanguageHost(folders: readonly string[]): boolean {
  return folders.some((folder) => isExecutable(path.join(folder, executable("pulumi-language-nodejs"))));
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
