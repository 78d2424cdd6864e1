/** Which tenant a stack belongs to, by its settings as the engine reads them, and what they add to the environment. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { isMap, parseDocument } from "yaml";
import { isDomain, normalDomain, ownDomain, tenantContradiction } from "../../infra/tenant.ts";
import { exitCodes, ToolError } from "../../lib/errors.ts";
import { readIfPresent, writeWhole } from "../../lib/files.ts";
import { audiencesOf } from "../tokens/managementToken.ts";
import { credentialsIn, type Stack } from "./stack.ts";

/** A value of the engine's configuration; what is encrypted takes the engine to read. */
interface Setting {
  /** The file's name. */
  readonly file: string;
  readonly text: string | undefined;
  readonly secure: boolean;
}

export interface IdentifyOptions {
  /** Whether the environment's tenant takes the place of the one in the settings. */
  readonly moveTenant: boolean;
  /** Reads an encrypted value of the configuration, by its key. */
  readonly decrypt: (key: string) => Promise<string>;
}

/** The plugin's own names for how a tenant is entered. */
const variables = {
  clientId: "AUTH0_CLIENT_ID",
  clientSecret: "AUTH0_CLIENT_SECRET",
  apiToken: "AUTH0_API_TOKEN",
  clientAssertionPrivateKey: "AUTH0_CLIENT_ASSERTION_PRIVATE_KEY",
  clientAssertionSigningAlg: "AUTH0_CLIENT_ASSERTION_SIGNING_ALG",
} as const;

/**
 * The stack with the domain and the credentials of its settings where the environment names none. Sends nothing.
 * @throws {ToolError} `tenant_mismatch`, exit 2, where settings and environment name different tenants
 */
export async function identify(stack: Stack, { moveTenant, decrypt }: IdentifyOptions): Promise<Stack> {
  if (stack.local) return stack;
  const settings = readSettings(stack);
  const settingOf = async (key: string): Promise<string | undefined> => {
    const setting = settings.get(key);
    return setting?.secure ? decrypt(key) : setting?.text;
  };
  const place = (key: string) => `${key} in ${settings.get(key)?.file}`;
  const tenantKey = `${stack.project}:tenant`;
  const { AUTH0_DOMAIN: shell, AUTH0_AUDIENCE: shellAudience, AUTH0_API_TOKEN: token } = stack.env;
  const ownAudience = await settingOf("auth0:audience");
  // An audience speaks for the domain that is named beside it, or another tenant's domain would pass for this one.
  const inSettings = [
    [
      place("auth0:domain"),
      await settingOf("auth0:domain"),
      ownAudience || (shell ? undefined : shellAudience),
    ],
    [place(tenantKey), await settingOf(tenantKey)],
  ] as const;
  const contradiction = tenantContradiction([...inSettings, ["AUTH0_DOMAIN", shell, shellAudience]]);
  if (contradiction !== undefined && !(moveTenant && shell)) throw mismatch(stack, contradiction);
  const own = inSettings.find(([, domain]) => domain)?.[1];
  const audience = shellAudience || ownAudience;
  const domain = shell || (own && normalDomain(own));
  if (token && audience && domain && !audiencesOf(token).includes(audience)) throw foreignToken(audience);
  return {
    ...stack,
    env: {
      ...stack.env,
      ...(domain && { AUTH0_DOMAIN: domain }),
      ...(audience && { AUTH0_AUDIENCE: audience }),
      ...(await credentialsOf(stack.env, settingOf)),
    },
  };
}

/** From the settings, where the environment alone cannot enter a tenant. */
async function credentialsOf(
  env: Readonly<NodeJS.ProcessEnv>,
  settingOf: (key: string) => Promise<string | undefined>,
): Promise<Record<string, string>> {
  if (credentialsIn(env)) return {};
  const found: Record<string, string> = {};
  for (const [key, variable] of Object.entries(variables)) {
    const value = await settingOf(`auth0:${key}`);
    if (value) found[variable] = value;
  }
  return found;
}

