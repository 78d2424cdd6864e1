/** Where the official plugin is on a machine that has it. */
import { homedir } from "node:os";
import path from "node:path";
import { pluginVersion } from "../../engine/version.ts";

/** The plugin's folder in the cache of the engine. */
export const officialPlugin = path.join(
  process.env.PULUMI_HOME ?? path.join(homedir(), ".pulumi"),
  "plugins",
  `resource-auth0-v${pluginVersion}`,
);
