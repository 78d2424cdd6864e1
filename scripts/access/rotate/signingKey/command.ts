/** `auth0-m2m rotate signing-key`: the tenant's next key signs from now on; later, the previous one is revoked. */

import { apiUrlOption } from "../../../checks/apiUrl.ts";
import { privateKeyOption } from "../../../credentials/keyOption.ts";
import { requiredStackOption } from "../../../session/stackOption.ts";
import { defineCommand } from "../../../terminal/command.ts";

export const rotateSigningKey = defineCommand({
  name: "signing-key",
  describe: "Rotate the key that signs the tenant's tokens, or revoke the previous one",
  examples: [
    [
      "$0 rotate signing-key --stack production",
      "Make the next key the current one; older tokens stay valid",
    ],
    [
      "$0 rotate signing-key --stack production --api-url https://api.exampleco.com",
      "Also prove that the API accepts both without a redeploy",
    ],
    [
      "$0 rotate signing-key --stack production --revoke-previous",
      "A token lifetime later: revoke the previous key",
    ],
  ],
  options: {
    stack: requiredStackOption,
    "revoke-previous": {
      type: "boolean",
      describe: "Do not rotate; revoke the previous key once its last token has expired",
    },
    force: { type: "boolean", describe: "Do not wait for the previous key's last token" },
    "api-url": apiUrlOption,
    "private-key": privateKeyOption,
  },
  run: async (options, context) => {
    const [{ openSession }, { runSigningKeyRotation }] = await Promise.all([
      import("../../../session/session.ts"),
      import("./run.ts"),
    ]);
    return runSigningKeyRotation(await openSession(options.stack, context), options, context);
  },
});
