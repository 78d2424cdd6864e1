/** `auth0-m2m verify`: proves from outside that access is what the model says, and changes nothing. */

import { apiUrlDescription } from "../../checks/apiUrl.ts";
import { privateKeyOption } from "../../credentials/keyOption.ts";
import { requiredStackOption } from "../../session/stackOption.ts";
import { defineCommand } from "../../terminal/command.ts";

export const verify = defineCommand({
  command: "verify",
  describe: "Prove from outside that access is what the model says",
  examples: [
    ["$0 verify --stack local", "The tenant: tokens, claims, signatures, and who else holds a grant"],
    ["$0 verify --stack production --api-url https://api.exampleco.com", "A running API as well"],
    ["$0 verify --stack dev --private-key import-job.pem", "An application that signs its own assertions"],
  ],
  options: (yargs) =>
    yargs
      .option("stack", requiredStackOption)
      .option("api-url", {
        type: "string",
        requiresArg: true,
        describe: apiUrlDescription,
      })
      .option("private-key", privateKeyOption),
  run: async (options, context) => {
    const [{ gatherVerification }, { verifyStack }, { presentChecks }] = await Promise.all([
      import("./gather.ts"),
      import("../../checks/verifyStack.ts"),
      import("../../checks/format.ts"),
    ]);
    const verification = await gatherVerification(options, context);
    const checks = await verifyStack(verification);
    const { issuer, address } = verification;
    return presentChecks(
      checks,
      options.json ? { stack: options.stack, issuer, apiUrl: address?.url ?? null } : undefined,
      context,
    );
  },
});
