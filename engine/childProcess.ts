/** Runs a child process to its end, line by line, and takes its children along when it is cut short. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface RunOptions {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** Hears every line that the child writes to stderr. */
  readonly onErrorLine?: (line: string) => void;
}

export interface Finished {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  /** The last 40 lines of stderr. */
  readonly stderr: readonly string[];
}

/**
 * Resolves when the child has ended, whatever its exit code.
 *
 * The child leads a process group of its own; when `signal` aborts, the whole group is stopped first, so that
 * compilers started by a compiler driver do not outlive it.
 *
 * @throws the signal's reason when it aborted; the spawn error (ENOENT, EACCES) when it could not start
 */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Finished> {
  const { signal } = options;
  signal.throwIfAborted();
  const child = spawn(command, args, {
    env: options.env,
    cwd: options.cwd,
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stopGroup = () => killGroup(child);
  signal.addEventListener("abort", stopGroup, { once: true });
  try {
    const stderr: string[] = [];
    const [code, stdout] = await Promise.all([
      exitCode(child),
      text(child.stdout),
      eachLine(child.stderr, (line) => {
        stderr.push(line);
        if (stderr.length > 40) stderr.shift();
        options.onErrorLine?.(line);
      }),
    ]);
    signal.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    signal.removeEventListener("abort", stopGroup);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

async function text(stream: Readable): Promise<string> {
  let all = "";
  for await (const chunk of stream.setEncoding("utf8")) all += chunk;
  return all;
}

async function eachLine(stream: Readable, hear: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) hear(line);
}
