/** `auth0-m2m local env`: the variables that lead a shell to the local tenant. */

import { exitCodes } from "../../../lib/errors.ts";
import { defineCommand } from "../../terminal/command.ts";
import { print, printJson } from "../../terminal/output.ts";

export const localEnv = defineCommand({
  command: "env",
  describe: "Print the variables that let plain pulumi commands use it",
  examples: [
    ['eval "$($0 local env)"', "Set them in this shell; then: npx pulumi up -s local"],
    ["$0 local env --json", "The same as one object"],
  ],
  options: (yargs) => yargs,
  run: async ({ json }, context) => {
    const { localShell, shellLines } = await import("./environment.ts");
    const variables = await localShell(context);
    if (json) printJson(context, variables);
    else print(context, shellLines(variables));
    return exitCodes.done;
  },
});
