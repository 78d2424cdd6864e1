/** Rotates the tenant's signing key, and proves that nobody who verifies tokens had to do anything. */
import type { Session } from "../../../session/session.ts";
import { reportKeys, reportTouchedApis } from "./announce.ts";
import { readSigningKeys, rotateKeys } from "./keys.ts";
import { openSigningKeyJournal } from "./note.ts";
import { rotationChecks } from "./proof.ts";
import type { RotationReport, SigningKeyRotation } from "./report.ts";
import { readTouchedApis, revocableFrom } from "./touchedApis.ts";
import { refuseBefore, tenantTime } from "./waiting.ts";

/** Makes the next key the current one; resumes with the checks where an earlier run was interrupted after that. */
export async function rotateSigningKey(
  session: Session,
  rotation: SigningKeyRotation,
): Promise<RotationReport> {
  const { tenant, report } = session;
  const { tokens } = rotation;
  const journal = openSigningKeyJournal(session);
  const [before, affects, note] = await Promise.all([
    readSigningKeys(tenant),
    readTouchedApis(tenant, session.model),
    journal.read(),
  ]);
  reportTouchedApis(report, affects);
  const interrupted = note !== undefined && note.from !== before.current;
  if (!interrupted && before.previous && !rotation.force) {
    const now = await tenantTime(tokens);
    refuseBefore(
      revocableFrom(before.previous, affects),
      now,
      `The previous key ${before.previous.kid} is still needed, and`,
      "another rotation may end it",
    );
  }
  reportKeys(report, "Before", before);
  const old = interrupted ? undefined : await tokens?.ask(tokens.api.identifier);
  let after = before;
  if (interrupted) {
    report({
      level: "info",
      code: "rotation_resumed",
      message: "An earlier run was interrupted after it had rotated; only its checks are left.",
    });
  } else {
    await journal.write({ from: before.current });
    after = await rotateKeys(session, before);
  }
  reportKeys(report, "After ", after);
  const checks = await rotationChecks(
    session,
    rotation,
    after,
    old?.kind === "token" ? old.token.value : undefined,
  );
  await journal.remove();
  const from = after.previous && revocableFrom(after.previous, affects);
  return {
    rotated: !interrupted,
    revoked: null,
    before,
    after,
    affects,
    checks,
    revocableFrom: from === undefined ? null : new Date(from).toISOString(),
  };
}
