/** `auth0-m2m demo`: the whole path on this machine alone, step by step. */

import { exitCodes } from "../../../lib/errors.ts";
import { defineCommand } from "../../terminal/command.ts";
import { printJson } from "../../terminal/output.ts";

export const demo = defineCommand({
  name: "demo",
  describe: "Run everything once on this machine: tenant, bootstrap, import, drift",
  examples: [
    ["$0 demo", "Show it step by step; needs no account and leaves nothing behind"],
    ["$0 demo --json", "Print the results as one JSON document"],
  ],
  options: {
    provider: {
      type: "string",
      choices: ["bundled", "official"],
      default: "bundled",
      describe: "Use this plugin behind Pulumi's auth0 resources",
    },
  },
  run: async ({ json, provider }, context) => {
    const { runDemo } = await import("./demo.ts");
    const result = await runDemo(context, { provider, narration: json ? context.stderr : context.stdout });
    if (json) printJson(context, result);
    return exitCodes.done;
  },
});
