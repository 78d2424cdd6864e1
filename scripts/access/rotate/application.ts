/** What rotations of one application's key or secret share: which application, and its job's new credentials. */
import type { Application } from "../../../infra/accessModel.ts";
import { usageError } from "../../../lib/errors.ts";
import type { CredentialsFormat } from "../../credentials/credentialsOptions.ts";
import {
  type CredentialsTarget,
  credentialsTarget,
  jobOf,
  writeJobCredentials,
} from "../../credentials/jobCredentials.ts";
import type { Context } from "../../terminal/command.ts";
import { openRotation, type RotationTools } from "./tools.ts";

export interface ApplicationOptions {
  readonly stack: string;
  readonly application?: string | undefined;
  readonly credentials: "none" | CredentialsFormat;
  readonly out?: string | undefined;
}

export interface ChosenApplication {
  readonly application: Application;
  readonly clientId: string;
}

/** What an application proves itself with, as messages say it. */
type ProofKind = "a private key" | "a client secret";

export interface ApplicationRotation extends RotationTools {
  readonly chosen: ChosenApplication;
  /** Writes the job's new credentials where the user wants them; does nothing where they want none. */
  readonly deliver: (proof: NewProof) => Promise<void>;
  /** Absolute path of the file with the credentials; null where none are wanted. */
  readonly out: string | null;
}

/**
 * Opens the stack and chooses the application.
 * @throws {ToolError} exit 2 where no application can be meant, or it has no use for what is rotated
 */
export async function openApplicationRotation(
  options: ApplicationOptions,
  context: Context,
  what: ProofKind,
): Promise<ApplicationRotation> {
  const target = await credentialsTarget(options, context.cwd);
  const tools = await openRotation(options.stack, context);
  const chosen = chooseApplication(tools, options.application, what);
  return { ...tools, chosen, deliver: openDelivery(target, tools, chosen), out: target?.file ?? null };
}

/** What a job proves itself with after a rotation. */
type NewProof = { readonly clientSecret: string } | { readonly privateKeyFile: string };

/**
 * Writes a job's new credentials where the user wants them; does nothing where they want none.
 * @throws {ToolError} exit 2, at once, where the application has no use for credentials
 */
function openDelivery(
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

/**
 * The application to rotate: the one that was named, else the only one that will do.
 * @throws {ToolError} exit 2
 */
function chooseApplication(
  { model, outputs }: Pick<RotationTools, "model" | "outputs">,
  name: string | undefined,
  what: ProofKind,
): ChosenApplication {
  const willDo = ({ authentication }: Application) =>
    (authentication === "private_key_jwt") === (what === "a private key");
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
        ? "Use `auth0-m2m rotate key`."
        : "Use `auth0-m2m rotate secret`.",
    );
  }
  const clientId = outputs.applications[named.key]?.clientId;
  if (clientId !== undefined) return { application: named, clientId };
  throw usageError(
    `The application ${named.key} is not among the stack's outputs.`,
    "Run `auth0-m2m bootstrap` first.",
  );
}
