/** `auth0-m2m teardown`: takes away what bootstrap made or adopted on a stack, unless the stack is protected. */
import { requiredStackOption } from "../../session/stackOption.ts";
import { defineCommand } from "../../terminal/command.ts";

export const teardown = defineCommand({
  command: "teardown",
  describe: "Delete everything that a stack manages; the inverse of bootstrap",
  examples: [
    ["$0 teardown --stack local --yes", "Empty the local stack without asking"],
    ["$0 teardown --stack dev --remove-stack", "Also forget the stack itself; its settings file stays"],
  ],
  options: (yargs) =>
    yargs
      .option("stack", requiredStackOption)
      .option("yes", { type: "boolean", default: false, describe: "Do not ask" })
      .option("remove-stack", {
        type: "boolean",
        default: false,
        describe: "Remove the empty stack as well",
      }),
  run: async (options, context) => (await import("./run.ts")).teardownStack(options, context),
});
