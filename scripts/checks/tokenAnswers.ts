/** Tokens for the checks: asked for as the application itself would, a refusal being an answer like any other. */
import type { Application } from "../../infra/accessModel.ts";
import { messageOf, ToolError } from "../../lib/errors.ts";
import { retry } from "../../lib/retry.ts";
import type { StackOutputs } from "../pulumi/pulumi.ts";
import {
  type AccessToken,
  type ClientProof,
  requestAccessToken,
  TokenRefusal,
} from "../tokens/accessToken.ts";
import { signClientAssertion } from "../tokens/clientAssertion.ts";

/** An application's identity at the token endpoint; how it is used, the model says. */
export interface ApplicationCredentials {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** PEM, for `private_key_jwt`. */
  readonly privateKey?: string | undefined;
}

/** Application key -> its credentials: as the stack's outputs give them, with its private key where that is at hand. */
export function credentialsOf(
  { applications }: Pick<StackOutputs, "applications">,
  privateKeys: Readonly<Record<string, string>>,
): Record<string, ApplicationCredentials> {
  return Object.fromEntries(
    Object.entries(applications).map(([key, held]) => [key, { ...held, privateKey: privateKeys[key] }]),
  );
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
  application: Pick<Application, "authentication" | "credentials">,
  held: ApplicationCredentials,
): boolean {
  const method = methodOf(application, held);
  return (method === "private_key_jwt" ? held.privateKey : held.clientSecret) !== undefined;
}

/** How another tool lets the application authenticate, the model need not say; a key that is at hand shows it. */
function methodOf(
  { authentication, credentials }: Pick<Application, "authentication" | "credentials">,
  { privateKey }: ApplicationCredentials,
): Application["authentication"] {
  return credentials === "elsewhere" && privateKey !== undefined ? "private_key_jwt" : authentication;
}

/** @param issuer With a slash at its end; also the audience of a signed assertion. */
export function tokensOf(
  application: Pick<Application, "authentication" | "credentials">,
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
  application: Pick<Application, "authentication" | "credentials">,
  held: ApplicationCredentials,
  issuer: string,
): Promise<ClientProof> {
  const { clientId, clientSecret, privateKey } = held;
  const method = methodOf(application, held);
  if (method !== "private_key_jwt") return { method, clientSecret: clientSecret ?? "" };
  return { method, assertion: await signClientAssertion(privateKey ?? "", clientId, issuer) };
}

/** An answer in words, for the `seen` of a check; it holds no token. */
export function describeAnswer(answer: TokenAnswer): string {
  if (answer.kind === "token") return `a token with scope ${answer.token.scopes.join(" ") || "none"}`;
  return answer.kind === "refusal"
    ? `refused: ${answer.refusal.status} ${answer.refusal.reason}`
    : answer.message;
}

/** Asks again, twice at most, after an answer that says nothing about access: a rate limit or a failure. */
function patiently<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  return retry(
    attempt,
    (outcome) =>
      "error" in outcome &&
      outcome.error instanceof ToolError &&
      outcome.error.code === "token_endpoint_failed"
        ? { reason: outcome.error.message }
        : undefined,
    { base: 1_000, longest: 3_000, retries: 2, signal },
  );
}
