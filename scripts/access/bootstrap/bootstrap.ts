/** Brings a tenant to what the access model says: adopts what exists, runs the engine, proves the result. */
import { z } from "zod";
import type { AccessModel } from "../../../infra/accessModel.ts";
import { apiNames, applicationNames, type ResourceKind, resourceTypes } from "../../../infra/names.ts";
import type { Check } from "../../checks/check.ts";
import { type EngineState, emptyState, resourceKey } from "../../pulumi/engineState.ts";
import type { StackOutputs } from "../../pulumi/pulumi.ts";
import { awaitUnlocked, StackLocked } from "../../pulumi/stackLock.ts";
import { readState } from "../../pulumi/stackState.ts";
import { type Ids, readIds, recordIds } from "../../session/ids.ts";
import { preflight } from "../../session/preflight/preflight.ts";
import type { Stack } from "../../session/stack.ts";
import type { ManagementClient } from "../../tenant/managementClient.ts";
import type { Context } from "../../terminal/command.ts";
import { say } from "../../terminal/output.ts";
import { type AdoptMode, checkPlan } from "./checkPlan.ts";
import { type ChosenClients, discover } from "./discover.ts";
import { type EngineTools, forget, importSteps, refresh, update } from "./engineRun.ts";
import { readOutcome } from "./outcome.ts";
import { type Plan, planBootstrap, type Step } from "./plan.ts";
import { proveAccess } from "./proveAccess.ts";

export type { AdoptMode } from "./checkPlan.ts";

export interface BootstrapTools extends EngineTools {
  readonly model: AccessModel;
  readonly stack: Stack;
  readonly client: ManagementClient;
  /** Of the management application; undefined where that is not known. */
  readonly granted?: readonly string[] | undefined;
  /** Application key -> PEM, of those that sign with a key, as far as they are at hand. */
  readonly privateKeys?: Readonly<Record<string, string>>;
  /** Told before each part. */
  readonly onPart: (text: string) => void;
}

export interface Prepared {
  readonly plan: Plan;
  /** Undefined where the stack does not exist. */
  readonly state: EngineState | undefined;
  /** How the plan was come by, to come by another one should the world change. */
  readonly chosen: ChosenClients;
  readonly adopt: AdoptMode;
}

export interface BootstrapResult {
  readonly outputs: StackOutputs;
  readonly ids: Ids;
  /** Objects that were brought under management. */
  readonly adopted: readonly Step[];
  /** What `verify` saw; none of them failed. */
  readonly checks: readonly Check[];
  /** False where there was nothing to do. */
  readonly changed: boolean;
}

export interface OpenBootstrap {
  readonly tools: BootstrapTools;
  readonly state: EngineState | undefined;
  /** Scopes of the management application that a bootstrap does not need. */
  readonly surplusScopes: readonly string[];
}

/**
 * Gets the engine and the tenant ready for one stack.
 * @param entered The client of a tenant that was entered already.
 * @throws {ToolError} with everything that stands in the way, at once
 */
export async function openBootstrap(
  stack: Stack,
  model: AccessModel,
  context: Context,
  privateKeys: Readonly<Record<string, string>> = {},
  entered?: ManagementClient,
): Promise<OpenBootstrap> {
  const { client, pulumi, granted, state, surplusScopes } = await preflight(
    stack,
    model,
    "bootstrap",
    context,
    entered,
  );
  const tools: BootstrapTools = {
    model,
    stack,
    pulumi,
    client,
    granted,
    privateKeys,
    signal: context.signal,
    onEngineOutput: (text) => context.stderr.write(text),
    onPart: (text) => say(context, `> ${text}`),
  };
  return { tools, state, surplusScopes };
}

/**
 * Looks at the tenant and at the engine's state; changes nothing.
 * @param opened Its state is taken where it has been read already.
 * @throws {ToolError} where the plan needs a decision of the user first
 */
export async function prepareBootstrap(
  tools: BootstrapTools,
  chosen: ChosenClients,
  adopt: AdoptMode,
  opened?: Pick<OpenBootstrap, "state">,
): Promise<Prepared> {
  const { model, stack, client, pulumi } = tools;
  const [current, recorded] = await Promise.all([
    opened ? opened.state : readState(pulumi, stack),
    readIds(stack),
  ]);
  const discovery = await discover(model, client, {
    chosen,
    managed: managedIds(model, current ?? emptyState),
    recorded: recorded.applications,
  });
  const plan = planBootstrap(model, discovery, current ?? emptyState);
  checkPlan(plan, adopt, tools.granted);
  return { plan, state: current, chosen, adopt };
}

