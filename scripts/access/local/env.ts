/** `auth0-m2m local env`: the variables that point a shell at the local tenant. */

import { exitCodes } from "../../../lib/errors.ts";
import { defineCommand } from "../../terminal/command.ts";
import { printJson, printRaw } from "../../terminal/output.ts";

export const localEnv = defineCommand({
  name: "env",
  describe: "Print the variables that let plain pulumi commands use it",
  examples: [
    ['eval "$($0 local env)"', "Set them in this shell; then: npx pulumi up -s local"],
    ["$0 local env --json", "Print them as one JSON object"],
  ],
  run: async ({ json }, context) => {
    const { localShell, shellLines } = await import("./environment.ts");
    const variables = await localShell(context);
    if (json) printJson(context, variables);
    else printRaw(context, `${shellLines(variables)}\n`);
    return exitCodes.done;
  },
});
