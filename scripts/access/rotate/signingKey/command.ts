/** `auth0-m2m rotate signing-key`: the tenant's next key signs from now on; later, the previous one goes. */

import { apiUrlDescription } from "../../../checks/apiUrl.ts";
import { privateKeyOption } from "../../../credentials/keyOption.ts";
import { requiredStackOption } from "../../../session/stackOption.ts";
import { defineCommand } from "../../../terminal/command.ts";

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
      "And show that the API takes both without a redeploy",
    ],
    [
      "$0 rotate signing-key --stack production --revoke-previous",
      "A token lifetime later: the previous key goes",
    ],
  ],
  options: (yargs) =>
    yargs
      .option("stack", requiredStackOption)
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
        describe: apiUrlDescription,
      })
      .option("private-key", privateKeyOption),
  run: async (options, context) => {
    const [{ openSigningKeyRotation }, { rotateSigningKey }, { revokePreviousKey }, { presentChecks }] =
      await Promise.all([
        import("./open.ts"),
        import("./rotation.ts"),
        import("./revocation.ts"),
        import("../../../checks/format.ts"),
      ]);
    const rotation = await openSigningKeyRotation(options, context);
    const { checks, ...report } = await (options.revokePrevious ? revokePreviousKey : rotateSigningKey)(
      rotation,
    );
    const code = presentChecks(
      checks,
      options.json ? { stack: options.stack, ...report } : undefined,
      context,
    );
    if (report.revocableFrom !== null) {
      rotation.tell(
        `Tokens of the previous key stay good. From ${report.revocableFrom} on: rotate signing-key --revoke-previous.`,
      );
    }
    return code;
  },
});
