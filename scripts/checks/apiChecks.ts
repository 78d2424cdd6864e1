/** Whether a running API lets in the applications that the model lets in: its answers with and without good tokens. */
import type { Api, Application } from "../../infra/accessModel.ts";
import { machineScopes } from "../../infra/model/declaredGrants.ts";
import { connectionError } from "../../lib/connection.ts";
import { messageOf } from "../../lib/errors.ts";
import { type Check, type ChecksOn, checksOn } from "./check.ts";
import {
  type Endpoint,
  endpointsOf,
  isLetIn,
  openedEndpoint,
  reasonNotToSend,
  statusAt,
} from "./endpoints.ts";

export interface ApiProbe {
  /** Base address of the API. */
  readonly url: string;
  readonly api: Api;
  /** The applications that hold a grant on it. */
  readonly callers: readonly Caller[];
  /** A good token for another audience; absent where none may be shown to the API. */
  readonly otherToken: string | undefined;
  readonly signal: AbortSignal;
}

export interface Caller {
  readonly application: Application;
  /** The application's token for this API; absent where it got none. */
  readonly token: string | undefined;
}

export async function apiChecks(probe: ApiProbe): Promise<Check[]> {
  const { api, callers } = probe;
  const checks = checksOn({
    id: `${api.key}.api`,
    name: `${api.name} at ${new URL(probe.url).host}`,
  });
  const endpoints = endpointsOf(api);
  const granted = callers.flatMap(({ application }) => machineScopes(application, api) ?? []);
  const door =
    openedEndpoint(api, granted) ?? endpoints.find((one) => reasonNotToSend(one, false) === undefined);
  if (!door) return [noEndpoints(checks, api)];
  const [none, garbage] = await Promise.all([
    answerOf(probe, undefined, door),
    answerOf(probe, "garbage", door),
  ]);
  const found = [
    checks.equal("no-token", "no token", "401", none),
    checks.equal("garbage", "a token that is none", "401", garbage),
    await otherAudienceCheck(checks, probe, door),
  ];
  for (const caller of callers) found.push(...(await callerChecks(checks, probe, endpoints, caller)));
  return found;
}

function noEndpoints(checks: ChecksOn, { key, endpoints }: Api): Check {
  const none = Object.keys(endpoints).length === 0;
  return checks.skipped(
    "endpoints",
    "its answers to good and bad tokens",
    "only granted scopes open it",
    none
      ? `The model names no endpoints of this API; list some under apis.${key}.endpoints.`
      : "None of the API's endpoints can be tried without a risk: a DELETE may be let in.",
  );
}

async function otherAudienceCheck(checks: ChecksOn, probe: ApiProbe, door: Endpoint): Promise<Check> {
  const title = "a token for another audience";
  if (probe.otherToken !== undefined) {
    return checks.equal("other-audience", title, "401", await answerOf(probe, probe.otherToken, door));
  }
  return checks.skipped(
    "other-audience",
    title,
    "401",
    "No token is at hand that may be shown to the API: one for the Management API only if it can read client grants and nothing else.",
  );
}

/** Every endpoint with one application's token: open by the scopes it was granted, else closed. */
async function callerChecks(
  checks: ChecksOn,
  probe: ApiProbe,
  endpoints: readonly Endpoint[],
  { application, token }: Caller,
): Promise<Check[]> {
  const scopes = machineScopes(application, probe.api) ?? [];
  const name = `the token of ${application.name}`;
  if (token === undefined) {
    return [
      checks.skipped(
        `${application.key}.token`,
        name,
        "only granted scopes open it",
        "The application got no token.",
      ),
    ];
  }
  return Promise.all(
    endpoints.map(async (endpoint) => {
      const opened = scopes.includes(endpoint.scope);
      const id = `${application.key}.${idOf(endpoint)}`;
      const title = `${name}, ${endpoint.name}`;
      const expected = opened ? letIn : "403";
      const reason = reasonNotToSend(endpoint, opened);
      if (reason !== undefined) return checks.skipped(id, title, expected, reason);
      const seen = await answerOf(probe, token, endpoint);
      return opened ? letInCheck(checks, id, title, endpoint, seen) : checks.equal(id, title, expected, seen);
    }),
  );
}

const letIn = "let in";

/** The check that an endpoint takes a token: `seen` is what {@link answerOf} gave. */
export function letInCheck(
  checks: ChecksOn,
  id: string,
  title: string,
  endpoint: Endpoint,
  seen: string,
): Check {
  const ok = isLetIn(endpoint, Number(seen));
  return checks.judged(id, title, ok, letIn, ok ? `${letIn} (${seen})` : seen);
}

/** `POST /timesheets/{id}/approve` as `post-timesheets-id-approve`. */
function idOf({ name }: Endpoint): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/-$/, "");
}

/** The status of one request, or why there was none. */
export async function answerOf(
  { url, signal }: Pick<ApiProbe, "url" | "signal">,
  token: string | undefined,
  endpoint: Endpoint,
): Promise<string> {
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
    return String(await statusAt(url, endpoint, token, patience));
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(connectionError(error, new URL(url).host));
  }
}