/** A tenant refuses another's audience at every login, but a token is used as it is. */
function foreignToken(audience: string): ToolError {
  return new ToolError("tenant_mismatch", `AUTH0_API_TOKEN is not a token for ${audience}.`, {
    exitCode: exitCodes.usage,
    hint: "Take the token from the tenant whose Management API AUTH0_AUDIENCE or auth0:audience names.",
  });
}

function mismatch({ name }: Stack, contradiction: string): ToolError {
  return new ToolError("tenant_mismatch", `Stack ${name} belongs to one tenant: ${contradiction}`, {
    exitCode: exitCodes.usage,
    hint: `Set the variables of the stack's own tenant. To move the stack on purpose: auth0-m2m bootstrap --stack ${name} --move-tenant. Beside a custom domain in AUTH0_DOMAIN, set AUTH0_AUDIENCE to https://<the tenant's own domain>/api/v2/.`,
  });
}

/** The engine's configuration of a stack: its own settings before the project's. */
function readSettings({ root, settingsFile, project }: Stack): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const file of [path.join(root, "Pulumi.yaml"), settingsFile]) {
    for (const [key, value] of Object.entries(configOf(file))) {
      settings.set(engineKey(key, project), readSetting(value, path.basename(file)));
    }
  }
  return settings;
}

/** What is wrong with a file as a whole is reported by those who read the model and the ids from it. */
function configOf(file: string): object {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return {};
  }
  const document = parseDocument(text);
  const config: unknown = document.errors.length > 0 ? undefined : document.toJS()?.config;
  return typeof config === "object" && config !== null ? config : {};
}

/** `<namespace>:<name>`; a project's own keys need no namespace, and `:config:` was written between the two once. */
function engineKey(key: string, project: string): string {
  return key.includes(":") ? key.replace(/^([^:]+):config:/, "$1:") : `${project}:${key}`;
}

function readSetting(value: unknown, file: string): Setting {
  if (typeof value !== "object" || value === null) {
    return { file, text: value == null ? undefined : String(value), secure: false };
  }
  const { secure, value: plain, default: fallback }: Partial<Record<string, unknown>> = { ...value };
  if (secure !== undefined) return { file, text: undefined, secure: true };
  const text = plain ?? fallback;
  if (typeof text === "object" && text !== null) return readSetting(text, file);
  return { file, text: text === undefined || text === null ? undefined : String(text), secure: false };
}

/**
 * Writes into the stack's settings which tenant it belongs to, where they do not name this one yet. A setting of the
 * engine's own that names another is corrected; the rest of the file and its comments stay.
 * @param decrypt Reads an encrypted value of the configuration, by its key.
 */
export async function recordTenant(stack: Stack, decrypt: IdentifyOptions["decrypt"]): Promise<void> {
  const { AUTH0_DOMAIN: domain, AUTH0_AUDIENCE: audience } = stack.env;
  if (stack.local || !domain || !isDomain(domain)) return;
  const settings = readSettings(stack);
  const tenant = ownDomain(domain, audience);
  const tenantKey = `${stack.project}:tenant`;
  const named = ["auth0:domain", tenantKey].filter((key) => settings.has(key));
  const wrong: string[] = [];
  for (const key of named) {
    const setting = settings.get(key);
    const text = setting?.secure ? await decrypt(key) : setting?.text;
    if (![tenant, normalDomain(domain)].includes(normalDomain(text ?? ""))) wrong.push(key);
  }
  const document = parseDocument((await readIfPresent(stack.settingsFile)) ?? "");
  const config = document.get("config");
  for (const key of named.length === 0 ? [tenantKey] : wrong) {
    const written = isMap(config)
      ? config.items.map((item) => String(item.key)).find((text) => engineKey(text, stack.project) === key)
      : undefined;
    document.setIn(["config", written ?? key], tenant);
  }
  if (named.length > 0 && wrong.length === 0) return;
  await writeWhole(stack.settingsFile, document.toString({ lineWidth: 0, flowCollectionPadding: false }));
}
