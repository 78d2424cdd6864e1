/** What the demo shows: the API that the project runs on this machine, the job that calls it, and the job's sample. */
import path from "node:path";
import type { AccessModel, Application } from "../../../infra/accessModel.ts";
import { machineScopes } from "../../../infra/model/declaredGrants.ts";
import { usageError } from "../../../lib/errors.ts";
import { localStack } from "../../session/localRecord.ts";
import { stackFile } from "../../session/project.ts";
import { type LocalApi, readLocalSettings } from "../local/localApis.ts";

export interface Scenario {
  readonly model: AccessModel;
  readonly local: LocalApi;
  /** The first application that may call it. */
  readonly application: Application;
  /** What it may do there. */
  readonly scopes: readonly string[];
  /** A scope of the API that the job lacks, for somebody to add by hand. */
  readonly addedScope: string;
  /** Absolute path of a file that the import job takes. */
  readonly sample: string;
}

/**
 * Read from the settings of the stack `local`: the first API under `<project>:localApis`, and `<project>:demoSample`.
 * @throws {ToolError} exit 2 where the project has no such scenario
 */
export async function readScenario(root: string, model: AccessModel): Promise<Scenario> {
  const { project, apis, demoSample } = await readLocalSettings(root, model);
  const [local] = apis;
  const application = Object.values(model.applications).find(
    (one) => local !== undefined && machineScopes(one, local.api) !== undefined,
  );
  const file = stackFile(root, localStack);
  if (!local || demoSample === undefined) {
    throw usageError(
      "This project has nothing to demonstrate.",
      `Name an API and a file to import in ${file}: ${project}:localApis and ${project}:demoSample.`,
    );
  }
  const scopes = (application && machineScopes(application, local.api)) ?? [];
  const addedScope = Object.keys(local.api.scopes)
    .filter((scope) => !scopes.includes(scope))
    .at(-1);
  if (application && addedScope !== undefined)
    return { model, local, application, scopes, addedScope, sample: path.resolve(root, demoSample) };
  throw usageError(
    application
      ? `${application.name} may do everything with ${local.api.name}.`
      : `No application of the model may call ${local.api.name}.`,
    "The demo needs an application that may do some of what the API offers.",
  );
}
