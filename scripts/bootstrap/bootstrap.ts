/** Brings a tenant to what the access model says: adopts what exists, runs the engine, proves the result. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { AccessModel } from "../../infra/accessModel.ts";
import { applicationNames } from "../../infra/names.ts";
import type { Context } from "../lib/command.ts";
import { openEngine } from "../lib/engine.ts";
import { exitCodes, ToolError } from "../lib/errors.ts";
import { type Ids, noIds, readIds, recordIds } from "../lib/ids.ts";
import { createManagementClient, type ManagementClient } from "../lib/managementClient.ts";
import { say } from "../lib/output.ts";
import { type Pulumi, pulumiError, readStackOutputs, type StackOutputs } from "../lib/pulumi.ts";
import { type Stack, tenantOf } from "../lib/stack.ts";
import type { Check } from "../verify/check.ts";
import { verifyStack } from "../verify/checks.ts";
import { type ChosenClients, discover } from "./discover.ts";
import { type EngineState, emptyState, readEngineState, resourceKey } from "./engineState.ts";
import { importFile } from "./importFile.ts";
import { type Plan, planBootstrap, resourceTypes, type Step } from "./plan.ts";
import { preflight } from "./preflight.ts";

/** Of the `auth0` plugin; the engine wants it said for an import. */
const pluginVersion = "3.49.0";

/** Whether objects that exist are brought under management. */
export type AdoptMode = "auto" | "require" | "never";

export interface BootstrapTools {
  readonly model: AccessModel;
  readonly stack: Stack;
  readonly pulumi: Pulumi;
  readonly client: ManagementClient;
  readonly signal: AbortSignal;
  /** The engine's own output, as it comes. */
  readonly onEngineOutput: (text: string) => void;
  /** Told before each part. */
  readonly onPart: (text: string) => void;
}

export interface Prepared {
  readonly plan: Plan;
  readonly state: EngineState;
  readonly stackExists: boolean;
  /** Scopes of the management application that a bootstrap does not need. */
  readonly surplusScopes: readonly string[];
}

export interface BootstrapResult {
  readonly outputs: StackOutputs;
  readonly ids: Ids;
  /** Objects that were brought under management. */
  readonly adopted: readonly Step[];
  /** What `verify` saw; none of them failed. */
  readonly checks: readonly Check[];
  /** False where the engine had nothing to do. */
  readonly changed: boolean;
}

/** Gets the engine and the tenant ready for one stack. */
export async function openBootstrap(
  stack: Stack,
  model: AccessModel,
  context: Context,
): Promise<BootstrapTools> {
  return {
    model,
    stack,
    pulumi: await openEngine(stack, context),
    client: createManagementClient(tenantOf(stack), { signal: context.signal }),
    signal: context.signal,
    onEngineOutput: (text) => context.stderr.write(text),
    onPart: (text) => say(context, `> ${text}`),
  };
}

/** Looks at the tenant and at the engine's state; changes nothing. */
export async function prepareBootstrap(
  tools: BootstrapTools,
  chosen: ChosenClients,
  adopt: AdoptMode,
): Promise<Prepared> {
  const { model, stack, client } = tools;
  const [{ state, scopes }, recorded] = await Promise.all([
    preflight(model, "bootstrap", client, () => readState(tools), tools.signal),
    readIds(stack),
  ]);
  const known = {
    ...recorded,
    applications: { ...recorded.applications, ...managedApplications(model, state) },
  };
  const discovery = await discover(model, client, known, chosen);
  const plan = planBootstrap(model, discovery, state ?? emptyState);
  checkAdoption(plan, adopt);
  return {
    plan,
    state: state ?? emptyState,
    stackExists: state !== undefined,
    surplusScopes: scopes.surplus,
  };
}

/** Does what the plan says, and records the ids; may be interrupted anywhere and run again. */
export async function runBootstrap(tools: BootstrapTools, prepared: Prepared): Promise<BootstrapResult> {
  const { pulumi, stack, signal } = tools;
  let { plan, state } = prepared;
  if (!prepared.stackExists) {
    tools.onPart(`create the stack ${stack.name}`);
    await pulumi.must(["stack", "init", "--no-select"], { signal });
  }
  if (state.pendingOperations > 0 || plan.stale.length > 0) {
    tools.onPart("refresh what an earlier run or somebody else left behind");
    await pulumi.must(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"], {
      signal,
      onOutput: tools.onEngineOutput,
    });
    state = (await readState(tools)) ?? emptyState;
    plan = replan(plan, state);
  }
  const adopted = plan.steps.filter(({ action }) => action === "adopt");
  if (adopted.length > 0) {
    tools.onPart(`bring ${adopted.length} objects under management`);
    await importSteps(tools, plan, state);
  }
  tools.onPart("make the tenant as the model says");
  const managed = plan.steps.some(({ action }) => action === "manage");
  const up = await pulumi.must(["up", "--yes", "--skip-preview", ...(managed ? ["--refresh"] : [])], {
    signal,
    onOutput: tools.onEngineOutput,
  });
  const outputs = await readStackOutputs(pulumi, { signal });
  const ids = await currentIds(tools, outputs);
  await recordIds(stack, ids);
  tools.onPart("prove that access is what the model says");
  const checks = await proveAccess(tools, outputs);
  return { outputs, ids, checks, adopted, changed: !nothingChanged(up.stdout) || adopted.length > 0 };
}

