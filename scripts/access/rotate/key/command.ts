/** `auth0-m2m rotate key`: a new key pair for a private_key_jwt application, without a moment lacking a working one. */
import { credentialsOptions } from "../../../credentials/credentialsOptions.ts";
import { defineCommand } from "../../../terminal/command.ts";
import { applicationOptions } from "../applicationOptions.ts";

export const rotateKey = defineCommand({
  name: "key",
  describe: "Rotate the key pair of an application that signs its own assertions",
  examples: [
    [
      "$0 rotate key --stack production --private-key /etc/import-job/private-key.pem",
      "Replace the file from which the job reads its key",
    ],
    [
      "$0 rotate key --stack production --credentials kubernetes-secret --out secret.yaml",
      "Also write the job's credentials",
    ],
    [
      "$0 rotate key --stack production --keep-old",
      "Stop while both keys are valid; once the job has the new one, run it again without --keep-old",
    ],
  ],
  options: {
    ...applicationOptions,
    "private-key": {
      type: "string",
      value: "file",
      defaultText: "M2M_PRIVATE_KEY_FILE, else a file under .auth0-m2m",
      describe: "Replace this file, from which the job reads its private key, once the new key works",
    },
    "keep-old": {
      type: "boolean",
      describe: "Stop while both keys are valid; the next run removes the old one",
    },
    ...credentialsOptions,
  },
  run: async (options, context) => {
    const [{ openSession }, { runKeyRotation }] = await Promise.all([
      import("../../../session/session.ts"),
      import("./run.ts"),
    ]);
    return runKeyRotation(await openSession(options.stack, context), options, context);
  },
});
