/** What is checked after a rotation or a revocation: the key set, new tokens, old ones, and an API that ran on. */
import { setTimeout as sleep } from "node:timers/promises";
import { decodeProtectedHeader } from "jose";
import { answerOf, letInCheck } from "../../../checks/apiChecks.ts";
import { type Check, type ChecksOn, checksOn } from "../../../checks/check.ts";
import { issuerHost, readIssuer } from "../../../checks/issuer.ts";
import { describeAnswer, type TokenAnswer } from "../../../checks/tokenAnswers.ts";
import { signatureProblem } from "../../../checks/tokenChecks.ts";
import type { Session } from "../../../session/session.ts";
import type { SigningKeys } from "./keys.ts";
import type { SigningKeyRotation, TokenPath } from "./report.ts";

/** @param oldToken One that the previous key signed; absent where none is at hand. */
export async function rotationChecks(
  { signal }: Pick<Session, "signal">,
  { outputs, tokens }: SigningKeyRotation,
  after: SigningKeys,
  oldToken: string | undefined,
): Promise<Check[]> {
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
    ...(await newTokenChecks(on, tokens, after.current, signal)),
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
        : await oldTokenChecks(on, tokens, oldToken, keySet, signal)),
  ];
}

export async function revocationChecks(
  { signal }: Pick<Session, "signal">,
  { outputs, tokens }: SigningKeyRotation,
  after: SigningKeys,
  revoked: string,
): Promise<Check[]> {
  const { keySet, checks } = await readIssuer(outputs.issuer, signal);
  if (!keySet) return [...checks];
  const on = tenantChecks(outputs.issuer);
  const gone = !keySet.keys.some(({ kid }) => kid === revoked);
  return [
    on.judged(
      "revoked",
      "key set",
      gone,
      `without ${revoked}`,
      gone ? `without ${revoked}` : "still with it",
    ),
    ...(await newTokenChecks(on, tokens, after.current, signal)),
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
  tokens: TokenPath | undefined,
  current: string,
  signal: AbortSignal,
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
  const answer = await tokenOfKey(tokens, current, signal);
  if (answer.kind !== "token")
    return [on.judged("new-token", "a new token's key", false, current, describeAnswer(answer))];
  const { value } = answer.token;
  return [
    on.equal("new-token", "a new token's key", current, keyOf(value)),
    ...(await acceptanceCheck(on, tokens, signal, "new", value)),
  ];
}

/** A rotation may take a moment to reach every server of a tenant. */
const mostTries = 5;

async function tokenOfKey({ api, ask }: TokenPath, kid: string, signal: AbortSignal): Promise<TokenAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(api.identifier);
    if (answer.kind !== "token" || keyOf(answer.token.value) === kid || attempt === mostTries) return answer;
    await sleep(1_000, undefined, { signal });
  }
}

function keyOf(token: string): string {
  return decodeProtectedHeader(token).kid ?? "none";
}

async function oldTokenChecks(
  on: ChecksOn,
  tokens: TokenPath,
  token: string,
  keySet: Parameters<typeof signatureProblem>[2],
  signal: AbortSignal,
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
  { api, running }: TokenPath,
  signal: AbortSignal,
  age: "new" | "old",
  token: string,
): Promise<Check[]> {
  if (running === undefined) return [];
  const { url, endpoint } = running;
  const id = `api-${age}-token`;
  const title = `${api.name}, not deployed again, with the ${age} token`;
  if (endpoint === undefined) {
    const reason = `The model names no endpoint of ${api.key} that this token opens; list one under apis.${api.key}.endpoints.`;
    return [on.skipped(id, title, "let in", reason)];
  }
  return [letInCheck(on, id, title, endpoint, await answerOf({ url, signal }, token, endpoint))];
}
