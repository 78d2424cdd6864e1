/** `auth0-m2m bootstrap`: from a tenant and one management credential to access that is as the model says. */

import { credentialsOptions } from "../../credentials/credentialsOptions.ts";
import { privateKeyOption } from "../../credentials/keyOption.ts";
import { applicationKeys } from "../../session/candidates.ts";
import { requiredStackOption } from "../../session/stackOption.ts";
import { defineCommand } from "../../terminal/command.ts";

export const bootstrap = defineCommand({
  name: "bootstrap",
  describe: "Make a tenant match the access model; adopt what the Dashboard made",
  examples: [
    ["$0 bootstrap --stack local --yes", "Set up the local tenant without asking"],
    ["$0 bootstrap --stack production --dry-run", "Show what would be created, adopted, renamed and changed"],
    [
      "$0 bootstrap --stack dev --client-id import-job=<client id>",
      "Choose between applications that share a name",
    ],
    ["$0 bootstrap --stack dev --credentials env --out .env.job", "Also write the job's credentials"],
    [
      "$0 bootstrap --stack dev --print-required-scopes",
      "Print what the management application must be granted",
    ],
  ],
  options: {
    stack: requiredStackOption,
    yes: { type: "boolean", describe: "Do not ask" },
    "dry-run": { type: "boolean", describe: "Show the plan and change nothing" },
    "allow-delete": {
      type: "boolean",
      describe: "Also delete APIs and applications that the model no longer has",
    },
    adopt: {
      type: "string",
      choices: ["auto", "require", "never"],
      default: "auto",
      describe: "Bring what exists under management, or not",
    },
    "move-tenant": {
      type: "boolean",
      describe: "Move the stack from the tenant that its settings name to the one in AUTH0_DOMAIN",
    },
    "warnings-as-errors": { type: "boolean", describe: "Stop where a rule of the model only warns, too" },
    "client-id": {
      type: "string",
      value: "id",
      repeatable: true,
      describe: "Adopt this application: a client id, or <application>=<client id>",
    },
    "private-key": privateKeyOption,
    ...credentialsOptions,
    application: {
      type: "string",
      value: "key",
      candidates: applicationKeys,
      describe: "Write this application's credentials; needed where the model has several",
    },
    "print-required-scopes": {
      type: "boolean",
      describe: "Print the scopes that the management application needs, and end",
    },
  },
  run: async (options, context) => {
    if (options.printRequiredScopes) {
      const { printRequiredScopes } = await import("./printRequiredScopes.ts");
      return printRequiredScopes(options, context);
    }
    return (await import("./run.ts")).bootstrapStack(options, context);
  },
});
