/** A rotation of the signing key from its options to its exit code. */
import { decodeProtectedHeader } from "jose";
import type { AccessModel, Api, Application } from "../../../../infra/accessModel.ts";
import { machineScopes } from "../../../../infra/model/declaredGrants.ts";
import type { ExitCode } from "../../../../lib/errors.ts";
import { type ApiAddress, apiAddress } from "../../../checks/apiUrl.ts";
import { openedEndpoint } from "../../../checks/endpoints.ts";
import { presentChecks } from "../../../checks/format.ts";
import {
  type ApplicationCredentials,
  canAuthenticate,
  credentialsOf,
  tokensOf,
} from "../../../checks/tokenAnswers.ts";
import { privateKeyFiles, readPrivateKeys } from "../../../credentials/privateKeyFiles.ts";
import type { StackOutputs } from "../../../pulumi/pulumi.ts";
import { readCurrentOutputs, type Session } from "../../../session/session.ts";
import { type Stack, tenantOf } from "../../../session/stack.ts";
import type { Context } from "../../../terminal/command.ts";
import type { TokenPath } from "./report.ts";
import { revokePreviousKey } from "./revocation.ts";
import { rotateSigningKey } from "./rotation.ts";

export interface SigningKeyOptions {
  readonly revokePrevious: boolean;
  readonly force: boolean;
  readonly apiUrl?: string | undefined;
  readonly privateKey: readonly string[];
  readonly json: boolean;
}

export async function runSigningKeyRotation(
  session: Session,
  options: SigningKeyOptions,
  context: Context,
): Promise<ExitCode> {
  const { stack, model, report } = session;
  const address = options.apiUrl === undefined ? undefined : apiAddress(options.apiUrl, model);
  const outputs = await readCurrentOutputs(session);
  const privateKeys = await readPrivateKeys(privateKeyFiles(options.privateKey, model, context, stack));
  const tokens = tokenPath(session, outputs, credentialsOf(outputs, privateKeys), address);
  const rotation = { outputs, tokens, fixedTokenKey: fixedTokenKey(stack), force: options.force };
  const rotate = options.revokePrevious ? revokePreviousKey : rotateSigningKey;
  const { checks, ...done } = await rotate(session, rotation);
  const code = presentChecks(checks, options.json ? { stack: stack.name, ...done } : undefined, context);
  if (done.revocableFrom !== null) {
    report({
      level: "info",
      code: "previous_key_stays",
      message: `Tokens of the previous key stay good. From ${done.revocableFrom} on: rotate signing-key --revoke-previous.`,
    });
  }
  return code;
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
  { model, signal }: Pick<Session, "model" | "signal">,
  outputs: StackOutputs,
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
    Object.values(model.apis).flatMap((api) => {
      const scopes = machineScopes(application, api);
      return scopes && api.signingAlgorithm !== "HS256" ? [{ application, api, scopes }] : [];
    }),
  );
}
