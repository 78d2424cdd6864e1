/** Everything that could stop a command that changes a tenant, looked at before anything is changed, told all at once. */
import { z } from "zod";
import type { AccessModel } from "../../../infra/accessModel.ts";
import { type ExitCode, exitCodes, messageOf, ToolError } from "../../../lib/errors.ts";
import type { EngineState } from "../../pulumi/engineState.ts";
import type { Pulumi } from "../../pulumi/pulumi.ts";
import { readState } from "../../pulumi/stackState.ts";
import { createManagementClient, type ManagementClient } from "../../tenant/managementClient.ts";
import type { Context } from "../../terminal/command.ts";
import { createReporter } from "../../terminal/reporter.ts";
import { openPulumi } from "../session.ts";
import { type Stack, tenantOf } from "../stack.ts";
import { compareScopes, missingScopes, type Purpose, requiredScopes } from "./requiredScopes.ts";

export interface Preflight {
  readonly client: ManagementClient;
  readonly pulumi: Pulumi;
  /** What the state backend holds; undefined where the stack does not exist. */
  readonly state: EngineState | undefined;
  /** Of the management application; undefined where its token does not say. */
  readonly granted: readonly string[] | undefined;
  /** Granted, but not needed for this. */
  readonly surplusScopes: readonly string[];
}

/**
 * Looks at the tenant, and at the engine, its plugin and its state backend, side by side.
 * @param entered The client of a tenant that was entered already.
 * @throws {ToolError} `preflight_failed` with every finding; the exit code is 3 where credentials or scopes are among
 * them. A single finding is thrown as it is.
 */
export async function preflight(
  stack: Stack,
  model: AccessModel,
  purpose: Purpose,
  context: Context,
  entered?: ManagementClient,
): Promise<Preflight> {
  const required = requiredScopes(model, purpose);
  const [tenant, engine] = await Promise.allSettled([
    lookAtTenant(stack, model, required, context.signal, entered),
    lookAtEngine(stack, context),
  ]);
  context.signal.throwIfAborted();
  if (tenant.status === "fulfilled" && engine.status === "fulfilled") {
    return { ...tenant.value, ...engine.value };
  }
  throw combined([tenant, engine].flatMap((probe) => (probe.status === "rejected" ? [probe.reason] : [])));
}

async function lookAtTenant(
  stack: Stack,
  model: AccessModel,
  required: readonly string[],
  signal: AbortSignal,
  entered?: ManagementClient,
): Promise<Pick<Preflight, "client" | "granted" | "surplusScopes">> {
  const tenant = tenantOf(stack);
  const client = entered ?? createManagementClient(tenant, { signal });
  const granted = await client.scopes();
  if ("token" in tenant.credentials) await tryToken(client, model);
  // A token need not be one that can be read from outside.
  if ("token" in tenant.credentials && granted.length === 0) {
    return { client, granted: undefined, surplusScopes: [] };
  }
  const { missing, surplus } = compareScopes(required, granted);
  if (missing.length > 0) throw missingScopes(missing);
  return { client, granted, surplusScopes: surplus };
}

/** A token that was handed over has not been tried yet. Whether the object exists does not matter. */
async function tryToken(client: ManagementClient, model: AccessModel): Promise<void> {
  const [api] = Object.values(model.apis);
  if (!api) return;
  await client.get(`resource-servers/${encodeURIComponent(api.identifier)}`, z.unknown());
}

async function lookAtEngine(stack: Stack, context: Context): Promise<Pick<Preflight, "pulumi" | "state">> {
  const pulumi = await openPulumi(stack, { report: createReporter(context), signal: context.signal }, true);
  return { pulumi, state: await readState(pulumi, stack) };
}

function combined(findings: readonly unknown[]): unknown {
  if (findings.length === 1) return findings[0];
  const codes = findings.map(
    (finding): ExitCode => (finding instanceof ToolError ? finding.exitCode : exitCodes.failure),
  );
  const lines = findings.map((finding) => {
    const hint = finding instanceof ToolError && finding.hint ? `\n  ${finding.hint}` : "";
    return `- ${messageOf(finding)}${hint}`;
  });
  return new ToolError("preflight_failed", `Nothing was changed, for:\n${lines.join("\n")}`, {
    exitCode: codes.find((code) => code === exitCodes.credentials) ?? codes[0] ?? exitCodes.failure,
  });
}
