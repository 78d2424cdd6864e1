/** Tokens for the checks: asked for as the application itself would, a refusal being an answer like any other. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Application } from "../../infra/accessModel.ts";
import { type AccessToken, type ClientProof, requestAccessToken, TokenRefusal } from "../lib/accessToken.ts";
import { signClientAssertion } from "../lib/clientAssertion.ts";
import { messageOf, ToolError } from "../lib/errors.ts";

/** An application's identity at the token endpoint; how it is used, the model says. */
export interface ApplicationCredentials {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** PEM, for `private_key_jwt`. */
  readonly privateKey?: string | undefined;
}

/** What the token endpoint answered: a token, a refusal (RFC 6749 section 5.2), or no usable answer. */
export type TokenAnswer =
  | { readonly kind: "token"; readonly token: AccessToken }
  | { readonly kind: "refusal"; readonly refusal: TokenRefusal }
  | { readonly kind: "failure"; readonly message: string };

/** Asks one application's tokens for one audience each. */
export type AskToken = (audience: string, scope?: string) => Promise<TokenAnswer>;

/** True where the credentials hold what the application's authentication needs. */
export function canAuthenticate(
  application: Pick<Application, "authentication">,
  held: ApplicationCredentials,
): boolean {
  return (
    (application.authentication === "private_key_jwt" ? held.privateKey : held.clientSecret) !== undefined
  );
}

/** @param issuer With a slash at its end; also the audience of a signed assertion. */
export function tokensOf(
  application: Pick<Application, "authentication">,
  held: ApplicationCredentials,
  issuer: string,
  signal: AbortSignal,
): AskToken {
  return async (audience, scope) => {
    try {
      const token = await patiently(signal, async () =>
        requestAccessToken({
          tokenEndpoint: `${issuer}oauth/token`,
          clientId: held.clientId,
          audience,
          ...(scope === undefined ? {} : { scope }),
          proof: await proofOf(application, held, issuer),
          signal,
        }),
      );
      return { kind: "token", token };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TokenRefusal) return { kind: "refusal", refusal: error };
      return { kind: "failure", message: messageOf(error) };
    }
  };
}

async function proofOf(
  { authentication }: Pick<Application, "authentication">,
  { clientId, clientSecret, privateKey }: ApplicationCredentials,
  issuer: string,
): Promise<ClientProof> {
  if (authentication !== "private_key_jwt")
    return { method: authentication, clientSecret: clientSecret ?? "" };
  return { method: authentication, assertion: await signClientAssertion(privateKey ?? "", clientId, issuer) };
}

/** An answer in words, for the `seen` of a check; it holds no token. */
export function describeAnswer(answer: TokenAnswer): string {
  if (answer.kind === "token") return `a token with scope ${answer.token.scopes.join(" ") || "none"}`;
  return answer.kind === "refusal"
    ? `refused: ${answer.refusal.status} ${answer.refusal.reason}`
    : answer.message;
}

/** Asks again, twice at most, after an answer that says nothing about access: a rate limit or a failure. */
async function patiently<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  for (let wait = 500; ; wait *= 3) {
    try {
      return await attempt();
    } catch (error) {
      const passing = error instanceof ToolError && error.code === "token_endpoint_failed";
      if (!passing || wait > 2_000) throw error;
      await sleep(wait, undefined, { signal });
    }
  }
}
