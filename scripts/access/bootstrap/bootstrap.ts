/** Brings a tenant to what the access model says: adopts what exists, runs the engine, proves the result. */
import { z } from "zod";
import type { AccessModel } from "../../../infra/accessModel.ts";
import { declaredGrants } from "../../../infra/model/declaredGrants.ts";
import { apiNames, applicationNames, type ResourceKind, resourceTypes } from "../../../infra/names.ts";
import type { Check } from "../../checks/check.ts";
import type { Finding } from "../../differences/finding.ts";
import { createStack } from "../../pulumi/createStack.ts";
import { type EngineState, emptyState, resourceKey } from "../../pulumi/engineState.ts";
import type { StackOutputs } from "../../pulumi/pulumi.ts";
import { awaitUnlocked, StackLocked } from "../../pulumi/stackLock.ts";
import { readState } from "../../pulumi/stackState.ts";
import { editState, renameInState } from "../../pulumi/stateEdit.ts";
import { type Ids, readIds, recordIds, withFormerKeys } from "../../session/ids.ts";
import type { Session } from "../../session/session.ts";
import { recordTenant } from "../../session/stackTenant.ts";
import { createReader } from "../../tenant/reader.ts";
import { type AdoptMode, checkPlan } from "./checkPlan.ts";
import { assertAgreed, type Deletion, findDeletions } from "./deletions.ts";
import { excludedUrns, findKept, findLeft, type Kept, withoutChangesOf } from "./differences.ts";
import { type ChosenClients, discover } from "./discover.ts";
import { forget, importSteps, refresh, update } from "./engineRun.ts";
import { readOutcome } from "./outcome.ts";
import { type Plan, planBootstrap, type Step } from "./plan.ts";
import { proveAccess } from "./proveAccess.ts";
import { type Rename, renamedUrns, withUrns } from "./renames.ts";

/** What is asked of a bootstrap. */
export interface BootstrapRequest {
  /** The user's choice among applications of one name. @default none */
  readonly chosen?: ChosenClients;
  /** @default "auto" */
  readonly adopt?: AdoptMode;
  /** Scopes of the management application; undefined where they are not known. */
  readonly granted?: readonly string[] | undefined;
  /** Ids of live objects that may be deleted. @default none */
  readonly mayDelete?: readonly string[];
  /** Application key -> PEM, of those that sign with a key, as far as they are at hand. */
  readonly privateKeys?: Readonly<Record<string, string>>;
}

export interface PlannedBootstrap {
  readonly plan: Plan;
  /** Accepted differences, whose resources are left as they are. */
  readonly kept: readonly Kept[];
  /** The live objects that it deletes. */
  readonly deletions: readonly Deletion[];
  /** Undefined where the stack does not exist. */
  readonly state: EngineState | undefined;
}

export interface BootstrapResult {
  readonly outputs: StackOutputs;
  readonly ids: Ids;
  /** Objects that were brought under management. */
  readonly adopted: readonly Step[];
  /** What `verify` saw; none of them failed. */
  readonly checks: readonly Check[];
  /** What still differs and is not accepted: the engine neither sees nor writes it. */
  readonly left: readonly Finding[];
  /** False where there was nothing to do. */
  readonly changed: boolean;
}

/**
 * Looks at the tenant and at the engine's state; changes nothing.
 * @param read The engine's state, where it has been read already.
 * @throws {ToolError} where the plan needs a decision of the user first
 */
export async function prepareBootstrap(
  session: Session,
  { chosen = {}, adopt = "auto", granted }: BootstrapRequest,
  read?: Pick<PlannedBootstrap, "state">,
): Promise<PlannedBootstrap> {
  const { model, stack, tenant } = session;
  const [state, recorded] = await Promise.all([
    read ? read.state : readState(await session.pulumi(), stack),
    // Read again: another run may have recorded its own since.
    readIds(stack),
  ]);
  const managed = managedIds(model, state ?? emptyState);
  const known = withFormerKeys(recorded, model);
  const discovery = await discover(model, tenant, {
    chosen,
    managed,
    recorded: known.applications,
    names: recorded.names?.applications ?? {},
  });
  const whole = planBootstrap(model, discovery, state ?? emptyState);
  const kept = await findKept(session, {
    ...known,
    applications: { ...known.applications, ...managed.applications, ...chosen },
  });
  const plan = withoutChangesOf(whole, kept);
  checkPlan(plan, adopt, granted);
  for (const message of plan.unusable) session.report({ level: "warning", code: "grant_unusable", message });
  const deletions = await findDeletions(plan, createReader(tenant));
  return { plan, kept, deletions, state };
}

