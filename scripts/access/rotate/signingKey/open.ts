/** Gets everything ready that a rotation of the signing key works with. */
import { decodeProtectedHeader } from "jose";
import type { AccessModel, Api, Application } from "../../../../infra/accessModel.ts";
import { type ApiAddress, apiAddress } from "../../../checks/apiUrl.ts";
import { openedEndpoint } from "../../../checks/endpoints.ts";
import {
  type ApplicationCredentials,
  canAuthenticate,
  credentialsOf,
  tokensOf,
} from "../../../checks/tokenAnswers.ts";
import { privateKeyFiles, readPrivateKeys } from "../../../credentials/privateKeyFiles.ts";
import { type Stack, tenantOf } from "../../../session/stack.ts";
import type { Context } from "../../../terminal/command.ts";
import { openJournal } from "../journal.ts";
import { openRotation, type RotationTools } from "../tools.ts";
import { noteSchema, type SigningKeyRotation, type TokenPath } from "./report.ts";

export interface SigningKeyOptions {
  readonly stack: string;
  readonly force: boolean;
  readonly apiUrl?: string | undefined;
  readonly privateKey: readonly string[];
}

export async function openSigningKeyRotation(
  options: SigningKeyOptions,
  context: Context,
): Promise<SigningKeyRotation> {
  const tools = await openRotation(options.stack, context);
  const address = options.apiUrl === undefined ? undefined : apiAddress(options.apiUrl, tools.model);
  const privateKeys = await readPrivateKeys(
    privateKeyFiles(options.privateKey, tools.model, context, tools.stack),
  );
  return {
    ...tools,
    journal: openJournal(tools.stack, "rotate-signing-key", noteSchema),
    tokens: tokenPath(tools, credentialsOf(tools.outputs, privateKeys), address),
    fixedTokenKey: fixedTokenKey(tools.stack),
    force: options.force,
  };
}

function fixedTokenKey(stack: Stack): string | undefined {
  const { credentials } = tenantOf(stack);
  if (!("token" in credentials)) return undefined;
  try {
    return decodeProtectedHeader(credentials.token).kid;
  } catch {
    // Whatever it is, the tenant will say what it thinks of it.
    return undefined;
  }
}

/** The first grant whose tokens the tenant's key signs; one that opens an endpoint of the running API where there is a choice. */
function tokenPath(
  { model, outputs, signal }: RotationTools,
  credentials: Readonly<Record<string, ApplicationCredentials>>,
  address: ApiAddress | undefined,
): TokenPath | undefined {
  const paths = grantsOf(model).flatMap(({ application, api, scopes }): TokenPath[] => {
    const held = credentials[application.key];
    if (!held || !canAuthenticate(application, held)) return [];
    const ask = tokensOf(application, held, outputs.issuer, signal);
    const running =
      address?.api.key === api.key ? { url: address.url, endpoint: openedEndpoint(api, scopes) } : undefined;
    return [{ api, ask, running }];
  });
  return paths.find(({ running }) => running?.endpoint) ?? paths.find(({ running }) => running) ?? paths[0];
}

function grantsOf(model: AccessModel): { application: Application; api: Api; scopes: readonly string[] }[] {
  return Object.values(model.applications).flatMap((application) =>
    Object.entries(application.grants).flatMap(([key, scopes]) => {
      const api = model.apis[key];
      return api && api.signingAlgorithm !== "HS256" ? [{ application, api, scopes }] : [];
    }),
  );
}
