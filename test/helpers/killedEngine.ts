/** Starts `pulumi up` on a local stack and kills it at a point of its own progress. */
import { spawn } from "node:child_process";
import { repository } from "./commandLine.ts";
import type { LocalStack } from "./localStack.ts";

/**
 * Kills the engine (SIGKILL) as soon as what it has printed satisfies `when`.
 * @returns what it had printed by then
 */
export function killEngine(local: LocalStack, when: (output: string) => boolean): Promise<string> {
  const { command, env } = local.engine;
  const args = ["up", "--yes", "--skip-preview", "--stack", "local", "--non-interactive"];
  const child = spawn(command, args, {
    cwd: repository,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  const listen = (text: string) => {
    output += text;
    // The program it started dies with it, as where a machine loses its power.
    if (child.pid !== undefined && when(output)) process.kill(-child.pid, "SIGKILL");
  };
  child.stdout.setEncoding("utf8").on("data", listen);
  child.stderr.setEncoding("utf8").on("data", listen);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (signal === "SIGKILL") resolve(output);
      else reject(new Error(`pulumi up ended with exit code ${code} before it was killed:\n${output}`));
    });
  });
}

/** How often the engine has said that it begins or has made a resource. */
export function progressOf(output: string): number {
  return output.match(/(creating|created) \(/g)?.length ?? 0;
}