/** Does what was planned, and records the ids; may be interrupted anywhere and run again. */
export async function runBootstrap(
  session: Session,
  request: BootstrapRequest,
  planned: PlannedBootstrap,
): Promise<BootstrapResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptBootstrap(session, request, planned);
    } catch (error) {
      if (!(error instanceof StackLocked) || attempt === mostAttempts) throw error;
      await awaitUnlocked((await session.pulumi()).run, error, session);
      planned = await prepareBootstrap(session, request);
    }
  }
}

/** Each time somebody else held the stack, the plan is made again; more often than this they are in a loop. */
const mostAttempts = 4;

async function attemptBootstrap(
  session: Session,
  request: BootstrapRequest,
  planned: PlannedBootstrap,
): Promise<BootstrapResult> {
  const { model, stack } = session;
  assertAgreed(planned.deletions, request.mayDelete ?? []);
  // Before anything is changed: an interrupted run must not be taken up on another tenant.
  await recordTenant(stack, async (key) => {
    const { stdout } = await (await session.pulumi()).must(["config", "get", key]);
    return stdout.trim();
  });
  if (!planned.state) {
    reportPart(session, `create the stack ${stack.name}`);
    await createStack(await session.pulumi());
  }
  const { plan, kept, deletions, state: before, isFresh } = await tidyState(session, request, planned);
  assertAgreed(deletions, request.mayDelete ?? []);
  const state = await renameKeys(session, plan, before ?? emptyState);
  await deleteLeftoverKeys(session, plan);
  const adopted = plan.steps.filter(({ action }) => action === "adopt");
  const unseen = !isFresh && plan.steps.some(({ action }) => action === "manage" || action === "replace");
  if (adopted.length > 0) {
    // Not with the update: grants without scopes are adopted as they are, and cannot be refreshed before it.
    if (unseen) await refresh(session);
    reportPart(
      session,
      `bring ${adopted.length} ${adopted.length === 1 ? "object" : "objects"} under management`,
    );
    await importSteps(session, adopted, state);
  }
  await recordPresentKeys(session, plan);
  reportPart(session, "make the tenant as the model says");
  const updated = await update(session, {
    refresh: unseen && adopted.length === 0,
    except: excludedUrns(kept, stack, state),
  });
  const { state: now, outputs } = await readOutcome(session, planned.state === undefined);
  const ids = idsOf(model, now, plan.clientIds);
  await recordIds(stack, { ...ids, ...originsOf(model, plan, now, await readIds(stack)) });
  reportPart(session, "prove that access is what the model says");
  const checks = await proveAccess(session, outputs, plan.clientIds, request.privateKeys);
  const left = await findLeft(session, { ...ids, names: { apis: {}, applications: foreignNames(model) } });
  const changed = updated || adopted.length > 0 || plan.renames.length > 0 || isFresh;
  return { outputs, ids, checks, left, adopted, changed };
}

/**
 * Records nothing under keys that the model has no more, or the program would see a rename that is settled. What the state
 * has lost stays on record, to be found by its id.
 */
async function recordPresentKeys({ stack, model }: Session, { renames, clientIds }: Plan): Promise<void> {
  const recorded = withFormerKeys(await readIds(stack), model);
  const under = (section: Rename["section"]) => {
    const ids = Object.entries(recorded[section]).filter(([key]) => Object.hasOwn(model[section], key));
    const renamed = renames.filter((rename) => rename.section === section);
    return { ...Object.fromEntries(ids), ...Object.fromEntries(renamed.map(({ to, id }) => [to, id])) };
  };
  const declared = new Set(declaredGrants(model).map(({ record }) => record));
  const grants = Object.entries(recorded.grants).filter(([key]) => declared.has(key));
  const { apis = {}, applications = {} } = recorded.names ?? {};
  const isForeign = Object.keys(clientIds).length > 0;
  await recordIds(stack, {
    apis: under("apis"),
    // The program grants by the recorded id what the model knows by its name.
    applications: { ...under("applications"), ...clientIds },
    grants: Object.fromEntries(grants),
    ...(isForeign && { names: { apis, applications: { ...applications, ...foreignNames(model) } } }),
  });
}

