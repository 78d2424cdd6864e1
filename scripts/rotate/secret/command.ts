/** `timesheets rotate secret`: a new secret for an application, in the tenant, the stack and the job's credentials. */
import { defineCommand } from "../../lib/command.ts";
import { exitCodes } from "../../lib/errors.ts";
import { painter, print, printJson, say } from "../../lib/output.ts";

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
      .option("credentials", {
        choices: ["env", "json", "kubernetes-secret", "none"] as const,
        default: "none" as const,
        describe: "Write the job's credentials in this format",
      })
      .option("out", { type: "string", requiresArg: true, describe: "File for the credentials, mode 0600" }),
  run: async (options, context) => {
    const [{ chooseApplication, openRotation }, { deliver, deliveryFile }, rotation, format] =
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
    const report = await rotation.rotateSecret({
      ...tools,
      chosen,
      deliver: (clientSecret) => deliver(tools, chosen, { clientSecret }, options.credentials, file),
    });
    const summary = format.summarize(report.checks);
    if (options.json) printJson(context, { ok: summary.failed === 0, ...report, out: file ?? null });
    else {
      for (const line of format.checkLines(report.checks, painter(context.stdout, context.env)))
        print(context, line);
      say(context, format.summaryLine(summary));
    }
    return summary.failed === 0 ? exitCodes.done : exitCodes.check;
  },
});
