/** Builds the official engine from its Go modules, as go.mod and go.sum pin them. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { clockTime } from "../lib/clockTime.ts";
import type { Report } from "../lib/report.ts";
import { runToEnd } from "./childProcess.ts";
import { buildEnvironment, findGo, lackOfSpace, moduleFolder } from "./go.ts";
import { type EnginePaths, executable } from "./paths.ts";
import { enginePackage, engineVersion } from "./version.ts";

export interface BuildOptions {
  /** An empty folder to work in, on the file system of the cache. */
  readonly staging: string;
  readonly paths: EnginePaths;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/**
 * Builds `pulumi`, in minutes when Go's caches are cold; an interrupted build continues from those caches.
 *
 * @returns the folder that holds it
 * @throws Error with one sentence on what prevented it, followed by Go's last words where it was Go
 */
export async function buildFromModules(options: BuildOptions): Promise<string> {
  const { staging, paths, signal, report } = options;
  if (process.platform === "win32") throw new Error("it does not work on Windows; use WSL");
  const toolchain = await findGo(staging, options.env, signal);
  const lack = await lackOfSpace(paths, toolchain);
  if (lack !== undefined) throw new Error(lack);

  const temporary = path.join(staging, "work");
  const output = path.join(staging, "built");
  await mkdir(temporary);
  await mkdir(output);
  const env = buildEnvironment(options.env, temporary);
  const clock = startClock(report, `Building Pulumi ${engineVersion} with Go ${toolchain.version}`);
  const go = async (args: readonly string[], onErrorLine: (line: string) => void) => {
    const { code, stdout, stderr } = await runToEnd("go", args, {
      cwd: moduleFolder(),
      env,
      signal,
      onErrorLine,
    });
    if (code !== 0) throw new Error(`\`go ${args[0]}\` failed\n${lastWords(stderr)}`);
    return stdout;
  };
  try {
    let downloaded = 0;
    clock.step("modules");
    const listed = await go(["list", "-deps", enginePackage], (line) => {
      if (line.startsWith("go: downloading ")) clock.step(`modules, ${++downloaded} downloaded`);
    });
    const total = listed.trimEnd().split("\n").length;
    let compiled = 0;
    clock.step("compiling");
    const command = path.join(output, executable("pulumi"));
    await go(["build", "-v", ...buildFlags, "-o", command, enginePackage], (line) => {
      if (line === enginePackage) clock.step("linking");
      else if (isPackage(line)) {
        compiled += 1;
        clock.step(`compiling, ${compiled} of ${total} packages`, { done: compiled, total });
      }
    });
  } finally {
    clock.stop();
  }
  return output;
}

/** Without the version, Pulumi's Automation API cannot make sense of the engine. */
const buildFlags = [
  "-trimpath",
  "-buildvcs=false",
  "-ldflags",
  `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${engineVersion}`,
];

/** With `-v`, Go writes the import path of every package that it compiles. */
function isPackage(line: string): boolean {
  return /^[\w.~/-]+$/.test(line);
}

function lastWords(stderr: readonly string[]): string {
  const words = stderr.filter((line) => !isPackage(line) && !line.startsWith("go: downloading "));
  return words.slice(-6).join("\n");
}

/** Reports the current step with the time that has passed, once a second even when a step is silent for long. */
function startClock(
  report: Report,
  what: string,
): { step(name: string, data?: { done: number; total: number }): void; stop(): void } {
  const start = Date.now();
  let step = "";
  let share: { done: number; total: number } | undefined;
  const tick = () => {
    const message = `${what}: ${step}, ${clockTime((Date.now() - start) / 1000)}`;
    report({ level: "progress", code: "engine_building", message, ...(share && { data: share }) });
  };
  const timer = setInterval(tick, 1_000);
  return {
    step: (name, data) => {
      step = name;
      share = data;
      tick();
    },
    stop: () => clearInterval(timer),
  };
}
