/** Which plugins a campaign can run on: the bundled provider always, the official plugin where it is in the cache. */
import { existsSync } from "node:fs";
import { officialPlugin } from "./officialPlugin.ts";

const hasOfficial = existsSync(officialPlugin);

export const providers: readonly ("bundled" | "official")[] = hasOfficial
  ? ["bundled", "official"]
  : ["bundled"];

if (!hasOfficial) console.warn(`${officialPlugin} is not there: bundled provider alone.`);
