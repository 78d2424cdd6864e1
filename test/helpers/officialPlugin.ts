/** Where the official plugin is on a machine that has it. */
import path from "node:path";
import { enginePaths } from "../../engine/paths.ts";
import { pluginVersion } from "../../engine/version.ts";
import { plainEnvironment } from "./environment.ts";

/** The plugin's folder, in the home of the engine that tests run. */
export const officialPlugin = path.join(
  enginePaths(plainEnvironment()).pulumiHome,
  "plugins",
  `resource-auth0-v${pluginVersion}`,
);
