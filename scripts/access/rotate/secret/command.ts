/** `auth0-m2m rotate secret`: a new secret for an application, in the tenant, the stack and the job's credentials. */

import { credentialsOptions } from "../../../credentials/credentialsOptions.ts";
import { defineCommand } from "../../../terminal/command.ts";
import { applicationOptions } from "../applicationOptions.ts";

export const rotateSecret = defineCommand({
  name: "secret",
  describe: "Rotate an application's secret, and update the stack's outputs",
  examples: [
    [
      "$0 rotate secret --stack production --credentials kubernetes-secret --out secret.yaml",
      "Also write the job's credentials",
    ],
    ["$0 rotate secret --stack dev --application import-job", "Choose one of several applications"],
  ],
  options: { ...applicationOptions, ...credentialsOptions },
  run: async (options, context) => {
    const [{ openSession }, { runSecretRotation }] = await Promise.all([
      import("../../../session/session.ts"),
      import("./run.ts"),
    ]);
    return runSecretRotation(await openSession(options.stack, context), options, context);
  },
});
