/** What every rotation works with: the model, the stack's outputs, its engine and its tenant. */
import type { AccessModel, Application } from "../../infra/accessModel.ts";
import { loadStackModel } from "../lib/accessModel.ts";
import type { Context } from "../lib/command.ts";
import { openEngine } from "../lib/engine.ts";
import { usageError } from "../lib/errors.ts";
import { type CredentialsTarget, jobOf, writeJobCredentials } from "../lib/jobCredentials.ts";
import { createManagementClient, type ManagementClient } from "../lib/managementClient.ts";
import { say } from "../lib/output.ts";
import { type Pulumi, readStackOutputs, type StackOutputs } from "../lib/pulumi.ts";
import { openStack, type Stack, stackOption, tenantOf } from "../lib/stack.ts";

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

export async function openRotation(stackName: unknown, context: Context): Promise<RotationTools> {
  const stack = openStack(stackOption(stackName), context);
  const model = await loadStackModel(stack);
  const tenant = tenantOf(stack);
  const newManagement = () => createManagementClient(tenant, { signal: context.signal });
  const pulumi = await openEngine(stack, context);
  return {
    stack,
    model,
    pulumi,
    outputs: await readStackOutputs(pulumi, { signal: context.signal }),
    management: newManagement(),
    newManagement,
    signal: context.signal,
    tell: (line) => say(context, line),
    onEngineOutput: (text) => context.stderr.write(text),
  };
}

/** What a job proves itself with after a rotation. */
export type NewProof = { readonly clientSecret: string } | { readonly privateKeyFile: string };

/**
 * Writes a job's new credentials where the user wants them; does nothing where they want none.
 * @throws {ToolError} exit 2, at once, where the application has no use for credentials
 */
export function openDelivery(
  target: CredentialsTarget | undefined,
  tools: RotationTools,
  { application, clientId }: ChosenApplication,
): (proof: NewProof) => Promise<void> {
  if (!target) return async () => {};
  const job = jobOf(tools.model, application);
  return async (proof) => {
    await writeJobCredentials(target, job, { clientId, ...proof }, tools);
    tools.tell(`The job's credentials are in ${target.file}.`);
  };
}

export interface ChosenApplication {
  readonly application: Application;
  readonly clientId: string;
}

/**
 * The application to rotate: the one that was named, else the only one that will do.
 * @param willDo Whether the rotation makes sense for an application.
 * @param what For messages, e.g. `a client secret`.
 * @throws {ToolError} exit 2
 */
export function chooseApplication(
  { model, outputs }: Pick<RotationTools, "model" | "outputs">,
  name: string | undefined,
  willDo: (application: Application) => boolean,
  what: string,
): ChosenApplication {
  const candidates = Object.values(model.applications).filter(willDo);
  const list = candidates.map(({ key }) => key).join(", ") || "none";
  const named =
    name === undefined && candidates.length === 1 ? candidates[0] : model.applications[name ?? ""];
  if (!named && candidates.length === 0) {
    throw usageError(
      `No application of the model has ${what}.`,
      "Its property `authentication` decides that.",
    );
  }
  if (!named) {
    throw name === undefined
      ? usageError(`Several applications have ${what}: ${list}.`, "Choose one with --application.")
      : usageError(`The model has no application ${name}.`, `Those with ${what}: ${list}.`);
  }
  if (!willDo(named)) {
    throw usageError(
      `The application ${named.key} authenticates with ${named.authentication}, not with ${what}.`,
      named.authentication === "private_key_jwt"
        ? "Use `timesheets rotate key`."
        : "Use `timesheets rotate secret`.",
    );
  }
  const clientId = outputs.applications[named.key]?.clientId;
  if (clientId !== undefined) return { application: named, clientId };
  throw usageError(
    `The application ${named.key} is not among the stack's outputs.`,
    "Run `timesheets bootstrap` first.",
  );
}
