/** Compares one stack with its tenant and puts together what is said about it. */
import { existsSync } from "node:fs";
import path from "node:path";
import { isDomain } from "../../../infra/tenant.ts";
import { errorDocument, exitCodes, ToolError } from "../../../lib/errors.ts";
import { type Acceptance, type Sorted, sortByAcceptance } from "../../differences/acceptances.ts";
import { findDifferences } from "../../differences/find.ts";
import type { Finding } from "../../differences/finding.ts";
import type { TenantView } from "../../differences/tenantView.ts";
import { findLocalRecord, localDataDir, localStack } from "../../session/localRecord.ts";
import { openSession, type Session } from "../../session/session.ts";
import { localEnvironment, type Stack, tenantOf } from "../../session/stack.ts";
import type { ManagementClient } from "../../tenant/managementClient.ts";
import type { RateGate } from "../../tenant/rateGate.ts";
import type { Context } from "../../terminal/command.ts";
import { blame, mayNotRead } from "./blame.ts";
import { type FixPlan, planFix } from "./fixPlan.ts";
import { reported } from "./report.ts";
import type { StackReport } from "./reportSchema.ts";
import type { Target } from "./target.ts";

export interface CheckOptions {
  readonly scanApplications: boolean;
  /** Undefined: where the credential may read the log. */
  readonly blame: boolean | undefined;
  readonly acceptances: readonly Acceptance[];
  /** The gate of the tenant with this domain, shared by its stacks. */
  readonly gateOf: (domain: string) => RateGate;
}

/** What a check found, with what a fix or the engine's view needs. */
export interface Checked {
  readonly report: StackReport;
  readonly session: Session;
  readonly view: TenantView;
  readonly sorted: Sorted;
  readonly fixPlan: FixPlan;
}

/** A stack that could not be compared. */
export interface Failed {
  readonly report: StackReport;
  readonly error: unknown;
}

/** A check that the rate limit holds up for longer than this, milliseconds, has failed. */
const patience = 30_000;

/** Compares; what goes wrong is part of the result, so that one stack never hides the others. */
export async function checkStack(
  target: Target,
  options: CheckOptions,
  context: Context,
): Promise<Checked | Failed> {
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  const surroundings = { ...context, env: target.env };
  let client: ManagementClient | undefined;
  try {
    const { gateOf } = options;
    const how = { gateOf, patience, plugin: true, enterTenant: true };
    const session = await openSession(target.stack, surroundings, how);
    const { stack, model, ids } = session;
    const { domain } = tenantOf(stack);
    client = session.tenant;
    const mayReadKeys = await checkScopes(client);
    const { scanApplications } = options;
    const { findings, view } = await findDifferences(session, ids, { scanApplications, mayReadKeys });
    const management = client.requests;
    const sorted = sortByAcceptance(findings, options.acceptances, target.stack, new Date());
    const named = await nameCauses(client, sorted.open, options.blame);
    const fixPlan = planFix(
      model,
      sorted.open,
      sorted.accepted.map(({ finding }) => finding),
    );
    const show = (found: Finding) => reported(found, named.causes.get(found.id), target.stack);
    const drifted = sorted.open.length > 0 || sorted.expired.length > 0;
    const report: StackReport = {
      ...blank(target.stack, domain, elapsed()),
      status: drifted ? "drift" : "clean",
      findings: sorted.open.map(show),
      accepted: sorted.accepted.map(({ finding, acceptance }) => ({ finding: show(finding), acceptance })),
      expired: [...sorted.expired],
      unused: [...sorted.unused],
      notes: [...withoutSettings(stack), ...view.notes, ...named.notes],
      mending: { paths: fixPlan.fixable.map(({ path }) => path), leftAlone: [...fixPlan.leftAlone] },
      requests: { management, logs: client.requests - management },
    };
    return { report, session, view, sorted, fixPlan };
  } catch (error) {
    if (context.signal.aborted) throw error;
    const report: StackReport = {
      ...blank(target.stack, domainOf(target, surroundings), elapsed()),
      status: "failed",
      error: errorDocument(error).error,
      requests: { management: client?.requests ?? 0, logs: 0 },
    };
    return { report, error };
  }
}

/** The tenant of a stack that could not be opened, as far as it is known. */
function domainOf({ stack, env }: Target, context: Context): string | null {
  const { AUTH0_DOMAIN: named } = stack === localStack ? localEnvironmentOf(context) : env;
  // What is not a domain is not repeated: it may be an address with a password in it.
  return named !== undefined && isDomain(named) ? named : null;
}

function localEnvironmentOf({ cwd, env }: Context): Readonly<NodeJS.ProcessEnv> {
  const record = findLocalRecord(localDataDir(cwd, env));
  return record ? localEnvironment(record) : {};
}

function blank(stack: string, tenant: string | null, milliseconds: number): StackReport {
  return {
    stack,
    tenant,
    status: "clean",
    error: null,
    findings: [],
    accepted: [],
    expired: [],
    unused: [],
    notes: [],
    mending: { paths: [], leftAlone: [] },
    requests: { management: 0, logs: 0 },
    milliseconds,
  };
}

function withoutSettings({ settingsFile, local }: Stack): string[] {
  if (local || existsSync(settingsFile)) return [];
  const file = path.basename(settingsFile);
  return [`There is no ${file}: compared without overrides, and objects were found by identifier and name.`];
}

const neededScopes = ["read:client_grants", "read:clients", "read:resource_servers"];
/** Either lets an application's way of authenticating be seen. */
const authenticationScopes = ["read:client_credentials", "read:client_keys"];

/**
 * Refuses to compare what cannot be seen whole; returns whether keys may be listed.
 * @throws {ToolError} `management_scopes_missing`, exit 3, naming every scope
 */
async function checkScopes(client: ManagementClient): Promise<boolean> {
  const granted = await client.scopes();
  // A token that does not say what it may do is tried as it is.
  if (granted.length === 0) return true;
  const missing = neededScopes.filter((scope) => !granted.includes(scope));
  if (!authenticationScopes.some((scope) => granted.includes(scope))) {
    missing.push("read:client_credentials");
  }
  if (missing.length === 0) return granted.includes("read:client_credentials");
  throw new ToolError(
    "management_scopes_missing",
    `The management application lacks scopes on the Auth0 Management API: ${missing.join(" ")}.`,
    {
      exitCode: exitCodes.credentials,
      hint: "Add them to its grant: Dashboard, Applications, the application, APIs, Auth0 Management API.",
    },
  );
}

async function nameCauses(
  client: ManagementClient,
  findings: readonly Finding[],
  wanted: boolean | undefined,
): ReturnType<typeof blame> {
  const nobody = new Map<string, never>();
  if (wanted === false || findings.length === 0) return { causes: nobody, notes: [] };
  const granted = await client.scopes();
  if (granted.length > 0 && !granted.includes("read:logs")) return { causes: nobody, notes: [mayNotRead] };
  return blame(client, findings);
}
