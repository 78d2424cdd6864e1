/** Where a job's credentials come from: a file, variables, or the stack's outputs; never the command line. */
import { existsSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { serviceAddress } from "../../lib/address.ts";
import { usageError } from "../../lib/errors.ts";
import { parseJson } from "../../lib/json.ts";
import { readPrivateFile } from "../../lib/privateFile.ts";
import type { StackOutputs } from "../pulumi/pulumi.ts";
import type { Context } from "../terminal/command.ts";
import type { ClientAuthentication } from "../tokens/tokenSource.ts";

/** All that a job needs to get a token for an API. */
export interface JobCredentials {
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly audience: string;
  readonly authentication: ClientAuthentication;
  /** The API's address, where the file names it. */
  readonly apiUrl?: string | undefined;
  /** For messages, e.g. `the stack's outputs`. */
  readonly source: string;
}

/** How a client secret travels to the token endpoint. */
export type SecretMethod = "client_secret_post" | "client_secret_basic";

/** What is asked of a stack. */
export interface CredentialsStack {
  /** Asked last, since it starts the engine. */
  readonly readOutputs: () => Promise<StackOutputs>;
  /** Where an application's private key lies on this machine by default; it need not exist. */
  readonly defaultPrivateKeyFile: (application: string) => string;
  /** How the model has an application's secret travel. */
  readonly secretMethod: (application: string) => SecretMethod | undefined;
}

export interface CredentialChoice {
  readonly credentialsFile: string | undefined;
  /** Key of the application in the access model. */
  readonly application: string;
  /** Key of the API in the access model. */
  readonly api: string;
  /** The stack that was named; undefined where none was. */
  readonly stack: CredentialsStack | undefined;
}

/**
 * Takes the first source there is: the file, the variables, the stack's outputs.
 * @throws {ToolError} exit 2 naming everything that is missing or wrong in the source taken.
 */
export async function findCredentials(choice: CredentialChoice, context: Context): Promise<JobCredentials> {
  if (choice.credentialsFile !== undefined) return fromFile(choice.credentialsFile, context.cwd);
  if (context.env.TIMESHEETS_CLIENT_ID) return fromVariables(context);
  if (choice.stack) return fromStack(choice.stack, choice, context);
  throw usageError(
    "There are no credentials to import with.",
    "Name a stack with --stack, a file with --credentials-file, or set TIMESHEETS_CLIENT_ID and its companions.",
  );
}

/** A value that was pasted with its line break is taken without it. */
const value = z.string().trim().min(1);

const fileSchema = z.strictObject({
  domain: value.optional(),
  tokenEndpoint: value.optional(),
  clientId: value,
  clientSecret: value.optional(),
  /** Relative to the credentials file. */
  privateKeyFile: value.optional(),
  /** How the secret travels. */
  authentication: z.enum(["client_secret_post", "client_secret_basic"]).optional(),
  audience: value,
  apiUrl: value.optional(),
});

async function fromFile(name: string, cwd: string): Promise<JobCredentials> {
  const file = path.resolve(cwd, name);
  const document = parseJson(await readPrivateFile(file));
  const parsed = fileSchema.safeParse(document);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path: at, message }) => `  ${at.join(".") || "file"}: ${message}`,
    );
    throw usageError(`${file} is not a credentials file:\n${problems.join("\n")}`, fileHint);
  }
  const { domain, clientId, clientSecret, privateKeyFile, audience, apiUrl } = parsed.data;
  const tokenEndpoint = parsed.data.tokenEndpoint ?? (domain && endpointOf(domain));
  if (!tokenEndpoint) throw usageError(`${file} names neither domain nor tokenEndpoint.`, fileHint);
  if ((clientSecret === undefined) === (privateKeyFile === undefined)) {
    throw usageError(`${file} must hold either clientSecret or privateKeyFile.`, fileHint);
  }
  const authentication = await authenticationOf(
    clientSecret,
    privateKeyFile && path.resolve(path.dirname(file), privateKeyFile),
    parsed.data.authentication,
  );
  serviceAddress(tokenEndpoint, `The token endpoint in ${file}`, { query: true });
  return { tokenEndpoint, clientId, audience, authentication, apiUrl, source: file };
}

