/** The differences between a session's model and its tenant, read and compared. */
import type { Ids } from "../session/ids.ts";
import type { Session } from "../session/session.ts";
import { tenantOf } from "../session/stack.ts";
import { managementAudienceOf } from "../tokens/managementToken.ts";
import { compare } from "./compare.ts";
import type { Finding } from "./finding.ts";
import { type ReadOptions, readTenant, type TenantView } from "./tenantView.ts";

export interface Differences {
  readonly findings: readonly Finding[];
  readonly view: TenantView;
}

/** @param ids By which the model's objects are found. */
export async function findDifferences(
  { stack, model, tenant }: Pick<Session, "stack" | "model" | "tenant">,
  ids: Ids,
  options: ReadOptions,
): Promise<Differences> {
  const managementAudience = managementAudienceOf(tenantOf(stack));
  const view = await readTenant(model, ids, tenant, options);
  return { findings: compare({ model, ids, view, managementAudience }), view };
}
