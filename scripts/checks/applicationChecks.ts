/** What one application gets at the token endpoint: its token for each of its APIs, and nothing beyond. */
import type { AccessModel, Api, Application, ForeignApi, Grant } from "../../infra/accessModel.ts";
import { machineGrant, machineScopes } from "../../infra/model/declaredGrants.ts";
import { type Accepted, nothingAccepted } from "../differences/acceptances.ts";
import { apiPath, applicationPath, element, extraGrantKey, grantPath } from "../differences/paths.ts";
import { withheld } from "../tenant/unusableGrants.ts";
import { type Check, type ChecksOn, checksOn, type Subject, scopeList, unlessAccepted } from "./check.ts";
import { type AskToken, describeAnswer, type TokenAnswer } from "./tokenAnswers.ts";
import { scopeWays, tokenChecks, type VerificationKeys } from "./tokenChecks.ts";

/** An application that is able to ask for tokens. */
export interface Asker {
  readonly application: Application;
  readonly clientId: string;
  readonly ask: AskToken;
  /** @default nothing is accepted */
  readonly accepted?: Accepted | undefined;
  /** Whether tokens are asked for APIs that others own, too. @default false */
  readonly foreignApis?: boolean | undefined;
}

/** What tokens of a tenant say, and what its Management API is called as an audience. */
export interface TenantAddresses {
  readonly issuer: string;
  readonly managementAudience: string;
}

export interface ApplicationFacts {
  readonly checks: readonly Check[];
  /** The application's token for each API, by the API's key; absent where it got none. */
  readonly tokens: ReadonlyMap<string, string>;
}

/** Checks every grant of one application, and that the Management API stays closed to it where the model does not open it. */
export async function applicationChecks(
  asker: Asker,
  model: Pick<AccessModel, "apis" | "foreignApis">,
  { issuer, managementAudience }: TenantAddresses,
  keysOf: (api: Api) => Promise<VerificationKeys>,
): Promise<ApplicationFacts> {
  const tokens = new Map<string, string>();
  const granted = Object.values(model.apis).flatMap((api) => {
    const scopes = machineScopes(asker.application, api);
    return scopes ? [{ api, scopes }] : [];
  });
  const foreign = Object.values(model.foreignApis).flatMap((api) => {
    const grant = machineGrant(asker.application, api);
    return grant ? [{ api, grant }] : [];
  });
  const isOpen = foreign.some(({ api }) => api.identifier === managementAudience);
  const [management, ...grants] = await Promise.all([
    isOpen ? [] : managementChecks(asker, managementAudience, model),
    ...foreign.map(({ api, grant }) => foreignChecks(asker, api, grant)),
    ...granted.map(async ({ api, scopes }) => {
      const { checks, token } = await grantChecks(asker, api, scopes, issuer, keysOf);
      if (token !== undefined) tokens.set(api.key, token);
      return checks;
    }),
  ]);
  return { checks: [...grants.flat(), ...userChecks(asker.application), ...management], tokens };
}

/** Of an API that others own, only the scopes of a token are ours to judge. */
async function foreignChecks(
  { application, ask, accepted = nothingAccepted, foreignApis = false }: Asker,
  api: ForeignApi,
  grant: Grant,
): Promise<Check[]> {
  const { key, identifier, management } = api;
  const { scopes, allScopes } = grant;
  const checks = checksOn({
    id: `${application.key}.${key}`,
    name: `${application.name} on ${management ? "the Management API" : (identifier ?? key)}`,
  });
  const reason = noTokenOf(application, api, grant);
  const expected = allScopes ? "all of the API's" : scopeList(scopes);
  if (!foreignApis || identifier === undefined) {
    const explanation = "The API is owned elsewhere: --foreign-apis asks for a token for it.";
    return [checks.skipped("token", "token", `scope ${expected}`, explanation)];
  }
  const answer = await ask(identifier);
  if (reason !== undefined) return [refusedCheck(checks, answer, reason)];
  if (answer.kind === "token") {
    const seen = scopeList(answer.token.scopes);
    if (allScopes) return [checks.judged("scope", "scope", seen !== "none", expected, seen)];
    const check = checks.equal("scope", "scope", expected, seen);
    const changed = [...new Set([...scopes, ...answer.token.scopes])].filter(
      (scope) => scopes.includes(scope) !== answer.token.scopes.includes(scope),
    );
    return [
      unlessAccepted(
        check,
        accepted,
        changed.map((scope) => grantPath(application.key, key, element("scope", scope))),
      ),
    ];
  }
  return [withoutToken(checks, answer, accepted, [grantPath(application.key, key)])];
}

/** What users may ask for takes a user to prove. */
function userChecks({ key, name, grants }: Application): Check[] {
  return Object.entries(grants)
    .filter(([, list]) => list.some(({ subject }) => subject === "user"))
    .map(([api]) =>
      checksOn({ id: `${key}.${api}`, name: `${name} on ${api}` }).skipped(
        "users",
        "a token for users",
        "what the grant says",
        "Users get it when they log in, so it cannot be tried with client credentials.",
      ),
    );
}

