/** Writes back what was changed or lost, by `pulumi up`, after showing the plan and asking. */

import { declaredGrants } from "../../../infra/model/declaredGrants.ts";
import { plainText } from "../../../lib/text.ts";
import { clientIdOf, urnOf } from "../../differences/resources.ts";
import { readTenant } from "../../differences/tenantView.ts";
import { resourceKey } from "../../pulumi/engineState.ts";
import { readStackOutputs } from "../../pulumi/pulumi.ts";
import { readState } from "../../pulumi/stackState.ts";
import { type Ids, recordIds } from "../../session/ids.ts";
import type { Session } from "../../session/session.ts";
import { findGrant } from "../../tenant/ours.ts";
import type { Context } from "../../terminal/command.ts";
import { confirm } from "../../terminal/confirm.ts";
import { say } from "../../terminal/output.ts";
import type { Checked } from "./check.ts";
import { planReattachments, reattach } from "./reattach.ts";

/** Returns whether anything was run. */
export async function fixStack(checked: Checked, yes: boolean, context: Context): Promise<boolean> {
  const { fixPlan, session } = checked;
  const { stack } = session;
  for (const line of describeFixPlan(checked)) say(context, plainText(line));
  if (fixPlan.fixable.length === 0) return false;
  if (!yes && !(await confirm(context, `Run pulumi up on ${stack.name}?`))) return false;
  for (const reattachment of planReattachments(checked)) await reattach(session, reattachment);
  const pulumi = await session.pulumi();
  // As the state names them: components of a stack from an earlier release have other types in their URNs.
  const state = fixPlan.excluded.length > 0 ? await readState(pulumi, stack) : undefined;
  const excluded = fixPlan.excluded.flatMap((resource) => [
    "--exclude",
    state?.urns.get(resourceKey(resource.type, resource.name)) ?? urnOf(stack, resource),
  ]);
  await pulumi.must(["up", "--refresh", "--yes", "--skip-preview", ...excluded], { shown: true });
  await recordIds(stack, await idsAfter(session, await readStackOutputs(pulumi)));
  return true;
}

function describeFixPlan(checked: Checked): string[] {
  const { fixPlan, session } = checked;
  const { stack } = session;
  const { fixable, leftAlone } = fixPlan;
  const keyed = planReattachments(checked).map(({ name }) => name);
  return [
    ...(fixable.length > 0
      ? [`pulumi up on ${stack.name} writes back:`, ...fixable.map(({ path }) => `  ${path}`)]
      : [`Nothing on ${stack.name} can be fixed by pulumi up.`]),
    ...(keyed.length > 0
      ? [`Keys that are still there are attached again first, to ${keyed.join(", ")}.`]
      : []),
    ...(leftAlone.length > 0 ? ["It leaves alone:", ...leftAlone.map((line) => `  ${line}`)] : []),
  ];
}

/** What was made again has another id, and later commands go by what is recorded. */
async function idsAfter(
  { model, ids: before, tenant }: Session,
  outputs: Awaited<ReturnType<typeof readStackOutputs>>,
): Promise<Ids> {
  const apis = Object.fromEntries(Object.entries(outputs.apis).map(([key, { id }]) => [key, id]));
  const ours = Object.entries(outputs.applications).map(([key, { clientId }]) => [key, clientId] as const);
  // The program has no outputs for applications that others own.
  const foreign = Object.entries(before.applications).filter(([key]) => key in model.foreignApplications);
  const ids: Ids = { apis, applications: Object.fromEntries([...foreign, ...ours]), grants: {} };
  const names = before.names === undefined ? {} : { names: before.names };
  const reading = { scanApplications: false, mayReadKeys: false };
  const view = await readTenant(model, { ...ids, ...names }, tenant, reading);
  const grants = declaredGrants(model).flatMap((declared) => {
    const { holder, record } = declared;
    const grant = findGrant(view.grants, declared, holder && clientIdOf(view, holder.key));
    return grant ? [[record, grant.id] as const] : [];
  });
  return { ...ids, grants: Object.fromEntries(grants) };
}
