/** `auth0-m2m release`: takes an API or application out of management and leaves it in the tenant. */
import { requiredStackOption } from "../../session/stackOption.ts";
import { defineCommand } from "../../terminal/command.ts";

export const release = defineCommand({
  name: "release",
  describe: "Stop managing an API or application; leave it in the tenant",
  examples: [
    ["$0 release import-job --stack dev", "Leave the application and its grants to others"],
    ["$0 release apis.timesheets --stack dev --dry-run", "Show what would no longer be managed"],
  ],
  positionals: {
    key: {
      type: "string",
      required: true,
      describe: "Its key, or apis.<key> or applications.<key> where both have that key",
    },
  },
  options: {
    stack: requiredStackOption,
    yes: { type: "boolean", describe: "Do not ask" },
    "dry-run": { type: "boolean", describe: "Show what would be released and change nothing" },
  },
  run: async (options, context) => (await import("./run.ts")).releaseObject(options, context),
});
