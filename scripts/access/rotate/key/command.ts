/** `auth0-m2m rotate key`: a new key pair for a private_key_jwt application, without a moment lacking a working one. */
import path from "node:path";
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
    const [
      { openApplicationRotation },
      { openJournal },
      { noteSchema, rotateKey },
      keyFiles,
      { presentChecks },
    ] = await Promise.all([
      import("../application.ts"),
      import("../journal.ts"),
      import("./rotation.ts"),
      import("../../../credentials/privateKeyFiles.ts"),
      import("../../../checks/format.ts"),
    ]);
    const rotation = await openApplicationRotation(options, context, "a private key");
    const { key } = rotation.chosen.application;
    const named = options.privateKey ?? context.env.M2M_PRIVATE_KEY_FILE;
    const privateKeyFile = named
      ? path.resolve(context.cwd, named)
      : keyFiles.defaultPrivateKeyFile(rotation.stack, key);
    const { checks, ...report } = await rotateKey({
      ...rotation,
      privateKeyFile,
      keepOld: options.keepOld,
      journal: openJournal(rotation.stack, `rotate-key-${key}`, noteSchema),
    });
    const code = presentChecks(checks, options.json ? { ...report, out: rotation.out } : undefined, context);
    rotation.tell(`Commit ${report.changed} and the new public key.`);
    rotation.tell(
      report.removed === null
        ? "Both keys are valid. Once the job has the new one, run the same command without --keep-old."
        : `${report.removed} is no longer used by this stack.`,
    );
    return code;
  },
});
