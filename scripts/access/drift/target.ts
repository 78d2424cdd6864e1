/** Which stacks to compare, and how each one's tenant is entered. */
import path from "node:path";
import { z } from "zod";
import { isDomain } from "../../../infra/tenant.ts";
import { usageError } from "../../../lib/errors.ts";
import { readPrivateFile } from "../../../lib/privateFile.ts";
import { findLocalRecord, localDataDir, localStack } from "../../session/localRecord.ts";
import { findProjectRoot } from "../../session/project.ts";
import { stacksWithSettings } from "../../session/stackSettings.ts";
import type { Context } from "../../terminal/command.ts";
import { assertKnown } from "./knownStack.ts";

export interface TargetOptions {
  readonly stack: readonly string[];
  readonly allStacks: boolean;
  readonly credentialsFile: string | undefined;
}

/** A stack with the environment that enters its tenant. */
export interface Target {
  readonly stack: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** A value that was pasted with its line break is taken without it. */
const value = z.string().trim().min(1);

const entrySchema = z.union([
  z.strictObject({ domain: value, clientId: value, clientSecret: value }),
  z.strictObject({ domain: value, apiToken: value }),
]);

/**
 * The stacks that were asked for, each once.
 * @throws {ToolError} exit 2 where none is named, or several have to share one set of variables; 6 for a misspelt one
 */
export async function findTargets(options: TargetOptions, context: Context): Promise<Target[]> {
  const named = [...new Set(options.stack)];
  const stacks = options.allStacks ? stacksOf(context) : named;
  if (stacks.length === 0) {
    throw usageError(
      options.allStacks ? "No stack has a settings file (Pulumi.<stack>.yaml)." : "No stack is named.",
      "For example: --stack local",
    );
  }
  if (options.credentialsFile !== undefined) {
    const file = path.resolve(context.cwd, options.credentialsFile);
    return fromFile(file, stacks, context);
  }
  const sharing = stacks.filter((stack) => stack !== localStack);
  if (sharing.length > 1) {
    throw usageError(
      `The AUTH0_ variables name one tenant, and these stacks would share it: ${sharing.join(", ")}.`,
      "Name the tenants in a file of your own (mode 0600) with --credentials-file.",
    );
  }
  const root = findProjectRoot(context.cwd);
  for (const stack of sharing) assertKnown(root, stack);
  return stacks.map((stack) => ({ stack, env: context.env }));
}

/** Every stack with a settings file, sorted; the one on this machine only while it is served. */
function stacksOf({ cwd, env }: Context): string[] {
  const served = findLocalRecord(localDataDir(cwd, env)) !== undefined;
  return stacksWithSettings(findProjectRoot(cwd)).filter((stack) => stack !== localStack || served);
}

const hint =
  "It maps each stack to domain and either clientId and clientSecret or apiToken; see docs/drift.md.";

async function fromFile(file: string, stacks: readonly string[], { env }: Context): Promise<Target[]> {
  const { parse } = await import("yaml");
  const text = await readPrivateFile(file);
  let document: unknown;
  try {
    document = parse(text);
  } catch {
    // The parser quotes the text it stumbles over, which may be a secret.
    throw usageError(`${file} is neither YAML nor JSON.`, hint);
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(document);
  if (!parsed.success) throw usageError(`${file} is not a map of stacks.`, hint);
  const problems: string[] = [];
  const targets = stacks.flatMap((stack): Target[] => {
    if (stack === localStack && !Object.hasOwn(parsed.data, stack)) return [{ stack, env }];
    if (!Object.hasOwn(parsed.data, stack)) {
      problems.push(`${file} has no entry for the stack ${stack}.`);
      return [];
    }
    const entry = entrySchema.safeParse(parsed.data[stack]);
    if (!entry.success) {
      problems.push(`${file}: the entry of ${stack} is not a tenant with its credentials.`);
      return [];
    }
    if (!isDomain(entry.data.domain)) {
      problems.push(
        `${file}: the domain of ${stack} is not a host name, without https:// and without a path.`,
      );
      return [];
    }
    return [{ stack, env: { ...withoutAuth0(env), ...variables(entry.data) } }];
  });
  if (problems.length > 0) throw usageError(problems.join("\n"), hint);
  return targets;
}

function variables(entry: z.infer<typeof entrySchema>): Record<string, string> {
  const { domain: AUTH0_DOMAIN } = entry;
  return "apiToken" in entry
    ? { AUTH0_DOMAIN, AUTH0_API_TOKEN: entry.apiToken }
    : { AUTH0_DOMAIN, AUTH0_CLIENT_ID: entry.clientId, AUTH0_CLIENT_SECRET: entry.clientSecret };
}

function withoutAuth0(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("AUTH0_")));
}
