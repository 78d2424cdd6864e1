/** `timesheets rotate secret`: a new secret for an application, in the tenant, the stack and the job's credentials. */
import { defineCommand } from "../../lib/command.ts";
import { credentialsOptions } from "../../lib/credentialsOptions.ts";

export const rotateSecret = defineCommand({
  command: "secret",
  describe: "Rotate an application's secret, and let the stack's outputs follow",
  examples: [
    [
      "$0 rotate secret --stack production --credentials kubernetes-secret --out secret.yaml",
      "Also write what the job needs",
    ],
    ["$0 rotate secret --stack dev --application import-job", "Where the model has several applications"],
  ],
  options: (yargs) =>
    yargs
      .option("stack", { type: "string", demandOption: true, requiresArg: true, describe: "The stack" })
      .option("application", {
        type: "string",
        requiresArg: true,
        describe: "The application, by its key in the access model; needed where several could be meant",
      })
      .options(credentialsOptions),
  run: async (options, context) => {
    const [
      { chooseApplication, openDelivery, openRotation },
      { credentialsTarget },
      rotation,
      { presentChecks },
    ] = await Promise.all([
      import("../tools.ts"),
      import("../../lib/jobCredentials.ts"),
      import("./rotation.ts"),
      import("../../lib/checks/format.ts"),
    ]);
    const target = credentialsTarget(options, context.cwd);
    const tools = await openRotation(options.stack, context);
    const usesSecret = ({ authentication }: { authentication: string }) =>
      authentication !== "private_key_jwt";
    const chosen = chooseApplication(tools, options.application, usesSecret, "a client secret");
    const deliver = openDelivery(target, tools, chosen);
    const { checks, ...report } = await rotation.rotateSecret({
      ...tools,
      chosen,
      deliver: (clientSecret) => deliver({ clientSecret }),
    });
    return presentChecks(
      checks,
      options.json ? { ...report, out: target?.file ?? null } : undefined,
      context,
    );
  },
});
