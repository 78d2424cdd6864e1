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
    const [{ openApplicationRotation }, { rotateSecret }, { presentChecks }] = await Promise.all([
      import("../application.ts"),
      import("./rotation.ts"),
      import("../../../checks/format.ts"),
    ]);
    const rotation = await openApplicationRotation(options, context, "a client secret");
    const { checks, ...report } = await rotateSecret(rotation);
    return presentChecks(checks, options.json ? { ...report, out: rotation.out } : undefined, context);
  },
});