async function grantChecks(
  { application, clientId, ask, accepted = nothingAccepted }: Asker,
  api: Api,
  scopes: readonly string[],
  issuer: string,
  keysOf: (api: Api) => Promise<VerificationKeys>,
): Promise<{ checks: readonly Check[]; token?: string }> {
  const checks = checksOn(grantSubject(application, api));
  const others = Object.keys(api.scopes).filter((scope) => !scopes.includes(scope));
  const [answer, overreach] = await Promise.all([
    ask(api.identifier),
    others.length > 0 ? ask(api.identifier, others.join(" ")) : undefined,
  ]);
  const { key } = application;
  const grant = machineGrant(application, api);
  const reason = grant && noTokenOf(application, api, grant);
  const policy = apiPath(api.key, "subject_type_authorization.client.policy");
  const usage = grantPath(key, api.key, "organization_usage");
  if (reason !== undefined) {
    const grantType = applicationPath(key, element("grant_types", "client_credentials"));
    const ways = [usage, policy, grantType].map((path) => [path]);
    return { checks: [unlessAccepted(refusedCheck(checks, answer, reason), accepted, ...ways)] };
  }
  if (answer.kind !== "token") {
    const method = applicationPath(key, "token_endpoint_auth_method");
    const ways = [grantPath(key, api.key), method, usage, policy].map((path) => [path]);
    return { checks: [withoutToken(checks, answer, accepted, ...ways)] };
  }
  const token = answer.token.value;
  const expected = { api, issuer, clientId, scopes, application: application.key, accepted };
  return {
    token,
    checks: [
      checks.equal("token", "token", "issued", "issued"),
      ...(await tokenChecks(checks, token, expected, await keysOf(api))),
      ...(overreach
        ? [
            unlessAccepted(
              checks.judged(
                "other-scopes",
                `scopes ${scopeList(others)}`,
                !grants(overreach, others),
                "refused",
                describeAnswer(overreach),
              ),
              accepted,
              ...(overreach.kind === "token"
                ? scopeWays({ ...expected, scopes: [] }, overreach.token.scopes)
                : []),
            ),
          ]
        : []),
    ],
  };
}

/** A failure, unless one of the ways to a refusal is accepted. @param ways Paths of differences, all of them on each way. */
function withoutToken(
  checks: ChecksOn,
  answer: Exclude<TokenAnswer, { kind: "token" }>,
  accepted: Accepted,
  ...ways: string[][]
): Check {
  const isRefusal = answer.kind === "refusal";
  const explanation = isRefusal ? answer.refusal.message : undefined;
  const failed = checks.judged("token", "token", false, "a token", describeAnswer(answer), explanation);
  return isRefusal ? unlessAccepted(failed, accepted, ...ways) : failed;
}

/** Why the model lets the application have no token without further ado; undefined where it does. */
function noTokenOf(application: Application, api: Api | ForeignApi, grant: Grant): string | undefined {
  if (grant.organizations === "require") return "the grant takes an organization, and none is named here";
  return withheld(application, api);
}

/** Where the model keeps tokens back, a refusal is what proves it. */
function refusedCheck(checks: ChecksOn, answer: TokenAnswer, reason: string): Check {
  // 401 is about the credentials alone.
  const refused = answer.kind === "refusal" && answer.refusal.status !== 401;
  const seen = refused ? "refused" : describeAnswer(answer);
  return checks.judged("token", `no token, since ${reason}`, refused, "refused", seen);
}

async function managementChecks(
  { application, ask, accepted = nothingAccepted }: Asker,
  audience: string,
  model: Pick<AccessModel, "apis" | "foreignApis">,
): Promise<Check[]> {
  const checks = checksOn({ id: application.key, name: application.name });
  const answer = await ask(audience);
  // Another refusal, such as wrong credentials, says nothing about this audience.
  const refused = answer.kind === "refusal" && answer.refusal.status === 403;
  const explanation =
    answer.kind === "token"
      ? "The application holds a grant on the Management API; remove it in the Dashboard."
      : undefined;
  const check = checks.judged(
    "management-api",
    "the Management API as audience",
    refused,
    "refused",
    refused ? "refused" : describeAnswer(answer),
    explanation,
  );
  return [
    answer.kind === "token"
      ? unlessAccepted(check, accepted, [grantPath(application.key, extraGrantKey(model, audience, false))])
      : check,
  ];
}

/** A tenant may refuse the whole request or leave out the scopes; access is what counts. */
function grants(answer: TokenAnswer, scopes: readonly string[]): boolean {
  if (answer.kind === "token") return answer.token.scopes.some((scope) => scopes.includes(scope));
  return answer.kind === "failure";
}

function grantSubject(application: Application, api: Api): Subject {
  return { id: `${application.key}.${api.key}`, name: `${application.name} on ${api.name}` };
}
