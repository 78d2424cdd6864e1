/** What a comparison has before it: the model, what was recorded of it, and what the tenant has. */
import type { AccessModel } from "../../infra/accessModel.ts";
import type { Ids } from "../session/ids.ts";
import type { WireGrant } from "../tenant/objects.ts";
import type { TenantView } from "./tenantView.ts";

/** The same, with the grants of the tenant that are the model's. */
export interface Matched extends Comparison {
  /** By what their ids are recorded under. */
  readonly matched: ReadonlyMap<string, WireGrant>;
}

export interface Comparison {
  readonly model: AccessModel;
  /** What bootstrap recorded; without it objects are found by their natural keys. */
  readonly ids: Ids;
  readonly view: TenantView;
  /** What grants call the tenant's own Management API. */
  readonly managementAudience: string;
}
