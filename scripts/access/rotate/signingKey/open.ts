/** Gets everything ready that a rotation of the signing key works with. */
import { decodeProtectedHeader } from "jose";
import type { AccessModel, Api, Application } from "../../../../infra/accessModel.ts";
import { uploadEndpoint } from "../../../../timesheets/endpoints.ts";
import { checkedApiUrl } from "../../../checks/apiUrl.ts";
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
  const apiUrl = options.apiUrl === undefined ? undefined : checkedApiUrl(options.apiUrl);
  const tools = await openRotation(options.stack, context);
  const privateKeys = await readPrivateKeys(
    privateKeyFiles(options.privateKey, tools.model, context, tools.stack),
  );
  return {
    ...tools,
    journal: openJournal(tools.stack, "rotate-signing-key", noteSchema),
    tokens: tokenPath(tools, credentialsOf(tools.outputs, privateKeys), apiUrl),
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

/** The first grant whose tokens the tenant's key signs, that of the import job where there is a choice. */
function tokenPath(
  { model, outputs, signal }: RotationTools,
  credentials: Readonly<Record<string, ApplicationCredentials>>,
  apiUrl: string | undefined,
): TokenPath | undefined {
  const paths = grantsOf(model).flatMap(({ application, api, uploads }) => {
    const held = credentials[application.key];
    if (!held || !canAuthenticate(application, held)) return [];
    const ask = tokensOf(application, held, outputs.issuer, signal);
    return [{ uploads, path: { api, ask, apiUrl: uploads ? apiUrl : undefined } }];
  });
  return (paths.find(({ uploads }) => uploads) ?? paths[0])?.path;
}

function grantsOf(model: AccessModel): { application: Application; api: Api; uploads: boolean }[] {
  return Object.values(model.applications).flatMap((application) =>
    Object.entries(application.grants).flatMap(([key, scopes]) => {
      const api = model.apis[key];
      return api && api.signingAlgorithm !== "HS256"
        ? [{ application, api, uploads: scopes.includes(uploadEndpoint.scope) }]
        : [];
    }),
  );
}
