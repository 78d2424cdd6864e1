/** What one application gets at the token endpoint: its token for each of its APIs, and nothing beyond. */
import type { AccessModel, Api, Application } from "../../infra/accessModel.ts";
import { type Check, checksOn, type Subject, scopeList } from "./check.ts";
import { type AskToken, describeAnswer, type TokenAnswer } from "./tokenAnswers.ts";
import { tokenChecks, type VerificationKeys } from "./tokenChecks.ts";

/** An application that is able to ask for tokens. */
export interface Asker {
  readonly application: Application;
  readonly clientId: string;
  readonly ask: AskToken;
}

export interface ApplicationFacts {
  readonly checks: readonly Check[];
  /** The application's token for each API, by the API's key; absent where it got none. */
  readonly tokens: ReadonlyMap<string, string>;
}

/** Checks every grant of one application, and that the Management API stays closed to it. */
export async function applicationChecks(
  asker: Asker,
  model: Pick<AccessModel, "apis">,
  issuer: string,
  keysOf: (api: Api) => Promise<VerificationKeys>,
): Promise<ApplicationFacts> {
  const tokens = new Map<string, string>();
  const granted = Object.entries(asker.application.grants).flatMap(([key, scopes]) => {
    const api = model.apis[key];
    return api ? [{ api, scopes }] : [];
  });
  const [management, ...grants] = await Promise.all([
    managementChecks(asker, issuer),
    ...granted.map(async ({ api, scopes }) => {
      const { checks, token } = await grantChecks(asker, api, scopes, issuer, keysOf);
      if (token !== undefined) tokens.set(api.key, token);
      return checks;
    }),
  ]);
  return { checks: [...grants.flat(), ...management], tokens };
}

async function grantChecks(
  { application, clientId, ask }: Asker,
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
  if (answer.kind !== "token") {
    const explanation = answer.kind === "refusal" ? answer.refusal.message : undefined;
    return {
      checks: [checks.judged("token", "token", false, "a token", describeAnswer(answer), explanation)],
    };
  }
  const token = answer.token.value;
  return {
    token,
    checks: [
      checks.equal("token", "token", "issued", "issued"),
      ...(await tokenChecks(checks, token, { api, issuer, clientId, scopes }, await keysOf(api))),
      ...(overreach
        ? [
            checks.judged(
              "other-scopes",
              `scopes ${scopeList(others)}`,
              !grants(overreach, others),
              "refused",
              describeAnswer(overreach),
            ),
          ]
        : []),
    ],
  };
}

async function managementChecks({ application, ask }: Asker, issuer: string): Promise<Check[]> {
  const checks = checksOn({ id: application.key, name: application.name });
  const answer = await ask(`${issuer}api/v2/`);
  // Another refusal, such as wrong credentials, says nothing about this audience.
  const refused = answer.kind === "refusal" && answer.refusal.status === 403;
  const explanation =
    answer.kind === "token"
      ? "The application holds a grant on the Management API; remove it in the Dashboard."
      : undefined;
  return [
    checks.judged(
      "management-api",
      "the Management API as audience",
      refused,
      "refused",
      refused ? "refused" : describeAnswer(answer),
      explanation,
    ),
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
