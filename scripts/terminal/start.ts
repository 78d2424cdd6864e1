/** Connects a command line to this process: its arguments, streams, signals and exit code. */
import { type ExitCode, exitCodes } from "../../lib/errors.ts";
import type { Context } from "./command.ts";

/** Runs the command line of this process; a second Ctrl-C ends it at once. */
export async function runProcess(
  main: (argv: readonly string[], context: Context) => Promise<ExitCode>,
): Promise<void> {
  // Nothing that is made here, or by a program that is started here, may be changed by others.
  process.umask(process.umask() | 0o022);
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals) => {
    process.once(signal, () => process.exit(signal === "SIGINT" ? 130 : 143));
    // Without a reason of our own: what waits is to fail with an AbortError, as everybody expects.
    controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that closed the pipe (`| head`) has all it wanted.
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`Standard output cannot be written (${error.code}).\n`);
    process.exit(exitCodes.failure);
  });
  // A log on a full disk, or one that nobody reads any more, is no reason to stop halfway.
  process.stderr.on("error", () => {});
  process.exitCode = await main(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: controller.signal,
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, stop);
}