const fileHint = `It holds {"domain", "clientId", "clientSecret" or "privateKeyFile", "audience", "apiUrl"}.`;

async function fromVariables({ env, cwd }: Context): Promise<JobCredentials> {
  const tokenEndpoint = env.TIMESHEETS_TOKEN_ENDPOINT || (env.AUTH0_DOMAIN && endpointOf(env.AUTH0_DOMAIN));
  const secret = env.TIMESHEETS_CLIENT_SECRET;
  const keyFile = env.TIMESHEETS_PRIVATE_KEY_FILE;
  const { TIMESHEETS_CLIENT_ID: clientId, TIMESHEETS_AUDIENCE: audience } = env;
  if (!clientId || !audience || !tokenEndpoint || !(secret || keyFile)) {
    const missing = [
      ...(tokenEndpoint ? [] : ["TIMESHEETS_TOKEN_ENDPOINT (or AUTH0_DOMAIN)"]),
      ...(secret || keyFile ? [] : ["TIMESHEETS_CLIENT_SECRET (or TIMESHEETS_PRIVATE_KEY_FILE)"]),
      ...(audience ? [] : ["TIMESHEETS_AUDIENCE"]),
    ];
    throw usageError(`TIMESHEETS_CLIENT_ID is set, but not ${missing.join(", ")}.`, "Set them all, or none.");
  }
  serviceAddress(tokenEndpoint, "TIMESHEETS_TOKEN_ENDPOINT", { query: true });
  return {
    tokenEndpoint,
    clientId,
    audience,
    authentication: await authenticationOf(
      keyFile ? undefined : secret,
      keyFile && path.resolve(cwd, keyFile),
      secretMethodIn(env.TIMESHEETS_AUTHENTICATION),
    ),
    source: "the environment's TIMESHEETS_ variables",
  };
}

function secretMethodIn(value: string | undefined): SecretMethod | undefined {
  if (!value) return undefined;
  if (value === "client_secret_post" || value === "client_secret_basic") return value;
  throw usageError("TIMESHEETS_AUTHENTICATION is client_secret_post (the default) or client_secret_basic.");
}

async function fromStack(
  stack: CredentialsStack,
  choice: CredentialChoice,
  { env, cwd }: Context,
): Promise<JobCredentials> {
  const outputs = await stack.readOutputs();
  const application = outputs.applications[choice.application];
  const api = outputs.apis[choice.api];
  const problems = [
    ...(application ? [] : [unknownKey("application", choice.application, outputs.applications)]),
    ...(api ? [] : [unknownKey("API", choice.api, outputs.apis)]),
  ];
  if (!application || !api) throw usageError(problems.join("\n"), "Choose with --application and --api.");
  const { clientSecret } = application;
  const named = env.TIMESHEETS_PRIVATE_KEY_FILE;
  const keyFile = named ? path.resolve(cwd, named) : stack.defaultPrivateKeyFile(choice.application);
  if (clientSecret === undefined && !named && !existsSync(keyFile)) {
    throw usageError(
      `The application ${choice.application} authenticates with a private key, and ${keyFile} is not there.`,
      "Name its PEM file in TIMESHEETS_PRIVATE_KEY_FILE.",
    );
  }
  return {
    tokenEndpoint: outputs.tokenEndpoint,
    clientId: application.clientId,
    audience: api.identifier,
    authentication: await authenticationOf(
      clientSecret,
      clientSecret === undefined ? keyFile : undefined,
      stack.secretMethod(choice.application),
    ),
    source: "the stack's outputs",
  };
}

function unknownKey(kind: string, key: string, known: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(known);
  return `The stack has no ${kind} ${key}; it has ${names.length > 0 ? names.join(", ") : "none"}.`;
}

async function authenticationOf(
  clientSecret: string | undefined,
  privateKeyFile: string | undefined,
  method: SecretMethod = "client_secret_post",
): Promise<ClientAuthentication> {
  if (clientSecret !== undefined) return { method, clientSecret };
  if (privateKeyFile === undefined)
    throw usageError("The application has neither a secret nor a private key.");
  return { method: "private_key_jwt", privateKey: await readPrivateFile(privateKeyFile) };
}

function endpointOf(domain: string): string {
  return `https://${domain.replace(/^https:\/\//, "").replace(/\/+$/, "")}/oauth/token`;
}
