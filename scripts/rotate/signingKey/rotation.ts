/** Rotates the tenant's signing key, and proves that nobody who verifies tokens had to do anything. */
import { decodeJwt, decodeProtectedHeader } from "jose";
import { z } from "zod";
import type { Api } from "../../../infra/accessModel.ts";
import { exitCodes, ToolError } from "../../lib/errors.ts";
import { plainText } from "../../lib/plainText.ts";
import { answerOf, upload } from "../../verify/apiChecks.ts";
import { type Check, type ChecksOn, checksOn } from "../../verify/check.ts";
import { issuerHost, readIssuer } from "../../verify/issuer.ts";
import { signatureProblem } from "../../verify/tokenChecks.ts";
import { type AskToken, describeAnswer } from "../../verify/tokenSource.ts";
import type { Journal } from "../journal.ts";
import type { RotationTools } from "../tools.ts";
import { readSigningKeys, revokeKey, rotateKeys, type SigningKeys } from "./keys.ts";
import { longestLifetime, readTouchedApis, revocableFrom, type TouchedApi } from "./revocation.ts";

export const journalSchema = z.object({
  /** The key that signed before the rotation. */
  from: z.string(),
});
export type RotationNote = z.infer<typeof journalSchema>;

/** How tokens of the stack are got, and where they are accepted. */
export interface TokenPath {
  readonly api: Api;
  readonly ask: AskToken;
  /** Address of the Timesheets API, where it is to be asked too. */
  readonly apiUrl: string | undefined;
}

export interface SigningKeyRotation
  extends Pick<RotationTools, "model" | "outputs" | "management" | "newManagement" | "signal" | "tell"> {
  readonly journal: Journal<RotationNote>;
  /** Absent where no application of the stack can get a token that the key signs. */
  readonly tokens: TokenPath | undefined;
  /** Key id of a management token that was handed over (AUTH0_API_TOKEN), which cannot be renewed here. */
  readonly fixedTokenKey: string | undefined;
  /** Overrides the wait for the previous key's last token. */
  readonly force: boolean;
}

export interface RotationReport {
  readonly rotated: boolean;
  readonly revoked: string | null;
  readonly before: SigningKeys;
  readonly after: SigningKeys;
  readonly affects: readonly TouchedApi[];
  readonly checks: readonly Check[];
  /** When the previous key may be revoked, ISO 8601; null where there is none. */
  readonly revocableFrom: string | null;
}

