/** `timesheets rotate secret`: a new secret for an application, in the tenant, the stack and the job's credentials. */
import { defineCommand } from "../../lib/command.ts";
import { deliveryOptions } from "../deliveryOptions.ts";

export const rotateSecret = defineCommand({
  command: "secret",
  describe: "Rotate an application's secret, and let the stack's outputs follow",
  examples: [
    [
      "$0 rotate secret --stack production --credentials kubernetes-secret --out secret.yaml",
      "And write what the job needs",
    ],
    ["$0 rotate secret --stack dev --application import-job", "Where the model has several applications"],
  ],
  options: (yargs) =>
    yargs
      .option("stack", { type: "string", demandOption: true, requiresArg: true, describe: "The stack" })
      .option("application", { type: "string", requiresArg: true, describe: "Its key in the access model" })
      .options(deliveryOptions),
  run: async (options, context) => {
    const [{ chooseApplication, openRotation }, { deliver, deliveryFile }, rotation, { presentChecks }] =
      await Promise.all([
        import("../tools.ts"),
        import("../deliver.ts"),
        import("./rotation.ts"),
        import("../../verify/format.ts"),
      ]);
    const file = deliveryFile(options, context);
    const tools = await openRotation(options.stack, context);
    const usesSecret = ({ authentication }: { authentication: string }) =>
      authentication !== "private_key_jwt";
    const chosen = chooseApplication(tools, options.application, usesSecret, "a client secret");
    const { checks, ...report } = await rotation.rotateSecret({
      ...tools,
      chosen,
      deliver: (clientSecret) => deliver(tools, chosen, { clientSecret }, options.credentials, file),
    });
    return presentChecks(checks, options.json ? { ...report, out: file ?? null } : undefined, context);
  },
});
