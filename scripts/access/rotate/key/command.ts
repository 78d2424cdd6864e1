/** `auth0-m2m rotate key`: a new key pair for a private_key_jwt application, without a moment lacking a working one. */
import path from "node:path";
import { credentialsOptions } from "../../../credentials/credentialsOptions.ts";
import { defineCommand } from "../../../terminal/command.ts";
import { applicationOptions } from "../applicationOptions.ts";

export const rotateKey = defineCommand({
  command: "key",
  describe: "Rotate the key pair of an application that signs its own assertions",
  examples: [
    [
      "$0 rotate key --stack production --private-key /etc/timesheets/import-job.pem",
      "The job reads the new key from the same file",
    ],
    [
      "$0 rotate key --stack production --credentials kubernetes-secret --out secret.yaml",
      "Also write what the job needs",
    ],
    [
      "$0 rotate key --stack production --keep-old",
      "Stop while both keys are valid, until the job has the new one; then run it again without",
    ],
  ],
  options: (yargs) =>
    yargs
      .options(applicationOptions)
      .option("private-key", {
        type: "string",
        requiresArg: true,
        defaultDescription: "M2M_PRIVATE_KEY_FILE, else a file under .auth0-m2m",
        describe: "Where the job reads its private key; replaced once the new one works",
      })
      .option("keep-old", {
        type: "boolean",
        default: false,
        describe: "Stop while both keys are valid; the next run takes the old one out",
      })
      .options(credentialsOptions),
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
