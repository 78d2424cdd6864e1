/** What a command needs to work on one stack: its tenant, its credentials, and the environment its engine runs in. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { isDomain } from "../../infra/tenant.ts";
import { exitCodes, ToolError, usageError } from "../../lib/errors.ts";
import { trustAuthorityOf } from "../../lib/trust.ts";
import type { Context } from "../terminal/command.ts";
import { assertionAlgorithms } from "../tokens/assertionAlgorithms.ts";
import type { TenantAccess } from "../tokens/managementToken.ts";
import {
  type LocalRecord,
  localDataDir,
  localPassphrase,
  localStack,
  readLocalRecord,
} from "./localRecord.ts";
import { accessModelFile, findProjectRoot, projectName, stackFile } from "./project.ts";

export interface Stack {
  readonly name: string;
  /** The folder of Pulumi.yaml. */
  readonly root: string;
  /** Name of the Pulumi project. */
  readonly project: string;
  readonly accessModelFile: string;
  /** `Pulumi.<stack>.yaml`; need not exist. */
  readonly settingsFile: string;
  /** Where `bootstrap` records ids: the settings file, or a file of the local data folder. */
  readonly idsFile: string;
  /** Environment for the engine and for programs that it starts. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Set for the stack `local` alone. */
  readonly local: LocalRecord | undefined;
}

/**
 * Opens a stack. On `local` everything comes from the running local tenant, and variables that were set for a real
 * tenant are dropped; elsewhere the environment is used as it is.
 */
export function openStack(name: string, context: Context): Stack {
  const root = findProjectRoot(context.cwd);
  const shared = {
    name,
    root,
    project: projectName(root),
    accessModelFile: accessModelFile(root, context.env),
  };
  if (name !== localStack) {
    const settingsFile = stackFile(root, name);
    return { ...shared, settingsFile, idsFile: settingsFile, env: context.env, local: undefined };
  }
  const record = readLocalRecord(localDataDir(context.cwd, context.env));
  trustAuthorityOf(record.domain, record.caFile);
  return {
    ...shared,
    settingsFile: stackFile(root, name),
    idsFile: path.join(record.dataDir, "ids.yaml"),
    env: { ...withoutTenant(context.env), ...localEnvironment(record) },
    local: record,
  };
}

/**
 * The tenant that a stack's environment names.
 * @throws {ToolError} exit 2 naming every variable that is missing.
 */
export function tenantOf(stack: Pick<Stack, "name" | "env">): TenantAccess {
  const { AUTH0_DOMAIN: domain, AUTH0_AUDIENCE: audience } = stack.env;
  const credentials = credentialsIn(stack.env);
  if (domain && credentials) {
    assertDomain(domain);
    return { domain, ...(audience && { audience }), credentials };
  }
  const missing = [
    ...(domain ? [] : ["AUTH0_DOMAIN"]),
    ...(credentials || stack.env.AUTH0_CLIENT_ID ? [] : ["AUTH0_CLIENT_ID"]),
    ...(credentials || stack.env.AUTH0_CLIENT_SECRET ? [] : ["AUTH0_CLIENT_SECRET"]),
  ];
  throw new ToolError(
    "tenant_not_named",
    `The tenant of stack ${stack.name} is not named: set ${missing.join(", ")}.`,
    {
      exitCode: exitCodes.usage,
      hint: "AUTH0_API_TOKEN may take the place of AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET, and AUTH0_CLIENT_ASSERTION_PRIVATE_KEY that of the secret.",
    },
  );
}

/** Whole credentials of the plugin's variables, in its order; undefined where a part is missing. */
export function credentialsIn(env: Readonly<NodeJS.ProcessEnv>): TenantAccess["credentials"] | undefined {
  const { AUTH0_API_TOKEN: token, AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret } = env;
  const privateKey = env.AUTH0_CLIENT_ASSERTION_PRIVATE_KEY;
  if (token) return { token };
  if (clientId && privateKey) return { clientId, privateKey, signingAlgorithm: algorithmIn(env) };
  return clientId && clientSecret ? { clientId, clientSecret } : undefined;
}

function algorithmIn({ AUTH0_CLIENT_ASSERTION_SIGNING_ALG: named }: Readonly<NodeJS.ProcessEnv>) {
  const algorithm = assertionAlgorithms.find((one) => one === (named || "RS256"));
  if (algorithm) return algorithm;
  throw usageError(
    "AUTH0_CLIENT_ASSERTION_SIGNING_ALG is not an algorithm that Auth0 takes.",
    `Give one of ${assertionAlgorithms.join(", ")}.`,
  );
}

function assertDomain(domain: string): void {
  if (isDomain(domain)) return;
  throw usageError(
    "AUTH0_DOMAIN is not a domain.",
    "Give the host alone, such as example.eu.auth0.com, without https:// and without a path.",
  );
}

/** The variables of the local stack, for the engine, the program, either plugin, and Node programs. */
export function localEnvironment(record: LocalRecord): Record<string, string> {
  return {
    AUTH0_DOMAIN: record.domain,
    AUTH0_CLIENT_ID: record.clientId,
    AUTH0_CLIENT_SECRET: record.clientSecret,
    // Without metadata files: a killed engine may leave one empty, and then cannot read its state.
    PULUMI_BACKEND_URL: `${pathToFileURL(path.join(record.dataDir, "state")).href}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: localPassphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    SSL_CERT_FILE: record.trustFile,
    NODE_EXTRA_CA_CERTS: record.caFile,
    M2M_LOCAL_DATA: record.dataDir,
    ...(record.providerPort === undefined
      ? {}
      : {
          PULUMI_DEBUG_PROVIDERS: `auth0:${record.providerPort}`,
          // Or the engine looks on the network for the plugin in whose place this provider stands.
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        }),
  };
}

/** An environment without anything that was set up for a real tenant, a real backend or a real cluster. */
export function withoutTenant(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(AUTH0_|PULUMI_|KUBECONFIG$|SSL_CERT_|NODE_EXTRA_CA_CERTS$)/.test(name),
    ),
  );
}
