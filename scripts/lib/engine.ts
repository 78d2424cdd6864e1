/** The engine for one stack, found or obtained first, with its progress told on stderr. */
import { ensureEngine } from "../../local/engine/ensureEngine.ts";
import { createReport } from "../../local/engine/report.ts";
import type { Context } from "./command.ts";
import { createPulumi, type Pulumi } from "./pulumi.ts";
import type { Stack } from "./stack.ts";

/** @throws {ToolError} `engine_unavailable` with every way there is to one. */
export async function openEngine(stack: Stack, context: Context): Promise<Pulumi> {
  const engine = await ensureEngine({
    env: stack.env,
    signal: context.signal,
    report: createReport(context.stderr),
  });
  return createPulumi(engine.command, stack, engine.pulumiHome);
}
