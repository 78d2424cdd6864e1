/** `--credentials FORMAT --out FILE`: where a job's new credentials go. */
import path from "node:path";
import type { Context } from "../lib/command.ts";
import { type CredentialsFormat, type WrittenCredentials, writeCredentials } from "../lib/credentialsFile.ts";
import { usageError } from "../lib/errors.ts";
import type { ChosenApplication, RotationTools } from "./tools.ts";

export interface DeliveryOptions {
  readonly credentials: CredentialsFormat | "none";
  readonly out?: string | undefined;
}

/** The absolute path to write to, or undefined for none. @throws {ToolError} exit 2 */
export function deliveryFile(
  { credentials, out }: DeliveryOptions,
  { cwd }: Pick<Context, "cwd">,
): string | undefined {
  if (credentials === "none" && out === undefined) return undefined;
  if (credentials === "none")
    throw usageError(
      "--out needs to know what to write.",
      "Add --credentials env, json or kubernetes-secret.",
    );
  if (out === undefined || out === "")
    throw usageError("--credentials needs a file.", "Add --out FILE; credentials are never printed.");
  return path.resolve(cwd, out);
}

/** Writes the credentials of one application for the first API that it may call. */
export async function deliver(
  { model, outputs, stack, tell }: RotationTools,
  { application, clientId }: ChosenApplication,
  held: Pick<WrittenCredentials, "clientSecret" | "privateKeyFile">,
  format: DeliveryOptions["credentials"],
  file: string | undefined,
): Promise<void> {
  if (file === undefined || format === "none") return;
  const audience = model.apis[Object.keys(application.grants)[0] ?? ""]?.identifier;
  if (audience === undefined)
    throw usageError(`${application.key} has no grant, so it has no use for credentials.`);
  const { tokenEndpoint } = outputs;
  const { authentication } = application;
  const apiUrl = stack.local?.apiUrl;
  await writeCredentials(format, file, {
    tokenEndpoint,
    clientId,
    audience,
    authentication,
    ...held,
    apiUrl,
  });
  tell(`The job's credentials are in ${file}.`);
}
