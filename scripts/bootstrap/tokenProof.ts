/** Proves that each application gets a token that carries what the model grants, and nothing else. */
import { createRemoteJWKSet, decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import type { AccessModel, Api, Application } from "../../infra/accessModel.ts";
import { requestAccessToken } from "../lib/accessToken.ts";
import { exitCodes, ToolError } from "../lib/errors.ts";
import type { StackOutputs } from "../lib/pulumi.ts";

/** What a token said of itself; never the token. */
export interface TokenProof {
  readonly audience: string;
  readonly scope: string;
  readonly algorithm: string;
  /** Lifetime, seconds. */
  readonly lifetime: number;
}

/**
 * Mints one token for every grant of an application with a secret, and checks its signature and claims.
 * Applications with `private_key_jwt` are left out: their private key is not ours to hold.
 * @returns proofs by `<application>/<API>`
 * @throws {ToolError} `token_not_as_modelled` (exit 4) with every difference.
 */
export async function proveTokens(
  model: AccessModel,
  outputs: StackOutputs,
  signal: AbortSignal,
): Promise<Record<string, TokenProof>> {
  const proofs: Record<string, TokenProof> = {};
  const problems: string[] = [];
  const keySet = createRemoteJWKSet(new URL(".well-known/jwks.json", outputs.issuer));
  for (const [key, application] of Object.entries(model.applications)) {
    const credentials = outputs.applications[key];
    if (!credentials?.clientSecret || application.authentication === "private_key_jwt") continue;
    for (const [apiKey, scopes] of Object.entries(application.grants)) {
      const api = model.apis[apiKey];
      if (!api) continue;
      const token = await requestAccessToken({
        tokenEndpoint: outputs.tokenEndpoint,
        clientId: credentials.clientId,
        audience: api.identifier,
        proof: { method: application.authentication, clientSecret: credentials.clientSecret },
        signal,
      });
      const claims = await readClaims(token.value, api, outputs.issuer, keySet);
      const proof = {
        audience: [claims.aud].flat().join(" "),
        scope: typeof claims.scope === "string" ? claims.scope : "",
        algorithm: String(decodeProtectedHeader(token.value).alg),
        lifetime: (claims.exp ?? 0) - (claims.iat ?? 0),
      };
      proofs[`${key}/${apiKey}`] = proof;
      problems.push(...differences(application, api, scopes, proof, claims, credentials.clientId));
    }
  }
  if (problems.length === 0) return proofs;
  throw new ToolError("token_not_as_modelled", problems.join("\n"), { exitCode: exitCodes.check });
}

async function readClaims(
  token: string,
  api: Api,
  issuer: string,
  keySet: ReturnType<typeof createRemoteJWKSet>,
): Promise<JWTPayload> {
  const options = { issuer, audience: api.identifier, algorithms: [api.signingAlgorithm] };
  if (api.signingAlgorithm === "HS256") {
    // Whoever could check it could also sign it, so a script looks at the claims alone.
    const payload = token.split(".")[1] ?? "";
    return JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as JWTPayload;
  }
  try {
    return (await jwtVerify(token, keySet, options)).payload;
  } catch (error) {
    throw new ToolError("token_not_as_modelled", `A token for ${api.name} does not verify.`, {
      exitCode: exitCodes.check,
      hint: "`timesheets verify` says which part of it.",
      cause: error,
    });
  }
}

function differences(
  application: Application,
  api: Api,
  scopes: readonly string[],
  proof: TokenProof,
  claims: JWTPayload,
  clientId: string,
): string[] {
  const who = `The token of ${application.name} for ${api.name}`;
  const seen = proof.scope.split(" ").filter(Boolean).sort().join(" ");
  const wanted = [...scopes].sort().join(" ");
  const named = api.tokenProfile === "rfc9068" ? claims.client_id : claims.azp;
  return [
    ...(seen === wanted ? [] : [`${who} has the scopes "${seen}" and not "${wanted}".`]),
    ...(named === clientId ? [] : [`${who} does not name the application as its profile does.`]),
    ...(proof.lifetime === api.tokenLifetime
      ? []
      : [`${who} lives ${proof.lifetime} s and not ${api.tokenLifetime} s.`]),
  ];
}
