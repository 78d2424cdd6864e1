/** What rotations of one application's key or secret share: which application, and its job's new credentials. */
import type { AccessModel, Application } from "../../../infra/accessModel.ts";
import { usageError } from "../../../lib/errors.ts";
import type { ReservedFile } from "../../../lib/reservedFile.ts";
import {
  type CredentialsTarget,
  type Job,
  jobOf,
  writeJobCredentials,
} from "../../credentials/jobCredentials.ts";
import type { StackOutputs } from "../../pulumi/pulumi.ts";
import type { Session } from "../../session/session.ts";

/** An application whose key or secret is rotated. */
export interface RotatedApplication {
  readonly application: Application;
  readonly clientId: string;
  /** The stack's outputs before the rotation. */
  readonly outputs: StackOutputs;
  /** Where its job's new credentials go; undefined where they are written nowhere. */
  readonly delivery: { readonly target: CredentialsTarget; readonly job: Job } | undefined;
}

/** What an application proves itself with, as messages say it. */
type ProofKind = "a private key" | "a client secret";

/**
 * Writes a job's new credentials where the user wants them.
 * @param reserved Room for them, where it was taken before.
 * @throws {ToolError} exit 2 where the file cannot be written
 */
export async function deliver(
  { stack, report }: Pick<Session, "stack" | "report">,
  { clientId, outputs, delivery }: RotatedApplication,
  proof: { readonly clientSecret: string } | { readonly privateKeyFile: string },
  reserved?: ReservedFile,
): Promise<void> {
  if (!delivery) return;
  const { target, job } = delivery;
  await writeJobCredentials(target, job, { clientId, ...proof }, { outputs, stack }, reserved);
  const message = `The job's credentials are in ${target.file}.`;
  report({ level: "info", code: "credentials_written", message });
}

/**
 * The application to rotate: the one that was named, else the only one that will do.
 * @param target Where its job's new credentials go.
 * @throws {ToolError} exit 2
 */
export function chooseApplication(
  model: AccessModel,
  outputs: StackOutputs,
  name: string | undefined,
  what: ProofKind,
  target: CredentialsTarget | undefined,
): RotatedApplication {
  const willDo = ({ authentication, credentials }: Application) =>
    credentials !== "elsewhere" && (authentication === "private_key_jwt") === (what === "a private key");
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
  if (name !== undefined && name in model.foreignApplications) {
    throw usageError(
      `The application ${name} is kept by others (owner: elsewhere), so it is not rotated here.`,
      `Those with ${what}: ${list}.`,
    );
  }
  if (!named) {
    throw name === undefined
      ? usageError(`Several applications have ${what}: ${list}.`, "Choose one with --application.")
      : usageError(`The model has no application ${name}.`, `Those with ${what}: ${list}.`);
  }
  if (named.credentials === "elsewhere") {
    throw usageError(
      `Another tool keeps the credentials of ${named.key} (credentials: elsewhere), so they are not rotated here.`,
      "Rotate them with that tool, or write `credentials: ours`.",
    );
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
  if (clientId !== undefined) {
    const delivery = target && { target, job: jobOf(model, named) };
    return { application: named, clientId, outputs, delivery };
  }
  throw usageError(
    `The application ${named.key} is not among the stack's outputs.`,
    "Run `auth0-m2m bootstrap` first.",
  );
}
