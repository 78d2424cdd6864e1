/** `auth0-m2m engine`: makes sure that the Pulumi engine is there, and says where. */

import { exitCodes } from "../../../lib/errors.ts";
import { defineCommand } from "../../terminal/command.ts";
import { print, printJson } from "../../terminal/output.ts";
import { createReporter } from "../../terminal/reporter.ts";

export const engine = defineCommand({
  command: "engine",
  describe: "Find the Pulumi engine, or download or build it",
  examples: [
    ["$0 engine", "Print the path of a pulumi that will do; the first time this may take minutes"],
    [
      "$0 engine --json",
      "The same as {command, version, source}, source being path, cache, download or build",
    ],
  ],
  options: (yargs) => yargs,
  async run({ json }, context) {
    const { ensureEngine } = await import("../../../engine/ensureEngine.ts");
    const { env, signal } = context;
    const { command, version, source } = await ensureEngine({ env, signal, report: createReporter(context) });
    if (json) printJson(context, { command, version, source });
    else print(context, command);
    return exitCodes.done;
  },
});
