/** `auth0-m2m verify`: proves from outside that access is what the model says, and changes nothing. */

import { apiUrlOption } from "../../checks/apiUrl.ts";
import { privateKeyOption } from "../../credentials/keyOption.ts";
import { requiredStackOption } from "../../session/stackOption.ts";
import { defineCommand } from "../../terminal/command.ts";

export const verify = defineCommand({
  name: "verify",
  describe: "Prove from outside that access matches the model",
  examples: [
    ["$0 verify --stack local", "Check the tenant: tokens, claims, signatures, and who else holds a grant"],
    ["$0 verify --stack production --api-url https://api.exampleco.com", "Also check a running API"],
    [
      "$0 verify --stack dev --private-key import-job.pem",
      "Check an application that signs its own assertions",
    ],
  ],
  options: {
    stack: requiredStackOption,
    "api-url": apiUrlOption,
    "private-key": privateKeyOption,
    "foreign-apis": {
      type: "boolean",
      describe: "Also ask for tokens for APIs that are owned elsewhere, the Management API among them",
    },
  },
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
