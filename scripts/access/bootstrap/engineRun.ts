/** The engine's part of a bootstrap: its imports, its updates, and what a killed run left in its way. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pluginVersion } from "../../../engine/version.ts";
import { ToolError } from "../../../lib/errors.ts";
import type { EngineState } from "../../pulumi/engineState.ts";
import { type Pulumi, pulumiError } from "../../pulumi/pulumi.ts";
import { importFile } from "./importFile.ts";
import type { Step } from "./plan.ts";

export interface EngineTools {
  readonly pulumi: Pulumi;
  readonly signal: AbortSignal;
  /** The engine's own output, as it comes. */
  readonly onEngineOutput: (text: string) => void;
}

/**
 * Runs one command that changes the stack. A lock is not waited for here: whoever held it has changed what the plan was
 * made from.
 * @throws {StackLocked} `stack_locked`. @throws {ToolError} with the engine's own words
 */
async function runEngine({ pulumi }: EngineTools, args: readonly string[]): Promise<string> {
  const result = await pulumi.run(args, { shown: true });
  if (result.code === 0) return result.stdout;
  throw withHint(pulumiError(args, result), result.stdout + result.stderr);
}

function withHint(error: ToolError, output: string): ToolError {
  if (error.hint !== undefined) return error;
  const protectedOne = /cannot be deleted because it is protected|marked for protection/i.test(output);
  const hint = protectedOne
    ? "It is protected. To delete it on purpose: npx pulumi state unprotect '<its URN>', and run this again."
    : "Run it again once the cause is gone: it looks at the tenant anew and goes on from there.";
  return new ToolError(error.code, error.message, { exitCode: error.exitCode, hint, cause: error });
}

/** Forgets creations that were cut short, and objects that are gone; what was made after all is adopted next. */
export function refresh(tools: EngineTools): Promise<string> {
  return runEngine(tools, ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]);
}

/** Takes an object out of the state and leaves it in the tenant, to be adopted anew. */
export function forget(tools: EngineTools, urn: string): Promise<string> {
  return runEngine(tools, ["state", "delete", urn, "--yes"]);
}

/** Brings what the steps adopt under management. */
export async function importSteps(
  tools: EngineTools,
  steps: readonly Step[],
  state: EngineState,
): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "timesheets-import-"));
  try {
    const file = path.join(folder, "import.json");
    await writeFile(file, JSON.stringify(importFile(steps, state.urns, pluginVersion)), { mode: 0o600 });
    const flags = ["--generate-code=false", "--protect=false", "--skip-preview", "--yes"];
    await runEngine(tools, ["import", "--file", file, ...flags]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes the tenant as the program says; returns whether that took any change. */
export async function update(tools: EngineTools, { refresh }: { refresh: boolean }): Promise<boolean> {
  const output = await runEngine(tools, ["up", "--yes", "--skip-preview", ...(refresh ? ["--refresh"] : [])]);
  const summary = output.slice(output.lastIndexOf("Resources:"));
  return !/^\s+\d+ unchanged/m.test(summary) || /^\s+[+~-]/m.test(summary);
}
