/** `timesheets rotate signing-key`: the tenant's next key signs from now on; later, the previous one goes. */
import { type Context, defineCommand } from "../../lib/command.ts";
import { exitCodes } from "../../lib/errors.ts";
import { painter, print, printJson, say } from "../../lib/output.ts";
import type { RotationReport, SigningKeyRotation } from "./rotation.ts";

export const rotateSigningKey = defineCommand({
  command: "signing-key",
  describe: "Rotate the key that signs the tenant's tokens, or revoke the previous one",
  examples: [
    [
      "$0 rotate signing-key --stack production",
      "The next key becomes the current one; older tokens stay good",
    ],
    [
      "$0 rotate signing-key --stack production --api-url https://api.exampleco.com",
      "And show that the Timesheets API takes both without a redeploy",
    ],
    [
      "$0 rotate signing-key --stack production --revoke-previous",
      "A token lifetime later: the previous key goes",
    ],
  ],
  options: (yargs) =>
    yargs
      .option("stack", { type: "string", demandOption: true, requiresArg: true, describe: "The stack" })
      .option("revoke-previous", {
        type: "boolean",
        default: false,
        describe: "Instead of rotating, revoke the previous key once its last token has expired",
      })
      .option("force", {
        type: "boolean",
        default: false,
        describe: "Do not wait for the previous key's last token",
      })
      .option("api-url", {
        type: "string",
        requiresArg: true,
        describe: "Address of the Timesheets API, to try tokens on",
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
    const [{ openSigningKeyRotation }, rotation] = await Promise.all([
      import("./open.ts"),
      import("./rotation.ts"),
    ]);
    const opened = await openSigningKeyRotation(options, context);
    const report = await (options.revokePrevious ? rotation.revokePreviousKey : rotation.rotateSigningKey)(
      opened,
    );
    return present(report, opened, options.json, context);
  },
});

async function present(
  report: RotationReport,
  { tell }: SigningKeyRotation,
  json: boolean,
  context: Context,
): Promise<0 | 4> {
  const { checkLines, summarize, summaryLine } = await import("../../verify/format.ts");
  const summary = summarize(report.checks);
  if (json) printJson(context, { ok: summary.failed === 0, ...report });
  else {
    for (const line of checkLines(report.checks, painter(context.stdout, context.env))) print(context, line);
    say(context, summaryLine(summary));
  }
  if (report.revocableFrom !== null) {
    tell(
      `Tokens of the previous key stay good. From ${report.revocableFrom} on: rotate signing-key --revoke-previous.`,
    );
  }
  return summary.failed === 0 ? exitCodes.done : exitCodes.check;
}
