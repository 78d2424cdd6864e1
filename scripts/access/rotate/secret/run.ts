/** A rotation of a secret from its options to its exit code. */
import type { ExitCode } from "../../../../lib/errors.ts";
import { presentChecks } from "../../../checks/format.ts";
import type { CredentialsFormat } from "../../../credentials/credentialsOptions.ts";
import { credentialsTarget } from "../../../credentials/jobCredentials.ts";
import { readCurrentOutputs, type Session } from "../../../session/session.ts";
import type { Context } from "../../../terminal/command.ts";
import { chooseApplication } from "../application.ts";
import { rotateSecret } from "./rotation.ts";

export interface SecretOptions {
  readonly application?: string | undefined;
  readonly credentials: "none" | CredentialsFormat;
  readonly out?: string | undefined;
  readonly json: boolean;
}

export async function runSecretRotation(
  session: Session,
  options: SecretOptions,
  context: Context,
): Promise<ExitCode> {
  const target = await credentialsTarget(options, context.cwd);
  const outputs = await readCurrentOutputs(session);
  const rotated = chooseApplication(session.model, outputs, options.application, "a client secret", target);
  const { checks, ...report } = await rotateSecret(session, rotated);
  const document = options.json ? { ...report, out: target?.file ?? null } : undefined;
  return presentChecks(checks, document, context);
}
