/** What an import takes from a stack: the application's credentials, and on the local stack the API's address. */
import type { Context } from "../lib/command.ts";
import { openEngine } from "../lib/engine.ts";
import { readStackOutputs, type StackOutputs } from "../lib/pulumi.ts";
import { openStack, stackOption } from "../lib/stack.ts";

export interface ImportStack {
  /** Starts the engine, so it is called only where no other source has the credentials. */
  readonly readOutputs: () => Promise<StackOutputs>;
  readonly apiUrl: string | undefined;
}

export function openImportStack(name: string, context: Context): ImportStack {
  const stack = openStack(stackOption(name), context);
  return {
    apiUrl: stack.local?.apiUrl,
    readOutputs: async () => readStackOutputs(await openEngine(stack, context), { signal: context.signal }),
  };
}
