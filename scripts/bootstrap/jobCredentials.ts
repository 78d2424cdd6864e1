/** Hands the job its credentials, for the API it calls, in a file of its own. */
import path from "node:path";
import type { AccessModel, Api, Application } from "../../infra/accessModel.ts";
import { type CredentialsFormat, writeCredentials } from "../lib/credentialsFile.ts";
import { usageError } from "../lib/errors.ts";
import type { PrivateKeyFiles } from "../lib/privateKeyFiles.ts";
import type { StackOutputs } from "../lib/pulumi.ts";
import type { Stack } from "../lib/stack.ts";

export interface CredentialsTarget {
  readonly format: CredentialsFormat;
  /** Absolute path. */
  readonly file: string;
}

/**
 * The file that credentials go to, or undefined where none are wanted.
 * @throws {ToolError} exit code 2 where format and file do not go together
 */
export function credentialsTarget(
  format: "none" | CredentialsFormat,
  out: string | undefined,
  cwd: string,
): CredentialsTarget | undefined {
  if (format === "none") {
    if (out === undefined) return undefined;
    throw usageError("--out goes with --credentials.", "For example: --credentials env");
  }
  if (out === undefined) throw usageError(`--credentials ${format} needs --out FILE.`);
  return { format, file: path.resolve(cwd, out) };
}

export interface Job {
  readonly application: Application;
  /** The first API that it may call. */
  readonly api: Api;
  /** Absolute path, for `private_key_jwt`. */
  readonly privateKeyFile: string | undefined;
}

/**
 * The application whose credentials are written.
 * @throws {ToolError} exit code 2 where that is not clear, or its private key is not at hand
 */
export function jobOf(model: AccessModel, key: string | undefined, privateKeys: PrivateKeyFiles): Job {
  const keys = Object.keys(model.applications);
  const chosen = key ?? (keys.length === 1 ? keys[0] : undefined);
  if (chosen === undefined) {
    throw usageError(
      "The model has several applications.",
      `Name one with --application: ${keys.join(", ")}.`,
    );
  }
  const application = model.applications[chosen];
  if (!application) throw usageError(`The model has no application ${chosen}.`, `It has ${keys.join(", ")}.`);
  const [apiKey] = Object.keys(application.grants);
  const api = apiKey === undefined ? undefined : model.apis[apiKey];
  if (!api) throw usageError(`${chosen} may call no API, so there is nothing to write credentials for.`);
  const privateKeyFile = privateKeys[chosen];
  if (application.authentication === "private_key_jwt" && privateKeyFile === undefined) {
    throw usageError(
      `${chosen} signs with a private key, which only its owner has.`,
      "Name its file with --private-key, or use --credentials none.",
    );
  }
  return { application, api, privateKeyFile };
}

/** Writes them, whole or not at all. */
export async function writeJobCredentials(
  { format, file }: CredentialsTarget,
  { application, api, privateKeyFile }: Job,
  outputs: StackOutputs,
  stack: Pick<Stack, "local">,
): Promise<void> {
  const held = outputs.applications[application.key];
  await writeCredentials(format, file, {
    tokenEndpoint: outputs.tokenEndpoint,
    clientId: held?.clientId ?? "",
    clientSecret: held?.clientSecret,
    privateKeyFile,
    audience: api.identifier,
    authentication: application.authentication,
    apiUrl: stack.local?.apiUrl,
  });
}
