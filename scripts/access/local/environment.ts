/** Prepares a shell for the local stack: the variables, and a stack that plain `pulumi` commands find. */
import { existsSync } from "node:fs";
import path from "node:path";
import { variablePrefix } from "../../../lib/variables.ts";
import { createStack } from "../../pulumi/createStack.ts";
import { awaitProvider, type LocalRecord, localStack } from "../../session/localRecord.ts";
import { openPulumi } from "../../session/session.ts";
import { localEnvironment, openStack } from "../../session/stack.ts";
import type { Context } from "../../terminal/command.ts";
import { createReporter } from "../../terminal/reporter.ts";

/** Variables that would lead commands away from the local tenant. */
const unsetVariables = ["AUTH0_API_TOKEN", "AUTH0_AUDIENCE", "AUTH0_DEBUG", "PULUMI_ACCESS_TOKEN"] as const;

/**
 * The variables of the running local tenant; makes the stack `local` where it is missing. No session is opened, so that
 * a model with problems keeps nobody from the variables.
 */
export async function localShell(context: Context): Promise<Record<string, string>> {
  const stack = openStack(localStack, context);
  // openStack gives the local stack its record.
  if (!stack.local) throw new TypeError("the local stack has no record");
  const stackState = path.join(
    stack.local.dataDir,
    "state",
    ".pulumi",
    "stacks",
    stack.project,
    "local.json",
  );
  if (!existsSync(stackState)) {
    const pulumi = await openPulumi(
      stack,
      { report: createReporter(context), signal: context.signal },
      false,
    );
    await createStack(pulumi);
  }
  const record = await awaitProvider(stack.local, context.signal);
  return { ...localEnvironment(record), ...apiAddresses(record) };
}

/** Where the APIs beside the tenant are, e.g. `ORDERS_API_URL` of the API `orders`. */
function apiAddresses({ apis }: LocalRecord): Record<string, string> {
  return Object.fromEntries(
    Object.entries(apis).map(([key, url]) => [`${variablePrefix(key)}_API_URL`, url]),
  );
}

/** Lines for `eval` in a POSIX shell. */
export function shellLines(variables: Readonly<Record<string, string>>): string {
  const quoted = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;
  return [
    `unset ${unsetVariables.join(" ")}`,
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
  ].join("\n");
}
