/** `auth0-m2m drift`: what differs between the access model and the tenant, who did it, and how to mend it. */

import { exitCodes } from "../../../lib/errors.ts";
import { defineCommand } from "../../terminal/command.ts";

export const drift = defineCommand({
  command: "drift",
  describe: "Find what differs between the access model and the tenant, and who changed it",
  examples: [
    ["$0 drift --stack production", "Compare; exit 0 without a difference, 7 with one"],
    [
      "$0 drift --stack production --fail-on weakened",
      "Exit 7 only where security is lower than the model says",
    ],
    [
      "$0 drift --stack dev --json --output markdown=drift.md",
      "JSON on stdout, and a page for a pull request",
    ],
    [
      "$0 drift --all-stacks --credentials-file tenants.yaml",
      "Every stack that has a settings file, in one report",
    ],
    ["$0 drift --stack dev --fix", "Write back what was changed or lost, after asking"],
  ],
  options: (yargs) =>
    yargs
      .option("stack", {
        type: "string",
        array: true,
        requiresArg: true,
        default: [] as string[],
        describe: "The stack; several may be given",
      })
      .option("all-stacks", {
        type: "boolean",
        default: false,
        describe: "Every stack that has a Pulumi.<stack>.yaml",
      })
      .option("credentials-file", {
        type: "string",
        requiresArg: true,
        describe: "YAML or JSON, mode 0600: each stack's domain with clientId and clientSecret, or apiToken",
      })
      .option("format", {
        choices: ["text", "json", "markdown"] as const,
        default: "text" as const,
        describe: "What to print",
      })
      .option("output", {
        type: "string",
        array: true,
        requiresArg: true,
        default: [] as string[],
        describe: "FORMAT=FILE: write the report to a file as well; may be repeated",
      })
      .option("fail-on", {
        choices: ["any", "weakened", "never"] as const,
        default: "any" as const,
        describe: "Which differences end with exit code 7",
      })
      .option("blame", {
        type: "boolean",
        describe:
          "Name who made each change, from the tenant log [default: where the credential may read it]",
      })
      .option("scan-applications", {
        type: "boolean",
        default: false,
        describe: "Also list every application, a request a hundred, to find a second one of the same name",
      })
      .option("fix", {
        type: "boolean",
        default: false,
        describe: "Run pulumi up on what was changed or is missing; nothing unmanaged is taken away",
      })
      .option("yes", { type: "boolean", default: false, describe: "With --fix: do not ask" })
      .option("engine", {
        type: "boolean",
        default: false,
        describe: "Add what Pulumi's own two checks say, and where they disagree (takes seconds)",
      })
      .option("print-schema", {
        type: "boolean",
        default: false,
        describe: "Print the JSON Schema of the report, and end",
      }),
  run: async (options, context) => {
    if (options.printSchema) {
      context.stdout.write((await import("./report.ts")).reportJsonSchema());
      return exitCodes.done;
    }
    return (await import("./run.ts")).runDrift(options, context);
  },
});
