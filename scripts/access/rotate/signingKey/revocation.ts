/** Takes a signing key out of the tenant's key set, once no token that it signed can still be valid. */
import { exitCodes, ToolError } from "../../../../lib/errors.ts";
import type { Session } from "../../../session/session.ts";
import { tenantOf } from "../../../session/stack.ts";
import { createManagementClient } from "../../../tenant/managementClient.ts";
import { reportCaches, reportKeys, reportTouchedApis } from "./announce.ts";
import { readSigningKeys, revokeKey, rotateKeys, type SigningKeys } from "./keys.ts";
import { openSigningKeyJournal } from "./note.ts";
import { revocationChecks } from "./proof.ts";
import type { RotationReport, SigningKeyRotation } from "./report.ts";
import { longestLifetime, readTouchedApis, revocableFrom, type TouchedApi } from "./touchedApis.ts";
import { refuseBefore, tenantTime } from "./waiting.ts";

/** Revokes the previous key, which ends every token that it signed. */
export async function revokePreviousKey(
  session: Session,
  rotation: SigningKeyRotation,
): Promise<RotationReport> {
  const { tenant, report } = session;
  const journal = openSigningKeyJournal(session);
  const [before, affects, note] = await Promise.all([
    readSigningKeys(tenant),
    readTouchedApis(tenant, session.model),
    journal.read(),
  ]);
  const unrotated = { rotated: false, before, affects, revocableFrom: null };
  if (note !== undefined && before.revoked.includes(note.from)) {
    await journal.remove();
    report({
      level: "info",
      code: "revoked_already",
      message: `The key ${note.from} is revoked already.`,
    });
    return {
      ...unrotated,
      revoked: note.from,
      after: before,
      checks: await revocationChecks(session, rotation, before, note.from),
    };
  }
  reportTouchedApis(report, affects);
  if (!before.previous) return revokeCurrentKey(session, rotation, before, affects);
  const { kid } = before.previous;
  refuseOwnToken(rotation, kid);
  if (!rotation.force) {
    refuseBefore(
      revocableFrom(before.previous, affects),
      await tenantTime(rotation.tokens),
      `Tokens that the key ${kid} signed`,
      "are still valid",
    );
  }
  reportKeys(report, "Before", before);
  const after = await revokeKey(session, kid);
  reportKeys(report, "After ", after);
  reportCaches(report);
  const checks = await revocationChecks(session, rotation, after, kid);
  await journal.remove();
  return { ...unrotated, revoked: kid, after, checks };
}

/** There is no previous key yet: with --force, as for a leaked key, the current one becomes it and goes at once. */
async function revokeCurrentKey(
  session: Session,
  rotation: SigningKeyRotation,
  before: SigningKeys,
  affects: readonly TouchedApi[],
): Promise<RotationReport> {
  if (!rotation.force) {
    const now = await tenantTime(rotation.tokens);
    const from = new Date(now + longestLifetime(affects) * 1000).toISOString();
    throw new ToolError("no_previous_key", "There is no previous signing key to revoke.", {
      exitCode: exitCodes.check,
      hint: `Rotate first; the key that signs now may then be revoked from ${from} on, or at once with --force.`,
    });
  }
  const { stack, signal, report } = session;
  const journal = openSigningKeyJournal(session);
  refuseOwnToken(rotation, before.current);
  reportKeys(report, "Before", before);
  await journal.write({ from: before.current });
  await rotateKeys(session, before);
  // The token in use is signed by the key that goes, so the next one has to come first.
  const renewed = createManagementClient(tenantOf(stack), { signal });
  const after = await revokeKey({ tenant: renewed, signal, report }, before.current);
  reportKeys(report, "After ", after);
  reportCaches(report);
  const checks = await revocationChecks(session, rotation, after, before.current);
  await journal.remove();
  return { rotated: true, revoked: before.current, before, after, affects, checks, revocableFrom: null };
}

/** A revocation that ends the very token it is asked for with could not be seen through. */
function refuseOwnToken({ fixedTokenKey }: SigningKeyRotation, kid: string): void {
  if (fixedTokenKey !== kid) return;
  throw new ToolError(
    "own_token",
    `AUTH0_API_TOKEN is itself signed by the key ${kid}, and would end with it.`,
    {
      exitCode: exitCodes.check,
      hint: "Get a management token after the rotation, or set AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET instead.",
    },
  );
}
