/** Ends a bootstrap with `verify`: what the engine did is not yet proof that access is what the model says. */
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import type { Check } from "../../checks/check.ts";
import { credentialsOf } from "../../checks/tokenAnswers.ts";
import { verifyStack } from "../../checks/verifyStack.ts";
import { acceptedIn } from "../../differences/acceptances.ts";
import type { StackOutputs } from "../../pulumi/pulumi.ts";
import type { Session } from "../../session/session.ts";
import { tenantOf } from "../../session/stack.ts";
import { managementAudienceOf } from "../../tokens/managementToken.ts";

/**
 * @param foreignClientIds Key -> client id of the applications that others own.
 * @param privateKeys Application key -> PEM, as far as they are at hand.
 * @throws {ToolError} `access_not_as_modelled`, exit code 4, with every check that failed
 */
export async function proveAccess(
  { stack, model, tenant, signal }: Pick<Session, "stack" | "model" | "tenant" | "signal">,
  outputs: StackOutputs,
  foreignClientIds: Readonly<Record<string, string>>,
  privateKeys: Readonly<Record<string, string>> = {},
): Promise<Check[]> {
  const { issuer } = outputs;
  const credentials = credentialsOf(outputs, privateKeys);
  const checks = await verifyStack({
    model,
    issuer,
    managementAudience: managementAudienceOf(tenantOf(stack)),
    accepted: acceptedIn(stack),
    credentials,
    foreignClientIds,
    management: tenant,
    signal,
  });
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length === 0) return checks;
  const list = failed.map(({ title, expected, seen, explanation }) =>
    [`  ${title}: expected ${expected}, seen ${seen}`, ...(explanation ? [`    ${explanation}`] : [])].join(
      "\n",
    ),
  );
  throw new ToolError("access_not_as_modelled", `Access is not what the model says:\n${list.join("\n")}`, {
    exitCode: exitCodes.check,
    hint: "The model is applied, but what is named here keeps it from working.",
  });
}
