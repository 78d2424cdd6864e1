/** The engine's `auth0` plugin: whether it is there, and getting it where it is not. */
import { existsSync } from "node:fs";
import path from "node:path";
import type { Engine } from "../../engine/ensureEngine.ts";
import { pluginVersion } from "../../engine/version.ts";
import { ToolError } from "../../lib/errors.ts";
import { type EngineStack, pulumiError, type RunSurroundings, runPulumi } from "./pulumi.ts";

/** True where the engine does not have to look for the plugin elsewhere, or where a provider serves already. */
function hasPlugin(env: Readonly<NodeJS.ProcessEnv>, pulumiHome: string): boolean {
  if (/(^|,)auth0:\d+/.test(env.PULUMI_DEBUG_PROVIDERS ?? "")) return true;
  if (existsSync(path.join(pulumiHome, "plugins", `resource-auth0-v${pluginVersion}`))) return true;
  const folders = (env.PATH ?? "").split(path.delimiter).filter(Boolean);
  return folders.some((folder) => existsSync(path.join(folder, "pulumi-resource-auth0")));
}

/**
 * Lets the engine download the plugin where it is missing, as it would in the middle of an update.
 * @throws {ToolError} `plugin_unavailable`
 */
export async function ensurePlugin(
  { command, pulumiHome }: Pick<Engine, "command" | "pulumiHome">,
  { env, root }: Omit<EngineStack, "name">,
  surroundings: RunSurroundings,
): Promise<void> {
  if (hasPlugin(env, pulumiHome)) return;
  const args = ["plugin", "install", "resource", "auth0", pluginVersion, "--non-interactive"];
  const result = await runPulumi(command, args, {
    ...surroundings,
    cwd: root,
    env: { ...env, PULUMI_HOME: pulumiHome },
  });
  if (result.code === 0) return;
  throw new ToolError(
    "plugin_unavailable",
    `The engine's plugin auth0 ${pluginVersion} is not on this machine and cannot be downloaded.`,
    {
      hint: `Where the network is open: npx pulumi plugin install resource auth0 ${pluginVersion}`,
      cause: pulumiError(args, result),
    },
  );
}