/** Makes the next key the current one; goes on with the checks where an earlier run was interrupted after that. */
export async function rotateSigningKey(rotation: SigningKeyRotation): Promise<RotationReport> {
  const { management, journal, tokens, signal, tell } = rotation;
  const [before, affects, note] = await Promise.all([
    readSigningKeys(management),
    readTouchedApis(management, rotation.model),
    journal.read(),
  ]);
  tellWhoIsTouched(rotation, affects);
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
  tellKeys(tell, "Before", before);
  const old = interrupted ? undefined : await tokens?.ask(tokens.api.identifier);
  let after = before;
  if (interrupted) tell("An earlier run was interrupted after it had rotated; only its checks are left.");
  else {
    await journal.write({ from: before.current });
    after = await rotateKeys(management, before, signal);
  }
  tellKeys(tell, "After ", after);
  const checks = await rotationChecks(rotation, after, old?.kind === "token" ? old.token.value : undefined);
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

/** Takes the previous key out of the key set, which ends every token that it signed. */
export async function revokePreviousKey(rotation: SigningKeyRotation): Promise<RotationReport> {
  const { management, signal, tell, journal } = rotation;
  const [before, affects, note] = await Promise.all([
    readSigningKeys(management),
    readTouchedApis(management, rotation.model),
    journal.read(),
  ]);
  const report = { rotated: false, before, affects, revocableFrom: null };
  if (note !== undefined && before.revoked.includes(note.from)) {
    await journal.remove();
    tell(`The key ${note.from} is revoked already.`);
    return {
      ...report,
      revoked: note.from,
      after: before,
      checks: await revocationChecks(rotation, before, note.from),
    };
  }
  tellWhoIsTouched(rotation, affects);
  if (!before.previous) return revokeCurrentKey(rotation, before, affects);
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
  tellKeys(tell, "Before", before);
  const after = await revokeKey(management, kid, signal);
  tellKeys(tell, "After ", after);
  tellAboutCaches(tell);
  const checks = await revocationChecks(rotation, after, kid);
  await journal.remove();
  return { ...report, revoked: kid, after, checks };
}

/** There is no previous key yet: with --force, as for a leaked key, the current one becomes it and goes at once. */
async function revokeCurrentKey(
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
  const { management, journal, signal, tell } = rotation;
  refuseOwnToken(rotation, before.current);
  tellKeys(tell, "Before", before);
  await journal.write({ from: before.current });
  await rotateKeys(management, before, signal);
  // The token in use is signed by the key that goes, so the next one has to come first.
  const after = await revokeKey(rotation.newManagement(), before.current, signal);
  tellKeys(tell, "After ", after);
  tellAboutCaches(tell);
  const checks = await revocationChecks(rotation, after, before.current);
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

function refuseBefore(from: number, now: number, subject: string, reason: string): void {
  if (now >= from) return;
  throw new ToolError(
    "tokens_still_valid",
    `${subject} ${reason}: refused until ${new Date(from).toISOString()}.`,
    {
      exitCode: exitCodes.check,
      hint: "By then the longest-lived token has expired. --force does it now; applications whose tokens it ends must get new ones.",
    },
  );
}

/** The tenant's clock as its own tokens tell it, else this machine's; milliseconds since the epoch. */
async function tenantTime(tokens: TokenPath | undefined): Promise<number> {
  const answer = await tokens?.ask(tokens.api.identifier);
  const issuedAt = answer?.kind === "token" ? decodeJwt(answer.token.value).iat : undefined;
  return issuedAt === undefined ? Date.now() : issuedAt * 1000;
}

async function rotationChecks(
  rotation: SigningKeyRotation,
  after: SigningKeys,
  oldToken: string | undefined,
): Promise<Check[]> {
  const { outputs, tokens, signal } = rotation;
  const { keySet, checks } = await readIssuer(outputs.issuer, signal);
  if (!keySet) return [...checks];
  const on = tenantChecks(outputs.issuer);
  const published = [after.current, after.next, after.previous?.kid].filter((kid) => kid !== undefined);
  return [
    publishedCheck(
      on,
      published,
      keySet.keys.map(({ kid }) => kid ?? ""),
    ),
    ...(await newTokenChecks(on, rotation, after.current)),
    ...(tokens === undefined
      ? []
      : oldToken === undefined
        ? [
            on.skipped(
              "old-token",
              "a token of the previous key",
              "accepted",
              "No token of that key is at hand.",
            ),
          ]
        : await oldTokenChecks(on, rotation, tokens, oldToken, keySet)),
  ];
}

async function revocationChecks(
  rotation: SigningKeyRotation,
  after: SigningKeys,
  revoked: string,
): Promise<Check[]> {
  const { keySet, checks } = await readIssuer(rotation.outputs.issuer, rotation.signal);
  if (!keySet) return [...checks];
  const on = tenantChecks(rotation.outputs.issuer);
  const gone = !keySet.keys.some(({ kid }) => kid === revoked);
  return [
    on.judged(
      "revoked",
      "key set",
      gone,
      `without ${revoked}`,
      gone ? `without ${revoked}` : "still with it",
    ),
    ...(await newTokenChecks(on, rotation, after.current)),
  ];
}

function tenantChecks(issuer: string): ChecksOn {
  return checksOn({ id: "signing-key", name: issuerHost(issuer) });
}

function publishedCheck(on: ChecksOn, expected: readonly string[], seen: readonly string[]): Check {
  const ok = expected.every((kid) => seen.includes(kid));
  return on.judged("published", "key set holds the keys in use", ok, expected.join(", "), seen.join(", "));
}

async function newTokenChecks(
  on: ChecksOn,
  { tokens, signal }: SigningKeyRotation,
  current: string,
): Promise<Check[]> {
  if (!tokens) {
    return [
      on.skipped(
        "new-token",
        "a new token's key",
        current,
        "No application of this stack can get a token that the key signs.",
      ),
    ];
  }
  const answer = await tokens.ask(tokens.api.identifier);
  if (answer.kind !== "token")
    return [on.judged("new-token", "a new token's key", false, current, describeAnswer(answer))];
  const { value } = answer.token;
  return [
    on.equal("new-token", "a new token's key", current, String(decodeProtectedHeader(value).kid)),
    ...(await acceptanceCheck(on, tokens, signal, "new", value)),
  ];
}

async function oldTokenChecks(
  on: ChecksOn,
  { signal }: SigningKeyRotation,
  tokens: TokenPath,
  token: string,
  keySet: Parameters<typeof signatureProblem>[2],
): Promise<Check[]> {
  const problem = await signatureProblem(token, tokens.api, keySet);
  return [
    on.equal("old-token", "a token of the previous key", "accepted", problem ?? "accepted"),
    ...(await acceptanceCheck(on, tokens, signal, "old", token)),
  ];
}

/** The API took the token while it ran on: no key was handed to it, it reads the tenant's key set. */
async function acceptanceCheck(
  on: ChecksOn,
  { api, apiUrl }: TokenPath,
  signal: AbortSignal,
  age: "new" | "old",
  token: string,
): Promise<Check[]> {
  if (apiUrl === undefined) return [];
  const title = `${api.name}, not deployed again, with the ${age} token`;
  return [on.equal(`api-${age}-token`, title, "201", await answerOf({ url: apiUrl, signal }, token, upload))];
}

function tellWhoIsTouched({ tell }: SigningKeyRotation, affects: readonly TouchedApi[]): void {
  const others = affects.filter(({ inModel }) => !inModel).map(({ name }) => plainText(name));
  tell(
    others.length === 0
      ? "The signing key is the tenant's; it has no APIs beside the model's."
      : `The signing key is the tenant's: these APIs, which the model does not name, are touched too: ${others.join(", ")}.`,
  );
}

function tellKeys(
  tell: (line: string) => void,
  when: string,
  { current, next, previous }: SigningKeys,
): void {
  tell(`${when}: current ${current}, next ${next ?? "none"}, previous ${previous?.kid ?? "none"}`);
}

function tellAboutCaches(tell: (line: string) => void): void {
  tell(
    "Verifiers keep the key set for a while (express-oauth2-jwt-bearer: 10 minutes); until then a revoked key's tokens still pass there.",
  );
}
