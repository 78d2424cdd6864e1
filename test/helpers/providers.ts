/** Which plugins a campaign can run on: the bundled provider always, the official plugin where it is in the cache. */
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pluginVersion } from "../../scripts/lib/plugin.ts";

const home = process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi");
const hasOfficial = existsSync(path.join(home, "plugins", `resource-auth0-v${pluginVersion}`));

export const providers: readonly ("bundled" | "official")[] = hasOfficial
  ? ["bundled", "official"]
  : ["bundled"];

if (!hasOfficial)
  console.warn(`The official plugin auth0 ${pluginVersion} is not in ${home}: bundled provider alone.`);
