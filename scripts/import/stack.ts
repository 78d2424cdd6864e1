/** What an import takes from a stack: the application's credentials, and on the local stack the API's address. */

import { exitCodes, ToolError } from "../../lib/errors.ts";
import { defaultPrivateKeyFile } from "../credentials/privateKeyFiles.ts";
import { readStackOutputs } from "../pulumi/pulumi.ts";
import { openPulumi } from "../session/session.ts";
import { openStack } from "../session/stack.ts";
import type { Context } from "../terminal/command.ts";
import { createReporter } from "../terminal/reporter.ts";
import type { CredentialsStack } from "./credentials.ts";

export interface ImportStack extends CredentialsStack {
  readonly apiUrl: string | undefined;
}

/** @param api Key of the API in the model. */
export function openImportStack(name: string, api: string, context: Context): ImportStack {
  const stack = openStack(name, context);
  return {
    apiUrl: stack.local?.apis[api],
    defaultPrivateKeyFile: (application) => defaultPrivateKeyFile(stack, application),
    secretMethod: async (application) => {
      const { loadStackModel } = await import("../session/accessModel.ts");
      const method = (await loadStackModel(stack)).applications[application]?.authentication;
      return method === "private_key_jwt" ? undefined : method;
    },
    readOutputs: async () => {
      const outputs = await readStackOutputs(
        await openPulumi(stack, { report: createReporter(context), signal: context.signal }, false),
      );
      if (stack.local) assertSameTenant(outputs.tokenEndpoint, stack.local.url);
      return outputs;
    },
  };
}

/** A local tenant that is started again may have another port, of which the stack learns at the next update. */
export function assertSameTenant(tokenEndpoint: string, tenantUrl: string): void {
  const [known, running] = [new URL(tokenEndpoint).host, new URL(tenantUrl).host];
  if (known === running) return;
  throw new ToolError(
    "stack_outdated",
    `The stack's outputs name the tenant ${known}; it runs at ${running}.`,
    {
      exitCode: exitCodes.failure,
      hint: "Bring them up to date: npx auth0-m2m bootstrap --stack local",
    },
  );
}
