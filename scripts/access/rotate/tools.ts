/** What every rotation works with: the model, the stack's outputs, its engine and its tenant. */
import type { AccessModel } from "../../../infra/accessModel.ts";
import { type Pulumi, readStackOutputs, type StackOutputs } from "../../pulumi/pulumi.ts";
import { loadStackModel } from "../../session/accessModel.ts";
import { openPulumi } from "../../session/session.ts";
import { openStack, type Stack, tenantOf } from "../../session/stack.ts";
import { createManagementClient, type ManagementClient } from "../../tenant/managementClient.ts";
import type { Context } from "../../terminal/command.ts";
import { say } from "../../terminal/output.ts";
import { createReporter } from "../../terminal/reporter.ts";

export interface RotationTools {
  readonly stack: Stack;
  readonly model: AccessModel;
  readonly pulumi: Pulumi;
  readonly outputs: StackOutputs;
  readonly management: ManagementClient;
  /** A client that asks for a token of its own, since rotations may end the token of the first. */
  readonly newManagement: () => ManagementClient;
  readonly signal: AbortSignal;
  /** Says what is being done, and what the reader has to know. */
  readonly tell: (line: string) => void;
  /** The engine's own output, as it comes. */
  readonly onEngineOutput: (text: string) => void;
}

export async function openRotation(stackName: string, context: Context): Promise<RotationTools> {
  const stack = openStack(stackName, context);
  const model = await loadStackModel(stack);
  const tenant = tenantOf(stack);
  const newManagement = () => createManagementClient(tenant, { signal: context.signal });
  const pulumi = await openPulumi(stack, { report: createReporter(context), signal: context.signal }, false);
  return {
    stack,
    model,
    pulumi,
    outputs: await readStackOutputs(pulumi),
    management: newManagement(),
    newManagement,
    signal: context.signal,
    tell: (line) => say(context, line),
    onEngineOutput: (text) => context.stderr.write(text),
  };
}
