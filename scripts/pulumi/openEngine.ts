/** The engine for one stack, found or obtained first. */
import { ensureEngine } from "../../engine/ensureEngine.ts";
import { ensurePlugin } from "./plugin.ts";
import { createPulumi, type EngineStack, type Pulumi, type RunSurroundings } from "./pulumi.ts";

export interface EngineNeeds extends RunSurroundings {
  /** Whether tenant objects will be read or written, which takes the plugin. */
  readonly plugin: boolean;
  /** The environment that the engine runs in, once whatever it needs there has started. */
  readonly ready: () => Promise<Readonly<NodeJS.ProcessEnv>>;
}

/** @throws {ToolError} `engine_unavailable` with every way there is to one, or `plugin_unavailable` */
export async function openEngine(
  { name, root, env }: EngineStack,
  { report, signal, plugin, ready }: EngineNeeds,
): Promise<Pulumi> {
  const engine = await ensureEngine({ env, signal, report });
  const stack = { name, root, env: await ready() };
  if (plugin) await ensurePlugin(engine, stack, { report, signal });
  return createPulumi(engine, stack, { report, signal });
}
