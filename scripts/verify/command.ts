/** `timesheets verify`: proves from outside that access is what the model says, and changes nothing. */
import { defineCommand } from "../lib/command.ts";
import { exitCodes } from "../lib/errors.ts";
import { painter, print, printJson, say } from "../lib/output.ts";

export const verify = defineCommand({
  command: "verify",
  describe: "Prove from outside that access is what the model says",
  examples: [
    ["$0 verify --stack local", "The tenant: tokens, claims, signatures, and who else holds a grant"],
    ["$0 verify --stack production --api-url https://api.exampleco.com", "The Timesheets API as well"],
    ["$0 verify --stack dev --private-key import-job.pem", "An application that signs its own assertions"],
  ],
  options: (yargs) =>
    yargs
      .option("stack", { type: "string", demandOption: true, requiresArg: true, describe: "The stack" })
      .option("api-url", {
        type: "string",
        requiresArg: true,
        describe: "Address of the Timesheets API, to check it too",
      })
      .option("private-key", {
        type: "string",
        array: true,
        requiresArg: true,
        default: [] as string[],
        defaultDescription: "TIMESHEETS_PRIVATE_KEY_FILE",
        describe: "Private key of a private_key_jwt application: a PEM file, or <application>=<file>",
      }),
  run: async (options, context) => {
    const [{ gatherVerification }, { verifyStack }, format] = await Promise.all([
      import("./gather.ts"),
      import("./checks.ts"),
      import("./format.ts"),
    ]);
    const verification = await gatherVerification(options, context);
    const checks = await verifyStack(verification);
    const summary = format.summarize(checks);
    if (options.json) {
      const { issuer, apiUrl = null } = verification;
      printJson(context, {
        stack: options.stack,
        issuer,
        apiUrl,
        ok: summary.failed === 0,
        ...summary,
        checks,
      });
    } else {
      const paint = painter(context.stdout, context.env);
      for (const line of format.checkLines(checks, paint)) print(context, line);
      say(context, format.summaryLine(summary));
    }
    return summary.failed === 0 ? exitCodes.done : exitCodes.check;
  },
});
