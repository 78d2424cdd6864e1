/** `auth0-m2m teardown`: deletes what bootstrap created on a stack, unless the stack is protected. */
import { requiredStackOption } from "../../session/stackOption.ts";
import { defineCommand } from "../../terminal/command.ts";

export const teardown = defineCommand({
  name: "teardown",
  describe: "Delete everything that a stack manages; the inverse of bootstrap",
  examples: [
    ["$0 teardown --stack local --yes", "Empty the local stack without asking"],
    ["$0 teardown --stack dev --yes --adopted release", "Leave in the tenant what was adopted"],
    ["$0 teardown --stack dev --remove-stack", "Also remove the stack itself; keep its settings file"],
  ],
  options: {
    stack: requiredStackOption,
    yes: { type: "boolean", describe: "Do not ask" },
    adopted: {
      type: "string",
      choices: ["release", "delete"],
      describe: "Leave in the tenant, or delete, what existed before this tool managed it",
    },
    "remove-stack": { type: "boolean", describe: "Remove the empty stack as well" },
  },
  run: async (options, context) => (await import("./run.ts")).teardownStack(options, context),
});
