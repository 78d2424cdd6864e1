/** The environment in which a spawned `pulumi` finds its language host, its cache and a Node that runs TypeScript. */
import path from "node:path";
import type { Engine } from "./ensureEngine.ts";

/**
 * Variables to lay over `env` for a spawned engine.
 *
 * First on PATH comes the Node that runs now, since whichever `node` a language host finds there runs the program;
 * then the engine's folder, since a language host found earlier on PATH would be preferred over the engine's own.
 */
export function pulumiEnvironment(
  engine: Pick<Engine, "command" | "pulumiHome">,
  env: Readonly<NodeJS.ProcessEnv>,
): { PATH: string; PULUMI_HOME: string; PULUMI_SKIP_UPDATE_CHECK: "true" } {
  const folders = [path.dirname(process.execPath), path.dirname(engine.command), env.PATH ?? ""];
  return {
    PATH: folders.filter((folder) => folder !== "").join(path.delimiter),
    PULUMI_HOME: engine.pulumiHome,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}
