/** The processes that are measured: the command line, what it is measured beside, and the local tenant that both use. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const repository = join(import.meta.dirname, "..");

/** To be started with `process.execPath`. */
export const cli = join(repository, "bin", "auth0-m2m.js");

export interface Timed {
  /** From the start of the process to its end. */
  readonly milliseconds: number;
  readonly stdout: string;
}

/** Runs one command in the repository, and throws what it said where it fails. */
export async function timed(
  command: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Timed> {
  const began = performance.now();
  const child = spawn(command, argv, { cwd: repository, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${command} ${argv.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return { milliseconds: performance.now() - began, stdout };
}

/** Ends a process as Ctrl-C would. */
export async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

export interface ServedTenant {
  readonly process: ChildProcess;
  /** What it says of itself. */
  readonly served: {
    readonly domain: string;
    readonly caFile: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly apis: Readonly<Record<string, string>>;
  };
  /** What the engine needs to work on it, its provider included. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Serves a local tenant on free ports until it is stopped, or the measurement ends.
 * @param env With M2M_LOCAL_DATA, the tenant's folder.
 */
export async function serveLocal(env: NodeJS.ProcessEnv, ...options: string[]): Promise<ServedTenant> {
  const argv = [cli, "local", "--port", "0", "--api-port", "0", "--json", ...options];
  const child = spawn(process.execPath, argv, {
    cwd: repository,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.once("exit", () => child.kill("SIGTERM"));
  const [line] = await once(createInterface(child.stdout), "line");
  const { stdout } = await timed(process.execPath, [cli, "local", "env", "--json"], env);
  return { process: child, served: JSON.parse(line), variables: JSON.parse(stdout) };
}
