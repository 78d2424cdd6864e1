/** Writes a job's credentials for where it will run: whole or not at all, readable by the owner alone. */
import { lstat, readFile } from "node:fs/promises";
import { stringify } from "yaml";
import type { Application } from "../../infra/accessModel.ts";
import { errorCode, ToolError, usageError } from "../../lib/errors.ts";
import { assertReplaceable } from "../../lib/files.ts";
import { type ReservedFile, reserveFile } from "../../lib/reservedFile.ts";
import { variablePrefix } from "../../lib/variables.ts";
import type { CredentialsFormat } from "./credentialsOptions.ts";

export interface WrittenCredentials {
  /** Key of the application in the model; the Kubernetes Secret is called so. */
  readonly application: string;
  /** Key of the API in the model; the variables' names start with it, e.g. `TIMESHEETS_CLIENT_ID`. */
  readonly api: string;
  readonly tokenEndpoint: string;
  readonly clientId: string;
  /** Identifier of the API that the job calls. */
  readonly audience: string;
  readonly authentication: Application["authentication"];
  /** For the two secret methods. */
  readonly clientSecret?: string | undefined;
  /** For `private_key_jwt`: absolute path of the PEM file. */
  readonly privateKeyFile?: string | undefined;
  /** Address of the API, where it is known. */
  readonly apiUrl?: string | undefined;
}

/** More than any format takes, bytes. */
const room = 16 * 1024;

/**
 * Takes the room for credentials that are written later: a secret that is rotated first has no way back.
 * @throws {ToolError} exit 2 where the place will not do
 */
export async function reserveCredentials(file: string): Promise<ReservedFile> {
  try {
    await refuseSpecialFile(file);
    return await reserveFile(file, room);
  } catch (error) {
    throw notWritable(file, error);
  }
}

/**
 * Replaces `file` with the credentials, mode 0600.
 * @param reserved As `reserveCredentials` gave it. @default reserved now
 * @throws {ToolError} exit 2 where the place will not do; the file that was there is then untouched.
 */
export async function writeCredentials(
  format: CredentialsFormat,
  file: string,
  credentials: WrittenCredentials,
  reserved?: ReservedFile,
): Promise<void> {
  const text = renderCredentials(format, credentials, await privateKeyOf(format, credentials));
  const place = reserved ?? (await reserveCredentials(file));
  try {
    await refuseSpecialFile(file);
    await place.write(text);
  } catch (error) {
    throw notWritable(file, error);
  } finally {
    await place.release();
  }
}

/**
 * Refuses a place that will not do, before there is anything to write.
 * @throws {ToolError} exit 2
 */
export async function assertCredentialsPlace(file: string): Promise<void> {
  try {
    await refuseSpecialFile(file);
    await assertReplaceable(file);
  } catch (error) {
    throw notWritable(file, error);
  }
}

function notWritable(file: string, error: unknown): ToolError {
  if (error instanceof ToolError) return error;
  const code = errorCode(error) ?? "unknown reason";
  return usageError(
    `The credentials cannot be written to ${file} (${code}).`,
    "Name a file in a folder that you may write to.",
  );
}

/** A rename would replace a device, a pipe or a link instead of writing to it. */
async function refuseSpecialFile(file: string): Promise<void> {
  const found = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found && !found.isFile())
    throw usageError(`${file} is not a regular file.`, "Credentials go to a file of their own.");
}

/** A Secret carries the key itself, the other formats name its file. */
async function privateKeyOf(
  format: CredentialsFormat,
  { privateKeyFile }: WrittenCredentials,
): Promise<string | undefined> {
  if (format !== "kubernetes-secret" || privateKeyFile === undefined) return undefined;
  return readFile(privateKeyFile, "utf8");
}

/** @param privateKey PEM, where the format carries it. */
function renderCredentials(
  format: CredentialsFormat,
  credentials: WrittenCredentials,
  privateKey?: string,
): string {
  switch (format) {
    case "env":
      return Object.entries(variables(credentials))
        .map(([name, value]) => `${name}=${quoted(value)}\n`)
        .join("");
    case "json":
      return `${JSON.stringify(document(credentials), null, 2)}\n`;
    case "kubernetes-secret": {
      const values = variables({ ...credentials, privateKeyFile: undefined });
      return stringify({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: credentials.application },
        type: "Opaque",
        stringData: {
          ...values,
          ...(privateKey === undefined ? {} : { "private-key.pem": privateKey }),
          // For a pod that mounts the Secret, as in deploy/kubernetes; the key's path is relative to this file.
          "credentials.json": `${JSON.stringify(document({ ...credentials, privateKeyFile: privateKey === undefined ? undefined : "private-key.pem" }), null, 2)}\n`,
        },
      });
    }
  }
}

function variables(credentials: WrittenCredentials): Record<string, string> {
  const prefix = variablePrefix(credentials.api);
  return defined({
    [`${prefix}_TOKEN_ENDPOINT`]: credentials.tokenEndpoint,
    [`${prefix}_CLIENT_ID`]: credentials.clientId,
    [`${prefix}_CLIENT_SECRET`]: credentials.clientSecret,
    [`${prefix}_PRIVATE_KEY_FILE`]: credentials.privateKeyFile,
    // Posting the secret is the default.
    [`${prefix}_AUTHENTICATION`]:
      credentials.authentication === "client_secret_basic" ? credentials.authentication : undefined,
    [`${prefix}_AUDIENCE`]: credentials.audience,
    [`${prefix}_API_URL`]: credentials.apiUrl,
  });
}

function document(credentials: WrittenCredentials): Record<string, string> {
  const { tokenEndpoint, clientId, clientSecret, privateKeyFile, authentication, audience, apiUrl } =
    credentials;
  return defined({
    tokenEndpoint,
    clientId,
    clientSecret,
    privateKeyFile,
    // The reader knows a key when it sees one; how a secret travels has to be said.
    authentication: authentication === "private_key_jwt" ? undefined : authentication,
    audience,
    apiUrl,
  });
}

function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** For a POSIX shell; plain words stay plain, so that simpler readers of such files understand them too. */
function quoted(value: string): string {
  return /^[\w./:@%+,-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
