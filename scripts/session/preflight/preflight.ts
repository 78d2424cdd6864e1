/** Everything that could stop a command that changes a tenant, checked before anything is changed and reported all at once. */
import { z } from "zod";
import { type ExitCode, exitCodes, messageOf, ToolError } from "../../../lib/errors.ts";
import type { EngineState } from "../../pulumi/engineState.ts";
import { assertPassphrase } from "../../pulumi/passphrase.ts";
import { readState } from "../../pulumi/stackState.ts";
import type { Session } from "../session.ts";
import { tenantOf } from "../stack.ts";
import { compareScopes, missingScopes, type Purpose, requiredScopes } from "./requiredScopes.ts";

export interface Preflight {
  /** What the state backend holds; undefined where the stack does not exist. */
  readonly state: EngineState | undefined;
  /** Of the management application; undefined where its token does not say. */
  readonly granted: readonly string[] | undefined;
  /** Granted, but not needed for this. */
  readonly surplusScopes: readonly string[];
}

/**
 * Looks at the tenant, at the engine with its plugin and its state backend, and at the stack's passphrase, side by side.
 * @throws {ToolError} `preflight_failed` with every finding; the exit code is 3 where credentials or scopes are among
 * them. A single finding is thrown as it is.
 */
export async function preflight(session: Session, purpose: Purpose): Promise<Preflight> {
  const [tenant, engine, passphrase] = await Promise.allSettled([
    lookAtTenant(session, requiredScopes(session.model, purpose)),
    lookAtEngine(session),
    lookAtPassphrase(session),
  ]);
  session.signal.throwIfAborted();
  if (tenant.status === "fulfilled" && engine.status === "fulfilled" && passphrase.status === "fulfilled") {
    return { ...tenant.value, ...engine.value };
  }
  throw combined(
    [tenant, engine, passphrase].flatMap((probe) => (probe.status === "rejected" ? [probe.reason] : [])),
  );
}

async function lookAtTenant(
  session: Session,
  required: readonly string[],
): Promise<Pick<Preflight, "granted" | "surplusScopes">> {
  const granted = await session.tenant.scopes();
  if ("token" in tenantOf(session.stack).credentials) {
    await tryToken(session);
    // A token need not be one that can be read from outside.
    if (granted.length === 0) return { granted: undefined, surplusScopes: [] };
  }
  const { missing, surplus } = compareScopes(required, granted);
  if (missing.length > 0) throw missingScopes(missing);
  return { granted, surplusScopes: surplus };
}

/** A token that was handed over has not been tried yet. Whether the object exists does not matter. */
async function tryToken({ model, tenant }: Session): Promise<void> {
  const [api] = [...Object.values(model.apis), ...Object.values(model.foreignApis)];
  if (!api?.identifier) return;
  await tenant.get(`resource-servers/${encodeURIComponent(api.identifier)}`, z.unknown());
}

async function lookAtPassphrase({ stack }: Session): Promise<void> {
  if (!stack.local) await assertPassphrase(stack);
}

async function lookAtEngine(session: Session): Promise<Pick<Preflight, "state">> {
  return { state: await readState(await session.pulumi(), session.stack) };
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
  return new ToolError("preflight_failed", `Nothing was changed, because:\n${lines.join("\n")}`, {
    exitCode: codes.find((code) => code === exitCodes.credentials) ?? codes[0] ?? exitCodes.failure,
  });
}
