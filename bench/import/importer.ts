/** One `timesheets-import` as a process, with its memory watched. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ImportSummary } from "../../scripts/import/summary.ts";
import type { BenchApi, ImportTenant } from "./scenario.ts";

export interface Measured {
  readonly summary: ImportSummary;
  /** Resident memory, MB, once a second. */
  readonly memory: readonly number[];
}

const command = fileURLToPath(new URL("../../bin/timesheets-import.js", import.meta.url));

export async function importFile(
  tenant: ImportTenant,
  api: BenchApi,
  file: string,
  args: readonly string[],
): Promise<Measured> {
  const child = spawn(
    process.execPath,
    [command, file, "--json", "--credentials-file", api.credentialsFile, ...args],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: tenant.caFile }, stdio: ["ignore", "pipe", "ignore"] },
  );
  const memory: number[] = [];
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      memory.push(Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024));
    } catch {
      // It has ended, or this is no Linux.
    }
  }, 1000);
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`The import ended with ${code}: ${stdout}`);
  return { summary: JSON.parse(stdout) as ImportSummary, memory };
}
