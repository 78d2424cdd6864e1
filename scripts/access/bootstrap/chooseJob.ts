/** Whose credentials a bootstrap writes. */
import type { AccessModel } from "../../../infra/accessModel.ts";
import { usageError } from "../../../lib/errors.ts";
import { type Job, jobOf } from "../../credentials/jobCredentials.ts";
import type { PrivateKeyFiles } from "../../credentials/privateKeyFiles.ts";

/**
 * The application that was named, else the only one there is.
 * @throws {ToolError} exit code 2 where that is not clear, or its private key is not at hand
 */
export function chooseJob(model: AccessModel, key: string | undefined, privateKeys: PrivateKeyFiles): Job {
  const keys = Object.keys(model.applications);
  const chosen = key ?? (keys.length === 1 ? keys[0] : undefined);
  if (chosen === undefined) {
    throw usageError(
      "The model has several applications.",
      `Name one with --application: ${keys.join(", ")}.`,
    );
  }
  const application = model.applications[chosen];
  if (!application) throw usageError(`The model has no application ${chosen}.`, `It has ${keys.join(", ")}.`);
  const job = jobOf(model, application);
  if (application.credentials === "elsewhere") {
    throw usageError(
      `Another tool keeps the credentials of ${chosen} (credentials: elsewhere).`,
      "Use --credentials none, and let that tool hand them out.",
    );
  }
  if (application.authentication === "private_key_jwt" && privateKeys[chosen] === undefined) {
    throw usageError(
      `${chosen} signs with a private key, which only its owner has.`,
      "Name its file with --private-key, or use --credentials none.",
    );
  }
  return job;
}
