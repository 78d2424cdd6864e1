/** The Go toolchain on this machine: whether it can build the engine, and in which environment. */
import { existsSync, readFileSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import path from "node:path";
import { errorCode } from "../lib/errors.ts";
import { runToEnd } from "./childProcess.ts";
import type { EnginePaths } from "./paths.ts";
import { engineVersion } from "./version.ts";

export interface GoToolchain {
  /** E.g. `1.26.8`. */
  readonly version: string;
  readonly moduleCache: string;
  readonly buildCache: string;
}

/** The folder that holds go.mod and go.sum, from the sources as well as from `dist/`. */
export function moduleFolder(): string {
  let folder = import.meta.dirname;
  for (;;) {
    const candidate = path.join(folder, "engine");
    if (existsSync(path.join(candidate, "go.mod"))) return candidate;
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error("go.mod of the engine is missing from this checkout");
    folder = parent;
  }
}

/** The least Go version that go.mod asks for, e.g. `1.25.11`. */
export function requiredGo(): string {
  const found = /^go (\S+)$/m.exec(readFileSync(path.join(moduleFolder(), "go.mod"), "utf8"));
  if (found?.[1] === undefined) throw new Error("go.mod names no Go version");
  return found[1];
}

/**
 * Asks `go` about itself, outside of any module so that it answers for the one that is installed.
 *
 * @param folder any folder outside of a Go module
 * @throws Error with one sentence when Go is missing, or too old and forbidden (GOTOOLCHAIN) to fetch a newer one
 */
export async function findGo(
  folder: string,
  env: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
): Promise<GoToolchain> {
  const names = ["GOVERSION", "GOTOOLCHAIN", "GOMODCACHE", "GOCACHE"] as const;
  let answer: Record<(typeof names)[number], string>;
  try {
    const { code, stdout, stderr } = await runToEnd("go", ["env", "-json", ...names], {
      cwd: folder,
      env: { ...env, GOWORK: "off" },
      signal,
    });
    if (code !== 0) throw new Error(`\`go env\` fails: ${stderr.join(" ")}`);
    answer = JSON.parse(stdout);
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw new Error("Go is not on PATH");
    throw error;
  }
  const version = answer.GOVERSION.replace(/^go/, "");
  const fetchesNewer = isNewEnough(version, "1.21") && !/^(local|path)$/.test(answer.GOTOOLCHAIN);
  if (!isNewEnough(version, requiredGo()) && !fetchesNewer) throw new Error(`Go ${version} is too old`);
  return { version, moduleCache: answer.GOMODCACHE, buildCache: answer.GOCACHE };
}

function isNewEnough(version: string, least: string): boolean {
  const [major = 0, minor = 0, patch = 0] = numbers(version);
  const [leastMajor = 0, leastMinor = 0, leastPatch = 0] = numbers(least);
  if (major !== leastMajor) return major > leastMajor;
  return minor === leastMinor ? patch >= leastPatch : minor > leastMinor;
}

function numbers(version: string): number[] {
  return version.split(/[^\d]+/).map(Number);
}

/**
 * The environment of the build: what could bend it (flags, a workspace, a target platform, cgo) is set to what the
 * official releases use; what says where modules come from (GOPROXY, GOPRIVATE, GONOSUMDB) stays the user's.
 *
 * @param temporary where Go keeps its work, so that an interrupted build leaves none in the system's folder
 */
export function buildEnvironment(env: Readonly<NodeJS.ProcessEnv>, temporary: string): NodeJS.ProcessEnv {
  const systems: Partial<Record<NodeJS.Platform, string>> = { linux: "linux", darwin: "darwin" };
  const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64", arm64: "arm64" };
  return {
    ...env,
    // An empty GOFLAGS would bring back those of `go env -w`.
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    GO111MODULE: "on",
    CGO_ENABLED: "0",
    GOOS: systems[process.platform],
    GOARCH: architectures[process.arch],
    GOTMPDIR: temporary,
  };
}

const gigabyte = 1_000_000_000;

/**
 * Says which file system has too little space for the build, roughly; undefined when there is enough.
 *
 * Modules take about 1.5 GB (less when they are there already), Go's build cache 1.6 GB, the rest 0.5 GB.
 */
export async function lackOfSpace(paths: EnginePaths, go: GoToolchain): Promise<string | undefined> {
  const modules = path.join(go.moduleCache, "github.com/pulumi/pulumi/pkg", `v3@v${engineVersion}`);
  const needs: [folder: string, bytes: number][] = [
    [go.moduleCache, existsSync(modules) ? 0 : 1.5 * gigabyte],
    [go.buildCache, 1.6 * gigabyte],
    [paths.versions, 0.5 * gigabyte],
  ];
  const perDevice = new Map<number, { folder: string; needed: number }>();
  for (const [wanted, bytes] of needs) {
    const folder = nearestExisting(wanted);
    const { dev } = await stat(folder);
    perDevice.set(dev, { folder, needed: (perDevice.get(dev)?.needed ?? 0) + bytes });
  }
  for (const { folder, needed } of perDevice.values()) {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free < needed) {
      return `${inGigabytes(free)} GB are free at ${folder}, and the build takes about ${inGigabytes(needed)} GB`;
    }
  }
  return undefined;
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(path.dirname(folder));
}

function inGigabytes(bytes: number): string {
  return (bytes / gigabyte).toFixed(1);
}
