/** The tenant's signing keys through the Management API (Auth0: Rotate and Revoke Signing Keys). */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type ManagementClient, ManagementError } from "../../lib/managementClient.ts";

const keySchema = z.object({
  kid: z.string(),
  current: z.boolean().nullish(),
  next: z.boolean().nullish(),
  previous: z.boolean().nullish(),
  revoked: z.boolean().nullish(),
  current_until: z.string().nullish(),
  revoked_at: z.string().nullish(),
});

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
  const keys = (await management.get("keys/signing", z.array(keySchema))) ?? [];
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

const answerSchema = z.object({ kid: z.string() });

/** Rotates once; a request whose answer was lost is never sent again when it was done. */
export async function rotateKeys(
  management: ManagementClient,
  before: SigningKeys,
  signal: AbortSignal,
): Promise<SigningKeys> {
  return settle(
    management,
    signal,
    () => management.send("POST", "keys/signing/rotate", undefined, answerSchema),
    (keys) => keys.current !== before.current,
  );
}

export async function revokeKey(
  management: ManagementClient,
  kid: string,
  signal: AbortSignal,
): Promise<SigningKeys> {
  return settle(
    management,
    signal,
    () => management.send("PUT", `keys/signing/${encodeURIComponent(kid)}/revoke`, undefined, answerSchema),
    (keys) => keys.current !== kid && keys.previous?.kid !== kid,
  );
}

/** Sends a write, looks whether it was done, and sends it again only where it was not. */
async function settle(
  management: ManagementClient,
  signal: AbortSignal,
  write: () => Promise<unknown>,
  done: (keys: SigningKeys) => boolean,
): Promise<SigningKeys> {
  for (let attempt = 0; ; attempt += 1) {
    let failure: unknown;
    try {
      await write();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ManagementError && error.status < 500) throw error;
      failure = error;
    }
    const keys = await readSigningKeys(management);
    if (done(keys)) return keys;
    if (attempt === 3)
      throw failure ?? new Error("The tenant answered that it was done, but its keys are as before.");
    await sleep(500 * 2 ** attempt, undefined, { signal });
  }
}