/** What is recorded beside the ids: names, and which objects this tool has made. */
function originsOf(
  model: AccessModel,
  { steps }: Plan,
  state: EngineState,
  recorded: Ids,
): Pick<Ids, "names" | "created"> {
  // Other grants stay or go with the application that holds them.
  const ofOthers = new Set(
    declaredGrants(model).flatMap(({ isForeign, resource }) => (isForeign ? resource : [])),
  );
  const made = steps.flatMap(({ kind, action, resource }) => {
    const isNew = action === "create" || action === "replace";
    if (!isNew || !(kind === "api" || kind === "application" || (kind === "grant" && ofOthers.has(resource))))
      return [];
    return state.resources.get(resourceKey(resourceTypes[kind], resource)) ?? [];
  });
  const managed = new Set(state.managed.map(({ id }) => id));
  return {
    names: {
      apis: Object.fromEntries(Object.values(model.apis).map(({ key, identifier }) => [key, identifier])),
      applications: {
        ...Object.fromEntries(Object.values(model.applications).map(({ key, name }) => [key, name])),
        ...foreignNames(model),
      },
    },
    created: [...new Set([...(recorded.created ?? []), ...made])].filter((id) => managed.has(id)),
  };
}

/**
 * Gives the state, in one write, and then the recorded ids the model's keys: killed in between, the next run finds the
 * objects under the keys that it wants and records them.
 */
async function renameKeys(session: Session, { renames }: Plan, state: EngineState): Promise<EngineState> {
  if (renames.length === 0) return state;
  reportPart(session, `rename ${renames.map(({ from, to }) => `${from} to ${to}`).join(", ")} in the state`);
  const urns = renamedUrns(state, renames);
  await editState(await session.pulumi(), session.stack, (found) => renameInState(found, urns));
  return withUrns(state, urns);
}

/**
 * Rids the state of what an interrupted run, or somebody else, left in it; the plan is made again after that.
 * @returns `isFresh` where the state has just been read from the tenant
 */
async function tidyState(
  session: Session,
  request: BootstrapRequest,
  planned: PlannedBootstrap,
): Promise<PlannedBootstrap & { readonly isFresh: boolean }> {
  let { plan, kept, deletions, state } = planned;
  const { pendingOperations, grantsWithoutScopes } = state ?? emptyState;
  if (grantsWithoutScopes.length > 0) {
    reportPart(session, "forget grants that an earlier run could not finish, to adopt them again");
    for (const urn of grantsWithoutScopes) await forget(session, urn);
    ({ plan, kept, deletions, state } = await prepareBootstrap(session, request));
  }
  if (pendingOperations === 0 && plan.stale.length === 0) {
    return { plan, kept, deletions, state, isFresh: false };
  }
  reportPart(session, "refresh what an earlier run or somebody else left behind");
  await refresh(session);
  return { ...(await prepareBootstrap(session, request)), isFresh: true };
}

async function deleteLeftoverKeys(session: Session, { leftoverKeys }: Plan): Promise<void> {
  for (const { clientId, credentialId, title } of leftoverKeys) {
    reportPart(session, `delete the ${title}, which an interrupted run uploaded`);
    await session.tenant.send(
      "DELETE",
      `clients/${clientId}/credentials/${credentialId}`,
      undefined,
      z.unknown(),
    );
  }
}

function reportPart({ report }: Pick<Session, "report">, part: string): void {
  report({ level: "info", code: "bootstrap_part", message: `> ${part}` });
}

function managedIds(model: AccessModel, state: EngineState) {
  const id = (kind: ResourceKind, name: string) =>
    state.resources.get(resourceKey(resourceTypes[kind], name));
  return {
    apis: byKey(model.apis, (key) => id("api", apiNames(key).resourceServer)),
    applications: byKey(model.applications, (key) => id("application", applicationNames(key).client)),
  };
}

function idsOf(model: AccessModel, state: EngineState, clientIds: Plan["clientIds"]): Ids {
  const grants = declaredGrants(model).flatMap(({ record, resource }) => {
    const grant = state.resources.get(resourceKey(resourceTypes.grant, resource));
    return grant === undefined ? [] : [[record, grant] as const];
  });
  const { apis, applications } = managedIds(model, state);
  return { apis, applications: { ...applications, ...clientIds }, grants: Object.fromEntries(grants) };
}

/** What the recorded client ids of others were found by. */
function foreignNames({ foreignApplications }: AccessModel): Record<string, string> {
  return Object.fromEntries(
    Object.values(foreignApplications).flatMap(({ key, name }) => (name === undefined ? [] : [[key, name]])),
  );
}

/** A key that the state does not hold yet is the one that it held the object under before. */
function byKey(
  entries: Readonly<Record<string, { readonly formerly?: readonly string[] | undefined }>>,
  idOf: (key: string) => string | undefined,
): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const [key, { formerly = [] }] of Object.entries(entries)) {
    const id = [key, ...formerly].map(idOf).find(Boolean);
    if (id) ids[key] = id;
  }
  return ids;
}