async function proveAccess(
  { model, client, signal }: BootstrapTools,
  outputs: StackOutputs,
): Promise<Check[]> {
  const { issuer, applications: credentials } = outputs;
  const checks = await verifyStack({ model, issuer, credentials, management: client, signal });
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length === 0) return checks;
  const list = failed.map(({ title, expected, seen, explanation }) =>
    [`  ${title}: expected ${expected}, seen ${seen}`, ...(explanation ? [`    ${explanation}`] : [])].join(
      "\n",
    ),
  );
  throw new ToolError("access_not_as_modelled", `Access is not what the model says:\n${list.join("\n")}`, {
    exitCode: exitCodes.check,
    hint: "The model is applied; what is named here stands in the way of it.",
  });
}

/** True where the engine's summary counts unchanged resources alone. */
function nothingChanged(output: string): boolean {
  const summary = output.slice(output.lastIndexOf("Resources:"));
  return /^\s+\d+ unchanged/m.test(summary) && !/^\s+[+~-]/m.test(summary);
}

async function readState({ pulumi, signal }: BootstrapTools): Promise<EngineState | undefined> {
  const args = ["stack", "export"];
  const result = await pulumi.run(args, { signal });
  if (result.code === 0) return readEngineState(result.stdout);
  if (/no stack named/i.test(result.stderr)) return undefined;
  throw pulumiError(args, result);
}

function managedApplications(model: AccessModel, state: EngineState | undefined): Record<string, string> {
  const applications: Record<string, string> = {};
  for (const key of Object.keys(model.applications)) {
    const id = state?.resources.get(resourceKey(resourceTypes.application, applicationNames(key).client));
    if (id) applications[key] = id;
  }
  return applications;
}

function checkAdoption({ steps }: Plan, adopt: AdoptMode): void {
  const apart = steps.filter(({ action }) => action === (adopt === "never" ? "adopt" : "create"));
  const objects = apart.filter(({ kind }) => kind === "api" || kind === "application");
  if (adopt === "auto" || objects.length === 0) return;
  const list = objects.map(({ title, id }) => `  ${title}${id ? ` (${id})` : ""}`).join("\n");
  throw adopt === "never"
    ? new ToolError("exists_already", `These exist and --adopt never forbids taking them over:\n${list}`, {
        exitCode: exitCodes.usage,
        hint: "Use --adopt auto, or give the model other names.",
      })
    : new ToolError(
        "nothing_to_adopt",
        `These do not exist and --adopt require forbids making them:\n${list}`,
        {
          exitCode: exitCodes.usage,
          hint: "Use --adopt auto.",
        },
      );
}

/** The same steps against a state that was refreshed. */
function replan(plan: Plan, state: EngineState): Plan {
  const steps = plan.steps.map((step): Step => {
    const managed = state.resources.get(resourceKey(resourceTypes[step.kind], step.resource));
    if (managed !== undefined) return { ...step, action: "manage" };
    return { ...step, action: step.id === undefined ? "create" : "adopt" };
  });
  return { steps, stale: [] };
}

async function importSteps(
  { pulumi, signal, onEngineOutput }: BootstrapTools,
  plan: Plan,
  state: EngineState,
) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "timesheets-import-"));
  try {
    const file = path.join(folder, "import.json");
    await writeFile(file, JSON.stringify(importFile(plan.steps, state.urns, pluginVersion)), { mode: 0o600 });
    const flags = ["--generate-code=false", "--protect=false", "--skip-preview", "--yes"];
    await pulumi.must(["import", "--file", file, ...flags], { signal, onOutput: onEngineOutput });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function currentIds({ model, client }: BootstrapTools, outputs: StackOutputs): Promise<Ids> {
  const ids: Ids = {
    apis: Object.fromEntries(Object.entries(outputs.apis).map(([key, { id }]) => [key, id])),
    applications: Object.fromEntries(
      Object.entries(outputs.applications).map(([key, { clientId }]) => [key, clientId]),
    ),
    grants: {},
  };
  const { grants } = await discover(model, client, { ...noIds, ...ids }, {});
  return { ...ids, grants: Object.fromEntries(Object.entries(grants).map(([key, { id }]) => [key, id])) };
}
