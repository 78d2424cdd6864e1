/** Proves from outside that access to a tenant is what its model says; reads, and asks for tokens, nothing else. */
import type { AccessModel, Api, Application } from "../../infra/accessModel.ts";
import { machineScopes } from "../../infra/model/declaredGrants.ts";
import { mapConcurrently } from "../../lib/mapConcurrently.ts";
import { type Accepted, nothingAccepted } from "../differences/acceptances.ts";
import type { ManagementReads } from "../tenant/managementClient.ts";
import { signingSecretSchema } from "../tenant/objects.ts";
import { apiChecks } from "./apiChecks.ts";
import type { ApiAddress } from "./apiUrl.ts";
import { type ApplicationFacts, applicationChecks } from "./applicationChecks.ts";
import { type Check, checksOn } from "./check.ts";
import { foreignGrantChecks } from "./grantChecks.ts";
import { readIssuer } from "./issuer.ts";
import { acceptedOrLeftAlone } from "./leftToOthers.ts";
import { type ApplicationCredentials, canAuthenticate, tokensOf } from "./tokenAnswers.ts";
import type { VerificationKeys } from "./tokenChecks.ts";

export type { Check } from "./check.ts";
export type { ApplicationCredentials } from "./tokenAnswers.ts";

export interface Verification {
  readonly model: AccessModel;
  /** `https://<domain>/` */
  readonly issuer: string;
  /** Audience of the Management API's tokens. @default `<issuer>api/v2/`; on a custom domain it is the tenant's own */
  readonly managementAudience?: string | undefined;
  /** Key -> client id of the applications that others own. @default none is known */
  readonly foreignClientIds?: Readonly<Record<string, string>> | undefined;
  /** Whether tokens are asked for APIs that others own, too. @default false */
  readonly foreignApis?: boolean | undefined;
  /** Differences that do not fail a check, for a time. @default none */
  readonly accepted?: Accepted | undefined;
  /** Application key -> its credentials, as the stack's outputs give them. */
  readonly credentials: Readonly<Record<string, ApplicationCredentials>>;
  /** With read:client_grants, and read:resource_servers where an API is symmetric. */
  readonly management?: ManagementReads | undefined;
  /** An API that runs, to try its endpoints; without one, no API is asked. */
  readonly address?: ApiAddress | undefined;
  /** A token for another audience that may be shown to the API. */
  readonly otherToken?: string | undefined;
  readonly signal: AbortSignal;
}

/** Runs every check; failures of any kind are checks that failed, only an interruption is thrown. */
export async function verifyStack(verification: Verification): Promise<Check[]> {
  const { model, issuer, credentials, management, foreignApis, signal } = verification;
  const accepted = acceptedOrLeftAlone(model, verification.accepted ?? nothingAccepted);
  const { managementAudience = `${issuer}api/v2/` } = verification;
  const { keySet, checks } = await readIssuer(issuer, signal);
  if (!keySet) return [...checks];

  const keysOf = async (api: Api): Promise<VerificationKeys> => ({
    keySet,
    signingSecret:
      api.signingAlgorithm === "HS256" ? await signingSecretOf(api, management, signal) : undefined,
  });
  const ours = Object.entries(credentials).map(([key, { clientId }]) => [key, clientId]);
  const clientIds = { ...verification.foreignClientIds, ...Object.fromEntries(ours) };
  const [foreign, applications] = await Promise.all([
    foreignGrantChecks(model, clientIds, management, signal, accepted),
    mapConcurrently(Object.values(model.applications), mostAtOnce, async (application) => {
      const held = credentials[application.key];
      if (!held) return untried(missing(application));
      if (!canAuthenticate(application, held)) return untried(notTried(application));
      const ask = tokensOf(application, held, issuer, signal);
      return applicationChecks(
        { application, clientId: held.clientId, ask, accepted, foreignApis },
        model,
        { issuer, managementAudience },
        keysOf,
      );
    }),
  ]);
  const tokens = new Map(
    Object.keys(model.applications).map((key, index) => [key, applications[index]?.tokens]),
  );
  return [
    ...checks,
    ...applications.flatMap((facts) => facts.checks),
    ...foreign,
    ...(await addressChecks(verification, (application, api) => tokens.get(application)?.get(api))),
  ];
}

/** Applications whose tokens are asked for at the same time: a tenant's token endpoint has a rate limit too. */
const mostAtOnce = 4;

function untried(check: Check): ApplicationFacts {
  return { checks: [check], tokens: new Map() };
}

function missing(application: Application): Check {
  return checksOn({ id: application.key, name: application.name }).judged(
    "exists",
    "exists",
    false,
    "an application of the stack",
    "not among its outputs",
    "Run `auth0-m2m bootstrap` or `pulumi up`.",
  );
}

function notTried(application: Application): Check {
  if (application.credentials === "elsewhere") {
    return checksOn({ id: application.key, name: application.name }).skipped(
      "token",
      "token",
      "a token",
      "Another tool keeps the application's credentials, so its tokens are not proven; where it signs with a key, --private-key names the file.",
    );
  }
  const what = application.authentication === "private_key_jwt" ? "private key" : "secret";
  return checksOn({ id: application.key, name: application.name }).skipped(
    "token",
    "token",
    "a token",
    `The application's ${what} is not at hand${what === "secret" ? "" : "; name its file with --private-key"}.`,
  );
}

async function signingSecretOf(
  api: Api,
  management: Verification["management"],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return (
      await management?.get(`resource-servers/${encodeURIComponent(api.identifier)}`, signingSecretSchema)
    )?.signing_secret;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function addressChecks(
  { model, address, otherToken, signal }: Verification,
  tokenOf: (application: string, api: string) => string | undefined,
): Promise<Check[]> {
  if (address === undefined) return [];
  const { api, url } = address;
  const callers = Object.values(model.applications)
    .filter((application) => machineScopes(application, api) !== undefined)
    .map((application) => ({ application, token: tokenOf(application.key, api.key) }));
  return apiChecks({ url, api, callers, otherToken, signal });
}
