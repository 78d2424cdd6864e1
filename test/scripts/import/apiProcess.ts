/** The Timesheets API as a process of its own, so that it can die in the middle of what it does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TimesheetsApiOptions } from "../../../timesheets/api/serve.ts";

export interface ApiProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export async function startApiProcess(options: TimesheetsApiOptions): Promise<ApiProcess> {
  const program = fileURLToPath(new URL("../../../timesheets/api/main.ts", import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.write(`${JSON.stringify(options)}\n`);
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    child.once("exit", (code) => reject(new Error(`The API ended with ${code} before it served.`)));
  });
  const { url } = JSON.parse(first) as { url: string };
  return {
    url,
    child,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
