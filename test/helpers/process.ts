/** Runs a command line as a process of its own, and finds what such a process leaves behind. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { repository } from "./commandLine.ts";
import { plainEnvironment } from "./environment.ts";

export interface ProcessResult {
  /** The exit code, or 128 plus the signal's number as a shell would say. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProcess {
  readonly ended: Promise<ProcessResult>;
  /** Resolves when stdout holds this text; rejects when the process ends without it. */
  says(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Command lines of processes that were started below it and still live; Linux alone. */
  leftovers(): string[];
}

/** Starts `auth0-m2m` in a fresh environment that only `env` adds to. */
export function startM2m(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningProcess {
  return start("auth0-m2m", argv, env);
}

/** Starts `timesheets-import` in such an environment. */
export function startImport(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningProcess {
  return start("timesheets-import", argv, env);
}

function start(
  program: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): RunningProcess {
  const mark = `LEFTOVER_MARK=${randomUUID()}`;
  const child = spawn(process.execPath, [path.join(repository, "bin", `${program}.js`), ...argv], {
    cwd: repository,
    env: {
      ...plainEnvironment(),
      NO_COLOR: "1",
      LEFTOVER_MARK: mark.slice(mark.indexOf("=") + 1),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<ProcessResult>((resolve) =>
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr })),
  );
  return {
    ended,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!stdout.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`It ended without saying "${text}":\n${stdout}${stderr}`)));
      }),
    kill: (signal) => void child.kill(signal),
    leftovers: () => processesWith(mark),
  };
}

function processesWith(mark: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark)) return [];
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()];
      } catch {
        // It ended while we looked, or belongs to somebody else.
        return [];
      }
    });
}
