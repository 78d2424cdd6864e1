/** `auth0-m2m bootstrap`: from a tenant and one management credential to access that is as the model says. */

import { credentialsOptions } from "../../credentials/credentialsOptions.ts";
import { privateKeyOption } from "../../credentials/keyOption.ts";
import { requiredStackOption } from "../../session/stackOption.ts";
import { defineCommand } from "../../terminal/command.ts";

export const bootstrap = defineCommand({
  command: "bootstrap",
  describe: "Bring a tenant to what the access model says, adopting what the Dashboard made",
  examples: [
    ["$0 bootstrap --stack local --yes", "The local tenant, without asking"],
    ["$0 bootstrap --stack production --dry-run", "Show what would be made, adopted, renamed and changed"],
    ["$0 bootstrap --stack dev --client-id import-job=<client id>", "Choose among applications of one name"],
    ["$0 bootstrap --stack dev --credentials env --out .env.job", "Write the job's credentials as well"],
    ["$0 bootstrap --stack dev --print-required-scopes", "What the management application must be granted"],
  ],
  options: (yargs) =>
    yargs
      .option("stack", requiredStackOption)
      .option("yes", { type: "boolean", default: false, describe: "Do not ask" })
      .option("dry-run", { type: "boolean", default: false, describe: "Show the plan and change nothing" })
      .option("adopt", {
        choices: ["auto", "require", "never"] as const,
        default: "auto" as const,
        describe: "Whether what exists is brought under management",
      })
      .option("client-id", {
        type: "string",
        array: true,
        requiresArg: true,
        default: [] as string[],
        describe: "The application to adopt: a client id, or <application>=<client id>",
      })
      .option("private-key", privateKeyOption)
      .options(credentialsOptions)
      .option("application", {
        type: "string",
        requiresArg: true,
        describe: "Whose credentials, where the model has several applications",
      })
      .option("print-required-scopes", {
        type: "boolean",
        default: false,
        describe: "Print the scopes that the management application needs, and end",
      }),
  run: async (options, context) => {
    if (options.printRequiredScopes) {
      const { printRequiredScopes } = await import("./printRequiredScopes.ts");
      return printRequiredScopes(options, context);
    }
    return (await import("./run.ts")).bootstrapStack(options, context);
  },
});
