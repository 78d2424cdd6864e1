/** The tenant's signing keys through the Management API (Auth0: Rotate and Revoke Signing Keys). */
import { z } from "zod";
import type { Session } from "../../../session/session.ts";
import type { ManagementClient } from "../../../tenant/managementClient.ts";
import { changedSigningKeySchema, signingKeySchema } from "../../../tenant/objects.ts";
import { settle } from "../settle.ts";

export interface SigningKeys {
  /** Signs. */
  readonly current: string;
  /** Published already, signs after the next rotation. */
  readonly next: string | undefined;
  /** Still published, so that its tokens are accepted. */
  readonly previous: PreviousKey | undefined;
  /** Published no more. */
  readonly revoked: readonly string[];
}

export interface PreviousKey {
  readonly kid: string;
  /** When it signed last, milliseconds since the epoch. */
  readonly signedUntil: number;
}

export async function readSigningKeys(management: Pick<ManagementClient, "get">): Promise<SigningKeys> {
  const keys = (await management.get("keys/signing", z.array(signingKeySchema))) ?? [];
  const revoked = keys.filter((key) => key.revoked === true || typeof key.revoked_at === "string");
  const alive = keys.filter((key) => !revoked.includes(key));
  const previous = alive.find((key) => key.previous === true);
  return {
    current: alive.find((key) => key.current === true)?.kid ?? "none",
    next: alive.find((key) => key.next === true)?.kid,
    previous: previous && {
      kid: previous.kid,
      signedUntil: Date.parse(previous.current_until ?? "") || Date.now(),
    },
    revoked: revoked.map(({ kid }) => kid),
  };
}

/** Rotates once, even where an answer is lost. */
export function rotateKeys(
  { tenant: management, signal, report }: Pick<Session, "tenant" | "signal" | "report">,
  before: SigningKeys,
): Promise<SigningKeys> {
  return settle({
    what: "The rotation of the signing key",
    write: () => management.send("POST", "keys/signing/rotate", undefined, changedSigningKeySchema),
    read: () => readSigningKeys(management),
    done: (keys) => keys.current !== before.current,
    signal,
    report,
  });
}

export function revokeKey(
  { tenant: management, signal, report }: Pick<Session, "tenant" | "signal" | "report">,
  kid: string,
): Promise<SigningKeys> {
  return settle({
    what: "The revocation of the signing key",
    repeatable: true,
    write: () =>
      management.send(
        "PUT",
        `keys/signing/${encodeURIComponent(kid)}/revoke`,
        undefined,
        changedSigningKeySchema,
      ),
    read: () => readSigningKeys(management),
    done: (keys) => keys.current !== kid && keys.previous?.kid !== kid,
    signal,
    report,
  });
}
