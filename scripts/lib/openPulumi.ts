/** The engine for one stack, obtained first where the machine has none. */
import { ensureEngine } from "../../local/engine/ensureEngine.ts";
import { createReport } from "../../local/engine/report.ts";
import type { Context } from "./command.ts";
import { createPulumi, type Pulumi } from "./pulumi.ts";
import type { Stack } from "./stack.ts";

/** @throws {ToolError} `engine_unavailable` naming the ways to get one. */
export async function openPulumi(stack: Stack, context: Pick<Context, "signal" | "stderr">): Promise<Pulumi> {
  const report = createReport(context.stderr);
  const engine = await ensureEngine({ env: stack.env, signal: context.signal, report });
  return createPulumi(engine.command, stack, engine.pulumiHome);
}
