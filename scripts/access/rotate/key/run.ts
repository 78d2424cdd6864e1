/** A key rotation from its options to its exit code. */
import path from "node:path";
import type { ExitCode } from "../../../../lib/errors.ts";
import { presentChecks } from "../../../checks/format.ts";
import type { CredentialsFormat } from "../../../credentials/credentialsOptions.ts";
import { credentialsTarget } from "../../../credentials/jobCredentials.ts";
import { defaultPrivateKeyFile } from "../../../credentials/privateKeyFiles.ts";
import { readCurrentOutputs, type Session } from "../../../session/session.ts";
import type { Context } from "../../../terminal/command.ts";
import { chooseApplication } from "../application.ts";
import { rotateKey } from "./rotation.ts";

export interface KeyOptions {
  readonly application?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly keepOld: boolean;
  readonly credentials: "none" | CredentialsFormat;
  readonly out?: string | undefined;
  readonly json: boolean;
}

export async function runKeyRotation(
  session: Session,
  options: KeyOptions,
  context: Context,
): Promise<ExitCode> {
  const { stack, model, report } = session;
  const target = await credentialsTarget(options, context.cwd);
  const outputs = await readCurrentOutputs(session);
  const rotated = chooseApplication(model, outputs, options.application, "a private key", target);
  const named = options.privateKey ?? context.env.M2M_PRIVATE_KEY_FILE;
  const privateKeyFile = named
    ? path.resolve(context.cwd, named)
    : defaultPrivateKeyFile(stack, rotated.application.key);
  const { keepOld } = options;
  const { checks, ...done } = await rotateKey(session, rotated, { privateKeyFile, keepOld });
  const document = options.json ? { ...done, out: target?.file ?? null } : undefined;
  const code = presentChecks(checks, document, context);
  report({ level: "info", code: "commit", message: `Commit ${done.changed} and the new public key.` });
  report({
    level: "info",
    code: done.removed === null ? "both_keys_valid" : "old_key_unused",
    message:
      done.removed === null
        ? "Both keys are valid. Once the job has the new one, run the same command without --keep-old."
        : `${done.removed} is no longer used by this stack.`,
  });
  return code;
}
