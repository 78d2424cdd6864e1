/** Runs a command line in this process and returns what a shell would see. */
import { PassThrough, Writable } from "node:stream";
import { main as accessMain } from "../../scripts/access/main.ts";
import { main as importMain } from "../../scripts/import/main.ts";
import { plainEnvironment } from "./environment.ts";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandSurroundings {
  readonly cwd: string;
  /** Laid over an environment without any variable of Auth0, Pulumi or this product. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** The repository's root, where commands run by default. */
export const repository = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Runs `auth0-m2m <argv>`. */
export function m2m(argv: readonly string[], surroundings: Partial<CommandSurroundings> = {}) {
  return run(accessMain, argv, surroundings);
}

/** Runs `timesheets-import <argv>`. */
export function timesheetsImport(argv: readonly string[], surroundings: Partial<CommandSurroundings> = {}) {
  return run(importMain, argv, surroundings);
}

async function run(
  main: typeof accessMain,
  argv: readonly string[],
  { cwd = repository, env = {}, signal = new AbortController().signal }: Partial<CommandSurroundings>,
): Promise<CommandResult> {
  const stdout = new Collector();
  const stderr = new Collector();
  const stdin = new PassThrough();
  stdin.end();
  const code = await main(argv, {
    cwd,
    env: { ...plainEnvironment(), NO_COLOR: "1", ...env },
    stdin,
    stdout,
    stderr,
    signal,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Collector extends Writable {
  text = "";

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
