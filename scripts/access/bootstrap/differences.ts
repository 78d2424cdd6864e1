/** What a bootstrap leaves as it is in a tenant: differences that are accepted for a time, and those that are not its own. */
import { type Acceptance, readAcceptances, sortByAcceptance } from "../../differences/acceptances.ts";
import { findDifferences } from "../../differences/find.ts";
import type { Finding } from "../../differences/finding.ts";
import { urnOf } from "../../differences/resources.ts";
import { type EngineState, resourceKey } from "../../pulumi/engineState.ts";
import type { Ids } from "../../session/ids.ts";
import type { Session } from "../../session/session.ts";
import { keyOfStep, type Plan } from "./plan.ts";

type Compared = Pick<Session, "stack" | "model" | "tenant">;

/** A difference that is accepted, on a resource that the engine must leave as it is for that. */
export interface Kept {
  readonly acceptance: Acceptance;
  readonly resource: Finding["resource"]["pulumi"];
}

/** @param ids By which the model's objects are found. */
export async function findKept(session: Compared, ids: Ids): Promise<Kept[]> {
  const { root, name } = session.stack;
  const acceptances = readAcceptances(root);
  // Most teams accept nothing, and are spared the requests.
  if (acceptances.length === 0) return [];
  const { accepted } = sortByAcceptance(await findings(session, ids), acceptances, name, new Date());
  return accepted
    .filter(({ finding }) => isWritten(finding))
    .map(({ finding, acceptance }) => ({ acceptance, resource: finding.resource.pulumi }));
}

/** Open differences, once the model is applied: what the engine neither sees nor writes. */
export async function findLeft(session: Compared, ids: Ids): Promise<readonly Finding[]> {
  const { root, name } = session.stack;
  return sortByAcceptance(await findings(session, ids), readAcceptances(root), name, new Date()).open;
}

async function findings(session: Compared, ids: Ids): Promise<readonly Finding[]> {
  const mayReadKeys = (await session.tenant.scopes()).includes("read:client_credentials");
  return (await findDifferences(session, ids, { scanApplications: false, mayReadKeys })).findings;
}

/** Whether an update would end it. An API or an application that is missing altogether is made: others need it. */
function isWritten({ kind, property, resource, undoneByUp }: Finding): boolean {
  if (kind === "unmanaged") return undoneByUp;
  return property !== "" || resource.object.type === "client_grant";
}

/** The plan without what it would change in resources that are left as they are. */
export function withoutChangesOf(plan: Plan, kept: readonly Kept[]): Plan {
  const keys = new Set(kept.map(({ resource }) => resourceKey(resource.type, resource.name)));
  const steps = plan.steps.map((step) => (keys.has(keyOfStep(step)) ? { ...step, changes: [] } : step));
  return { ...plan, steps };
}

/** URNs of what the engine must leave as it is. */
export function excludedUrns(
  kept: readonly Kept[],
  stack: Session["stack"],
  { urns }: EngineState,
): string[] {
  const all = kept.map(
    ({ resource }) => urns.get(resourceKey(resource.type, resource.name)) ?? urnOf(stack, resource),
  );
  return [...new Set(all)];
}
