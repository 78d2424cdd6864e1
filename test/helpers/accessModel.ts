/** The default access model, or one like it. */
import {
  type AccessModel,
  type Api,
  type Application,
  type Grant,
  loadAccessModel,
} from "../../infra/accessModel.ts";
import { repository } from "./commandLine.ts";

/** A grant of exactly these scopes to the application itself. */
export const granted = (...scopes: string[]): Grant[] => [{ scopes, subject: "client" }];

export interface Changes {
  /** Laid over the Timesheets API. */
  readonly api?: Partial<Api>;
  /** Laid over the import job. */
  readonly application?: Partial<Application>;
}

export function accessModel({ api = {}, application = {} }: Changes = {}): AccessModel {
  const model = loadAccessModel({ file: `${repository}/infra/access.yaml` });
  const { timesheets } = model.apis;
  const job = model.applications["import-job"];
  if (!timesheets || !job) throw new Error("The default model has lost its API or its job.");
  return {
    ...model,
    apis: { timesheets: { ...timesheets, ...api } },
    applications: { "import-job": { ...job, ...application } },
  };
}
