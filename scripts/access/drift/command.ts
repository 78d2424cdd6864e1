/** `auth0-m2m drift`: what differs between the access model and the tenant, who changed it, and how to fix it. */

import { exitCodes } from "../../../lib/errors.ts";
import { stackOption } from "../../session/stackOption.ts";
import { defineCommand } from "../../terminal/command.ts";

export const drift = defineCommand({
  name: "drift",
  describe: "Find what differs between the access model and the tenant, and who changed it",
  examples: [
    ["$0 drift --stack production", "Compare; exit with 0 without a difference, with 7 otherwise"],
    [
      "$0 drift --stack production --fail-on weakened",
      "Exit with 7 only where security is weaker than the model says",
    ],
    [
      "$0 drift --stack dev --json --output markdown=drift.md",
      "Print JSON, and write a page for a pull request",
    ],
    [
      "$0 drift --all-stacks --credentials-file tenants.yaml",
      "Report on every stack that has a settings file",
    ],
    ["$0 drift --stack dev --fix", "Restore what was changed or deleted, after asking"],
  ],
  options: {
    stack: { ...stackOption, repeatable: true, describe: "Compare this stack" },
    "all-stacks": { type: "boolean", describe: "Compare every stack that has a Pulumi.<stack>.yaml" },
    "credentials-file": {
      type: "string",
      value: "file",
      describe:
        "Read each stack's domain, and its clientId and clientSecret or its apiToken, from YAML or JSON, mode 0600",
    },
    format: {
      type: "string",
      choices: ["text", "json", "markdown"],
      default: "text",
      describe: "Print the report in this format",
    },
    output: {
      type: "string",
      value: "format=file",
      repeatable: true,
      describe: "Also write the report to a file",
    },
    "fail-on": {
      type: "string",
      choices: ["any", "weakened", "never"],
      default: "any",
      describe: "End with exit code 7 for these differences",
    },
    blame: {
      type: "boolean",
      unset: true,
      defaultText: "where the credential may read the log",
      describe: "Name who made each change, from the tenant's log; --no-blame does not ask it",
    },
    "scan-applications": {
      type: "boolean",
      describe: "Also list every application, 100 per request, to find another one of the same name",
    },
    fix: {
      type: "boolean",
      describe: "Run pulumi up on what was changed or is missing; keep what is not managed",
    },
    yes: { type: "boolean", describe: "With --fix: do not ask" },
    engine: {
      type: "boolean",
      describe: "Add the results of Pulumi's own two checks, and where they disagree (takes seconds)",
    },
    "print-schema": { type: "boolean", describe: "Print the JSON Schema of the report, and end" },
  },
  conflicts: [["stack", "all-stacks"]],
  run: async (options, context) => {
    if (options.printSchema) {
      context.stdout.write((await import("./reportSchema.ts")).reportJsonSchema());
      return exitCodes.done;
    }
    return (await import("./run.ts")).runDrift(options, context);
  },
});
