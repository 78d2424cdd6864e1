/** `auth0-m2m engine`: finds the Pulumi engine or gets it, and prints its path. */

import { exitCodes } from "../../../lib/errors.ts";
import { defineCommand } from "../../terminal/command.ts";
import { print, printJson } from "../../terminal/output.ts";
import { createReporter } from "../../terminal/reporter.ts";

export const engine = defineCommand({
  name: "engine",
  describe: "Find the Pulumi engine, or download or build it",
  examples: [
    ["$0 engine", "Print the path of pulumi; the first time may take minutes"],
    ["$0 engine --json", "Print {command, version, source}; source is path, cache, download or build"],
  ],
  options: {
    build: {
      type: "boolean",
      describe: "Build it from its pinned Go modules, in the place of one that was downloaded",
    },
  },
  async run({ build, json }, context) {
    const { ensureEngine } = await import("../../../engine/ensureEngine.ts");
    const { env, signal } = context;
    const { command, version, source } = await ensureEngine({
      env,
      signal,
      report: createReporter(context),
      fromModules: build === true,
    });
    if (json) printJson(context, { command, version, source });
    else print(context, command);
    return exitCodes.done;
  },
});
