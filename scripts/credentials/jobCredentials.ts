/** Hands a job its credentials, for the API that it calls, in a file of its own. */
import path from "node:path";
import type { AccessModel, Api, Application } from "../../infra/accessModel.ts";
import { apiOf } from "../../infra/model/declaredGrants.ts";
import { usageError } from "../../lib/errors.ts";
import type { ReservedFile } from "../../lib/reservedFile.ts";
import type { StackOutputs } from "../pulumi/pulumi.ts";
import type { Stack } from "../session/stack.ts";
import { assertCredentialsPlace, type WrittenCredentials, writeCredentials } from "./credentialsFile.ts";
import type { CredentialsFormat } from "./credentialsOptions.ts";

export interface CredentialsTarget {
  readonly format: CredentialsFormat;
  /** Absolute path. */
  readonly file: string;
}

/**
 * The file that credentials go to, or undefined where none are wanted.
 * @throws {ToolError} exit 2 where format and file do not go together, or the file could not be written
 */
export async function credentialsTarget(
  {
    credentials,
    out,
  }: { readonly credentials: "none" | CredentialsFormat; readonly out?: string | undefined },
  cwd: string,
): Promise<CredentialsTarget | undefined> {
  if (credentials === "none") {
    if (out === undefined) return undefined;
    throw usageError("--out goes with --credentials.", "Add --credentials env, json or kubernetes-secret.");
  }
  if (!out)
    throw usageError(`--credentials ${credentials} needs --out FILE.`, "Credentials are never printed.");
  const file = path.resolve(cwd, out);
  await assertCredentialsPlace(file);
  return { format: credentials, file };
}

/** The API whose tokens a job is given credentials for: the first that its application may call for itself. */
export function firstApi(
  model: Pick<AccessModel, "apis" | "foreignApis">,
  { grants }: Pick<Application, "grants">,
): JobApi | undefined {
  const callable = Object.entries(grants).flatMap(([key, list]) => {
    const { identifier } = apiOf(model, key) ?? {};
    return identifier !== undefined && list.some(({ subject }) => subject === "client")
      ? [{ key, identifier }]
      : [];
  });
  return callable.find(({ key }) => Object.hasOwn(model.apis, key)) ?? callable[0];
}

/** Ours or others'. */
export type JobApi = Pick<Api, "key" | "identifier">;

/** A job that may be given credentials. */
export interface Job {
  readonly application: Application;
  /** The API that they are for. */
  readonly api: JobApi;
}

/** @throws {ToolError} exit 2 where the application may call no API */
export function jobOf(model: Pick<AccessModel, "apis" | "foreignApis">, application: Application): Job {
  const api = firstApi(model, application);
  if (api) return { application, api };
  throw usageError(`${application.key} may call no API, so there is nothing to write credentials for.`);
}

/**
 * Writes them, whole or not at all.
 * @param proof What the job proves itself with: a secret, or the absolute path of its private key.
 * @param reserved Room for them, as `reserveCredentials` took it.
 * @throws {ToolError} exit 2 where the file cannot be written
 */
export function writeJobCredentials(
  { format, file }: CredentialsTarget,
  { application, api }: Job,
  proof: Pick<WrittenCredentials, "clientId" | "clientSecret" | "privateKeyFile">,
  { outputs, stack }: { outputs: Pick<StackOutputs, "tokenEndpoint">; stack: Pick<Stack, "local"> },
  reserved?: ReservedFile,
): Promise<void> {
  const credentials = {
    ...proof,
    application: application.key,
    api: api.key,
    tokenEndpoint: outputs.tokenEndpoint,
    audience: api.identifier,
    authentication: application.authentication,
    apiUrl: stack.local?.apis[api.key],
  };
  return writeCredentials(format, file, credentials, reserved);
}
