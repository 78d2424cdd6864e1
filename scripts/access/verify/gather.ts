/** Gathers what the checks need: the model, the stack's outputs, and a management token that can do next to nothing. */
import { apiAddress } from "../../checks/apiUrl.ts";
import { credentialsOf } from "../../checks/tokenAnswers.ts";
import type { Verification } from "../../checks/verifyStack.ts";
import { privateKeyFiles, readPrivateKeys } from "../../credentials/privateKeyFiles.ts";
import { acceptedIn } from "../../differences/acceptances.ts";
import { foreignClientIds } from "../../session/ids.ts";
import { openSession, readCurrentOutputs, type Session } from "../../session/session.ts";
import { tenantOf } from "../../session/stack.ts";
import { createManagementClient } from "../../tenant/managementClient.ts";
import type { Context } from "../../terminal/command.ts";
import { TokenRefusal } from "../../tokens/accessToken.ts";
import {
  managementAudienceOf,
  requestManagementToken,
  type TenantAccess,
} from "../../tokens/managementToken.ts";

export interface VerifyOptions {
  readonly stack: string;
  readonly apiUrl?: string | undefined;
  readonly privateKey: readonly string[];
  readonly foreignApis: boolean;
}

export async function gatherVerification(options: VerifyOptions, context: Context): Promise<Verification> {
  const session = await openSession(options.stack, context);
  const { stack, model, signal } = session;
  const address = options.apiUrl === undefined ? undefined : apiAddress(options.apiUrl, model);
  const files = privateKeyFiles(options.privateKey, model, context, stack);
  // Before the engine is looked for, which may take minutes.
  const tenant = tenantOf(stack);
  const accepted = acceptedIn(stack);
  const [outputs, privateKeys, access] = await Promise.all([
    readCurrentOutputs(session),
    readPrivateKeys(files),
    managementAccess(session, tenant),
  ]);
  const credentials = credentialsOf(outputs, privateKeys);
  const { issuer } = outputs;
  const managementAudience = managementAudienceOf(tenant);
  const others = { foreignApis: options.foreignApis, foreignClientIds: foreignClientIds(model, session.ids) };
  const names = { issuer, managementAudience };
  return { model, ...names, accepted, credentials, ...others, ...access, address, signal };
}

type Access = Pick<Verification, "management" | "otherToken">;

/**
 * The Management API, read with the fewest scopes, whatever else the credential may do; absent where it lacks them.
 * The token doubles as the one for another audience, since it may be shown to an API as long as it can do nothing else.
 */
async function managementAccess(session: Session, tenant: TenantAccess): Promise<Access> {
  const { model, signal } = session;
  const { domain, audience, credentials } = tenant;
  if ("token" in credentials) return { management: session.tenant };
  const symmetric = Object.values(model.apis).some(({ signingAlgorithm }) => signingAlgorithm === "HS256");
  const scopes = ["read:client_grants", ...(symmetric ? ["read:resource_servers"] : [])];
  try {
    const access = { domain, audience, credentials };
    const token = await requestManagementToken(access, { scope: scopes.join(" "), signal });
    const management = createManagementClient({ domain, credentials: { token: token.value } }, { signal });
    const harmless = token.scopes.join(" ") === "read:client_grants";
    return { management, otherToken: harmless ? token.value : undefined };
  } catch (error) {
    // The credential is good but lacks a scope; the checks that need it say so.
    if (error instanceof TokenRefusal && error.status === 403) return {};
    throw error;
  }
}
