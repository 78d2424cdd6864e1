/** Everything that could stop a bootstrap, looked at before anything is changed and told all at once. */
import type { AccessModel } from "../../infra/accessModel.ts";
import { type ExitCode, exitCodes, messageOf, ToolError } from "../lib/errors.ts";
import type { ManagementClient } from "../lib/managementClient.ts";
import { compareScopes, type Purpose, requiredScopes, type ScopeComparison } from "./requiredScopes.ts";

export interface Preflight<State> {
  /** What the state backend holds. */
  readonly state: State;
  readonly scopes: ScopeComparison;
}

/**
 * Reaches the tenant and the state backend side by side.
 * @throws {ToolError} `preflight_failed` with every finding; the exit code is 3 where credentials or scopes are among
 * them. A single finding is thrown as it is.
 */
export async function preflight<State>(
  model: AccessModel,
  purpose: Purpose,
  client: Pick<ManagementClient, "scopes">,
  readState: () => Promise<State>,
  signal: AbortSignal,
): Promise<Preflight<State>> {
  const [granted, state] = await Promise.allSettled([client.scopes(), readState()]);
  signal.throwIfAborted();
  const findings: unknown[] = [];
  if (granted.status === "rejected") findings.push(granted.reason);
  const scopes = compareScopes(
    requiredScopes(model, purpose),
    granted.status === "fulfilled" ? granted.value : requiredScopes(model, purpose),
  );
  if (scopes.missing.length > 0) findings.push(missingScopes(scopes.missing));
  if (state.status === "rejected") findings.push(state.reason);
  if (state.status === "fulfilled" && findings.length === 0) return { state: state.value, scopes };
  throw combined(findings);
}

function missingScopes(missing: readonly string[]): ToolError {
  return new ToolError(
    "management_scopes_missing",
    `The management application lacks scopes on the Auth0 Management API: ${missing.join(" ")}.`,
    {
      exitCode: exitCodes.credentials,
      hint: "Add them to its grant: Dashboard, Applications, the application, APIs, Auth0 Management API.",
    },
  );
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
