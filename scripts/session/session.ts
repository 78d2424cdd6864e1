/** One opened stack: what a command works with, from its model to its tenant and its engine. */

import type { AccessModel } from "../../infra/accessModel.ts";
import { withTenant } from "../../infra/model/foreignApis.ts";
import { isDomain, tenantEndpoints } from "../../infra/tenant.ts";
import type { Report } from "../../lib/report.ts";
import type { Pulumi, StackOutputs } from "../pulumi/pulumi.ts";
import { createManagementClient, type ManagementClient } from "../tenant/managementClient.ts";
import type { RateGate } from "../tenant/rateGate.ts";
import type { Context } from "../terminal/command.ts";
import { createReporter } from "../terminal/reporter.ts";
import { loadStackModel, type RuleOptions } from "./accessModel.ts";
import { type Ids, readIds, withFormerKeys } from "./ids.ts";
import { awaitProvider } from "./localRecord.ts";
import { localEnvironment, openStack, type Stack, tenantOf } from "./stack.ts";
import { identify } from "./stackTenant.ts";

/** Opened once by a command and passed down; functions take it, or the part of it that they use. */
export interface Session {
  readonly stack: Stack;
  readonly model: AccessModel;
  /** As they were recorded when the session was opened. */
  readonly ids: Ids;
  readonly report: Report;
  /** Aborted by Ctrl-C or a polite stop. */
  readonly signal: AbortSignal;
  /**
   * The Management API of the stack's tenant. Reading this property throws `tenant_not_named` (exit 2) where the
   * environment names no tenant.
   */
  readonly tenant: ManagementClient;
  /**
   * The engine, found or obtained at the first call.
   * @throws {ToolError} `engine_unavailable` or `plugin_unavailable`
   */
  pulumi(): Promise<Pulumi>;
}

export interface SessionOptions {
  /** How the rules apply to the model, as they do for commands that change a tenant. @default not at all */
  readonly rules?: RuleOptions;
  /** Whether the engine will read or write objects of the tenant, which takes its plugin. @default false */
  readonly plugin?: boolean;
  /** Whether the tenant's token is requested already, while the model is read. @default false */
  readonly enterTenant?: boolean;
  /** The gate of the tenant with this domain, where sessions share it. @default one of its own */
  readonly gateOf?: (domain: string) => RateGate;
  /** How long the tenant's rate limit may hold requests back, milliseconds. @default as the client's */
  readonly patience?: number;
  /** Whether the environment's tenant takes the place of the one that the stack's settings name. @default false */
  readonly moveTenant?: boolean;
  /** @default stderr */
  readonly report?: Report;
}

/**
 * Opens a stack: sees to it that it has one tenant, and reads its model and its recorded ids. The engine is neither
 * looked for nor loaded, unless the settings name the tenant or its credentials in encrypted form.
 * @param name As the option `--stack` gave it.
 * @throws {ToolError} exit 2 for two tenants of one stack, and for a model or ids with problems; 1 where the local tenant is not
 * running
 */
export async function openSession(
  name: string,
  context: Context,
  options: SessionOptions = {},
): Promise<Session> {
  const { signal } = context;
  const report = options.report ?? createReporter(context);
  const opened = openStack(name, context);
  const stack = await identify(opened, {
    moveTenant: options.moveTenant ?? false,
    decrypt: async (key) => {
      const engine = await openPulumi(opened, { report, signal }, false);
      return (await engine.must(["config", "get", key])).stdout.trim();
    },
  });
  const enter = () => {
    const access = tenantOf(stack);
    const { gateOf, patience } = options;
    return createManagementClient(access, {
      signal,
      ...(gateOf && { gate: gateOf(access.domain) }),
      ...(patience !== undefined && { patience }),
    });
  };
  let tenant = options.enterTenant ? enterAhead(enter) : undefined;
  let pulumi: Promise<Pulumi> | undefined;
  const [model, recorded] = await Promise.all([
    loadStackModel(stack, options.rules ? { report, ...options.rules } : undefined),
    readIds(stack),
  ]);
  return {
    stack,
    model: inTenant(model, stack),
    ids: withFormerKeys(recorded, model),
    report,
    signal,
    get tenant() {
      tenant ??= enter();
      return tenant;
    },
    pulumi() {
      pulumi ??= openPulumi(stack, { report, signal }, options.plugin ?? false);
      return pulumi;
    },
  };
}

/** With the Management API's identifier, where the environment names a tenant. */
function inTenant(model: AccessModel, { env }: Pick<Stack, "env">): AccessModel {
  const { AUTH0_DOMAIN: domain, AUTH0_AUDIENCE: audience } = env;
  if (!audience && !(domain && isDomain(domain))) return model;
  return withTenant(model, audience || tenantEndpoints(domain).managementApi);
}

/** Requests the token. Whatever is wrong is left for the first use to report, after the model's own problems. */
function enterAhead(enter: () => ManagementClient): ManagementClient | undefined {
  try {
    const client = enter();
    client.scopes().catch(() => {});
    return client;
  } catch {
    return undefined;
  }
}

/** Opens the engine once the bundled provider answers, where it is the one that serves. */
export async function openPulumi(
  stack: Stack,
  { report, signal }: Pick<Session, "report" | "signal">,
  plugin: boolean,
): Promise<Pulumi> {
  const { openEngine } = await import("../pulumi/openEngine.ts");
  const record = stack.local;
  return openEngine(stack, {
    report,
    signal,
    plugin,
    ready: async () =>
      record ? { ...stack.env, ...localEnvironment(await awaitProvider(record, signal)) } : stack.env,
  });
}

/**
 * The stack's outputs, their addresses those of the tenant as it is named now: the program's own follow a corrected
 * domain at the next update.
 * @throws as `readStackOutputs`
 */
export async function readCurrentOutputs({
  stack,
  pulumi,
}: Pick<Session, "stack" | "pulumi">): Promise<StackOutputs> {
  const { readStackOutputs } = await import("../pulumi/pulumi.ts");
  const outputs = await readStackOutputs(await pulumi());
  const { AUTH0_DOMAIN: domain } = stack.env;
  if (!domain) return outputs;
  const { issuer, tokenEndpoint } = tenantEndpoints(domain);
  return { ...outputs, issuer, tokenEndpoint };
}