/** Does what the plan says, and records the ids; may be interrupted anywhere and run again. */
export async function runBootstrap(tools: BootstrapTools, prepared: Prepared): Promise<BootstrapResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptBootstrap(tools, prepared);
    } catch (error) {
      if (!(error instanceof StackLocked) || attempt === mostAttempts) throw error;
      const { signal, onPart } = tools;
      await awaitUnlocked(tools.pulumi.run, error, { signal, report: ({ message }) => onPart(message) });
      prepared = await prepareBootstrap(tools, prepared.chosen, prepared.adopt);
    }
  }
}

/** Each time somebody else held the stack, the plan is made anew; more often than this they are in a loop. */
const mostAttempts = 4;

async function attemptBootstrap(tools: BootstrapTools, prepared: Prepared): Promise<BootstrapResult> {
  const { model, stack, pulumi, onPart } = tools;
  if (!prepared.state) {
    onPart(`create the stack ${stack.name}`);
    await pulumi.must(["stack", "init", "--no-select"]);
  }
  const { plan, state, isFresh } = await tidyState(tools, prepared);
  await deleteLeftoverKeys(tools, plan);
  const adopted = plan.steps.filter(({ action }) => action === "adopt");
  const unseen = !isFresh && plan.steps.some(({ action }) => action === "manage" || action === "replace");
  if (adopted.length > 0) {
    // Not with the update: grants without scopes are adopted as they are, and cannot be refreshed before it.
    if (unseen) await refresh(tools);
    onPart(`bring ${adopted.length} objects under management`);
    await importSteps(tools, adopted, state ?? emptyState);
  }
  onPart("make the tenant as the model says");
  const updated = await update(tools, { refresh: unseen && adopted.length === 0 });
  const { state: now, outputs } = await readOutcome(tools, prepared.state === undefined);
  const ids = idsOf(model, now);
  await recordIds(stack, ids);
  onPart("prove that access is what the model says");
  const checks = await proveAccess(tools, outputs);
  return { outputs, ids, checks, adopted, changed: updated || adopted.length > 0 || isFresh };
}

/**
 * Rids the state of what an interrupted run, or somebody else, left in it; the plan is made anew after that.
 * @returns `isFresh` where the state has just been read from the tenant
 */
async function tidyState(
  tools: BootstrapTools,
  prepared: Prepared,
): Promise<Pick<Prepared, "plan" | "state"> & { readonly isFresh: boolean }> {
  const again = () => prepareBootstrap(tools, prepared.chosen, prepared.adopt);
  let { plan, state } = prepared;
  const { pendingOperations, grantsWithoutScopes } = state ?? emptyState;
  if (grantsWithoutScopes.length > 0) {
    tools.onPart("forget grants that an earlier run could not finish, to adopt them anew");
    for (const urn of grantsWithoutScopes) await forget(tools, urn);
    ({ plan, state } = await again());
  }
  if (pendingOperations === 0 && plan.stale.length === 0) return { plan, state, isFresh: false };
  tools.onPart("refresh what an earlier run or somebody else left behind");
  await refresh(tools);
  return { ...(await again()), isFresh: true };
}

async function deleteLeftoverKeys({ client, onPart }: BootstrapTools, { leftoverKeys }: Plan): Promise<void> {
  for (const { clientId, credentialId, title } of leftoverKeys) {
    onPart(`delete the ${title}, which an interrupted run uploaded`);
    await client.send("DELETE", `clients/${clientId}/credentials/${credentialId}`, undefined, z.unknown());
  }
}

function managedIds(model: AccessModel, state: EngineState) {
  const id = (kind: ResourceKind, name: string) =>
    state.resources.get(resourceKey(resourceTypes[kind], name));
  return {
    apis: byKey(model.apis, (key) => id("api", apiNames(key).resourceServer)),
    applications: byKey(model.applications, (key) => id("application", applicationNames(key).client)),
  };
}

function idsOf(model: AccessModel, state: EngineState): Ids {
  const grants: Record<string, string> = {};
  for (const [key, application] of Object.entries(model.applications)) {
    for (const api of Object.keys(application.grants)) {
      const grant = state.resources.get(resourceKey(resourceTypes.grant, applicationNames(key).grant(api)));
      if (grant !== undefined) grants[`${key}/${api}`] = grant;
    }
  }
  return { ...managedIds(model, state), grants };
}

function byKey(
  entries: Readonly<Record<string, unknown>>,
  idOf: (key: string) => string | undefined,
): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const key of Object.keys(entries)) {
    const id = idOf(key);
    if (id) ids[key] = id;
  }
  return ids;
}
