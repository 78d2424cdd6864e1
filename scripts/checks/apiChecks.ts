/** Whether the Timesheets API itself lets in whom the model lets in: its answers with and without good tokens. */
import type { Api, Application } from "../../infra/accessModel.ts";
import { connectionError } from "../../lib/connection.ts";
import { messageOf } from "../../lib/errors.ts";
import {
  type Endpoint,
  endpointName,
  otherEndpoints,
  statusAt,
  uploadEndpoint,
} from "../../timesheets/endpoints.ts";
import { type Check, type ChecksOn, checksOn } from "./check.ts";

export interface ApiProbe {
  /** Base address of the API. */
  readonly url: string;
  readonly api: Api;
  readonly application: Application;
  /** The application's token for this API; absent where it got none. */
  readonly token: string | undefined;
  /** A good token for another audience; absent where none may be shown to the API. */
  readonly otherToken: string | undefined;
  readonly signal: AbortSignal;
}

export async function apiChecks(probe: ApiProbe): Promise<Check[]> {
  const checks = checksOn({
    id: `${probe.api.key}.api`,
    name: `${probe.api.name} at ${new URL(probe.url).host}`,
  });
  const status = (token: string | undefined, endpoint: Endpoint) => answerOf(probe, token, endpoint);
  const [none, garbage] = await Promise.all([
    status(undefined, uploadEndpoint),
    status("garbage", uploadEndpoint),
  ]);
  return [
    checks.equal("no-token", "no token", "401", none),
    checks.equal("garbage", "a token that is none", "401", garbage),
    await otherAudienceCheck(checks, probe),
    ...(await jobChecks(checks, probe)),
  ];
}

async function otherAudienceCheck(checks: ChecksOn, probe: ApiProbe): Promise<Check> {
  const title = "a token for another audience";
  if (probe.otherToken !== undefined) {
    return checks.equal(
      "other-audience",
      title,
      "401",
      await answerOf(probe, probe.otherToken, uploadEndpoint),
    );
  }
  return checks.skipped(
    "other-audience",
    title,
    "401",
    "No token is at hand that may be shown to the API: one for the Management API only if it can read client grants and nothing else.",
  );
}

async function jobChecks(checks: ChecksOn, probe: ApiProbe): Promise<Check[]> {
  const { application, api, token } = probe;
  const scopes = application.grants[api.key] ?? [];
  if (token === undefined) {
    return [
      checks.skipped(
        "upload",
        `the token of ${application.name}, empty upload`,
        "accepted",
        "The application got no token.",
      ),
    ];
  }
  const accepted = await answerOf(probe, token, uploadEndpoint);
  const closed = otherEndpoints.filter(({ scope }) => scope in api.scopes && !scopes.includes(scope));
  return [
    checks.equal("upload", `the token of ${application.name}, empty upload`, "201", accepted),
    ...(await Promise.all(
      closed.map(async (endpoint) => {
        const [id] = endpoint.scope.split(":");
        const title = `the token of ${application.name}, ${endpointName(endpoint)}`;
        return checks.equal(`refuses-${id}`, title, "403", await answerOf(probe, token, endpoint));
      }),
    )),
  ];
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
