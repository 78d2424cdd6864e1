/** Hands the job its credentials, for the API it calls, in a file of its own. */
import type { AccessModel, Api, Application } from "../../infra/accessModel.ts";
import { type CredentialsFormat, writeCredentials } from "../lib/credentialsFile.ts";
import { usageError } from "../lib/errors.ts";
import type { StackOutputs } from "../lib/pulumi.ts";
import type { Stack } from "../lib/stack.ts";

export interface CredentialsTarget {
  readonly format: CredentialsFormat;
  /** Absolute path. */
  readonly file: string;
}

export interface Job {
  readonly application: Application;
  /** The first API that it may call. */
  readonly api: Api;
}

/**
 * The application whose credentials are written.
 * @throws {ToolError} exit code 2 where that is not clear.
 */
export function jobOf(model: AccessModel, key: string | undefined): Job {
  const keys = Object.keys(model.applications);
  const chosen = key ?? (keys.length === 1 ? keys[0] : undefined);
  if (chosen === undefined)
    throw usageError(
      "The model has several applications.",
      `Name one with --application: ${keys.join(", ")}.`,
    );
  const application = model.applications[chosen];
  if (!application) throw usageError(`The model has no application ${chosen}.`, `It has ${keys.join(", ")}.`);
  const [apiKey] = Object.keys(application.grants);
  const api = apiKey === undefined ? undefined : model.apis[apiKey];
  if (!api) throw usageError(`${chosen} may call no API, so there is nothing to write credentials for.`);
  if (application.authentication === "private_key_jwt") {
    throw usageError(
      `${chosen} signs with a private key, which only its owner has.`,
      "Use --credentials none.",
    );
  }
  return { application, api };
}

/** Writes them, whole or not at all. */
export async function writeJobCredentials(
  { format, file }: CredentialsTarget,
  { application, api }: Job,
  outputs: StackOutputs,
  stack: Stack,
): Promise<void> {
  const held = outputs.applications[application.key];
  await writeCredentials(format, file, {
    tokenEndpoint: outputs.tokenEndpoint,
    clientId: held?.clientId ?? "",
    clientSecret: held?.clientSecret,
    audience: api.identifier,
    authentication: application.authentication,
    apiUrl: stack.local?.apiUrl,
  });
}
