/** What an import takes from a stack: the application's credentials, and on the local stack the API's address. */

import { exitCodes, ToolError } from "../../lib/errors.ts";
import type { Report } from "../../lib/report.ts";
import { defaultPrivateKeyFile } from "../credentials/privateKeyFiles.ts";
import { readStackOutputs } from "../pulumi/pulumi.ts";
import { openSession } from "../session/session.ts";
import type { Context } from "../terminal/command.ts";
import type { CredentialsStack } from "./credentials.ts";

export interface ImportStack extends CredentialsStack {
  readonly apiUrl: string | undefined;
}

/** @param api Key of the API in the model. */
export async function openImportStack(
  name: string,
  api: string,
  context: Context,
  report: Report,
): Promise<ImportStack> {
  const session = await openSession(name, context, { report });
  const { stack, model } = session;
  return {
    apiUrl: stack.local?.apis[api],
    defaultPrivateKeyFile: (application) => defaultPrivateKeyFile(stack, application),
    secretMethod: (application) => {
      const method = model.applications[application]?.authentication;
      return method === "private_key_jwt" ? undefined : method;
    },
    readOutputs: async () => {
      const outputs = await readStackOutputs(await session.pulumi());
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
