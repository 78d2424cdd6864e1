/** The engine for one stack, found or obtained first, with its progress told on stderr. */
import { ensureEngine } from "../../local/engine/ensureEngine.ts";
import { createReport } from "../../local/engine/report.ts";
import type { Context } from "./command.ts";
import { awaitProvider } from "./localRecord.ts";
import { createPulumi, type Pulumi } from "./pulumi.ts";
import { localEnvironment, type Stack } from "./stack.ts";

/** @throws {ToolError} `engine_unavailable` with every way there is to one. */
export async function openEngine(stack: Stack, context: Context): Promise<Pulumi> {
  const engine = await ensureEngine({
    env: stack.env,
    signal: context.signal,
    report: createReport(context.stderr),
  });
  return createPulumi(engine, await withProvider(stack, context.signal));
}

/** The stack once the bundled provider answers, where it is the one that serves. */
async function withProvider(stack: Stack, signal: AbortSignal): Promise<Stack> {
  if (!stack.local) return stack;
  const local = await awaitProvider(stack.local, signal);
  return { ...stack, local, env: { ...stack.env, ...localEnvironment(local) } };
}
