/** From an access model and what stands in a tenant to the list of differences; pure. */
import type { AccessModel } from "../../infra/accessModel.ts";
import type { Ids } from "../lib/ids.ts";
import { compareApi } from "./compareApi.ts";
import { compareApplication } from "./compareApplication.ts";
import { compareGrants } from "./compareGrants.ts";
import type { Finding } from "./finding.ts";
import type { TenantView } from "./tenantView.ts";

export interface Comparison {
  readonly model: AccessModel;
  /** What bootstrap recorded; without it objects are found by their natural keys. */
  readonly ids: Ids;
  readonly view: TenantView;
  /** The tenant's host, which names its Management API. */
  readonly domain: string;
}

/** Every difference, in the order of the model: APIs, then applications, each with what belongs to it. */
export function compare(comparison: Comparison): Finding[] {
  const { model } = comparison;
  return [
    ...Object.values(model.apis).flatMap((api) => compareApi(comparison, api)),
    ...Object.values(model.applications).flatMap((application) => [
      ...compareApplication(comparison, application),
      ...compareGrants(comparison, application),
    ]),
  ];
}
