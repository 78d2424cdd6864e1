/** The engine for one stack, found or obtained first, with its progress told on stderr. */
import { ensureEngine } from "../../engine/ensureEngine.ts";
import { awaitProvider } from "../session/localRecord.ts";
import { localEnvironment, type Stack } from "../session/stack.ts";
import type { Context } from "../terminal/command.ts";
import { createReporter } from "../terminal/reporter.ts";
import { ensurePlugin } from "./plugin.ts";
import { createPulumi, type Pulumi } from "./pulumi.ts";

export interface EngineNeeds {
  /** Whether tenant objects will be read or written, which takes the plugin. @default false */
  readonly plugin?: boolean;
}

/** @throws {ToolError} `engine_unavailable` with every way there is to one, or `plugin_unavailable`. */
export async function openEngine(
  stack: Stack,
  context: Context,
  { plugin = false }: EngineNeeds = {},
): Promise<Pulumi> {
  const engine = await ensureEngine({
    env: stack.env,
    signal: context.signal,
    report: createReporter(context),
  });
  const ready = await withProvider(stack, context.signal);
  if (plugin) {
    const onOutput = (text: string) => context.stderr.write(text);
    await ensurePlugin(engine, ready, { signal: context.signal, onOutput });
  }
  return createPulumi(engine, ready);
}

/** The stack once the bundled provider answers, where it is the one that serves. */
async function withProvider(stack: Stack, signal: AbortSignal): Promise<Stack> {
  if (!stack.local) return stack;
  const local = await awaitProvider(stack.local, signal);
  return { ...stack, local, env: { ...stack.env, ...localEnvironment(local) } };
}
