/** The heartbeat: one request to a monitor when an import ends, which misses it where the import never ran. */
import { serviceAddress } from "../../../lib/address.ts";
import { errorCode, exitCodes } from "../../../lib/errors.ts";
import { type HttpResponse, sendRequest } from "../../../lib/http.ts";
import type { Report } from "../../../lib/report.ts";
import { type Outcome, retry } from "../../../lib/retry.ts";
import type { Context } from "../../terminal/command.ts";

/** For all attempts together, milliseconds. */
const deadline = 10_000;

export interface Heartbeat {
  /** Anyone who knows it can report in the import's name: messages show its host alone. */
  readonly url: URL;
  readonly env: Context["env"];
  readonly report: Report;
}

/** Reads the address. @param source E.g. `--heartbeat`. @throws {ToolError} exit 2 */
export function heartbeatUrl(address: string, source: string, allowHttp: boolean): URL {
  return serviceAddress(address, `The address of the heartbeat (${source})`, {
    allowHttp,
    allowHttpHint: "Where the monitor takes nothing else, allow it with --allow-http.",
    query: true,
  });
}

/**
 * Requests the address, or the one with `/fail` after its path where the exit code is not 0. A failure is a warning.
 * @see https://healthchecks.io/docs/signaling_failures/
 */
export async function sendHeartbeat({ url, env, report }: Heartbeat, exitCode: number): Promise<void> {
  const target = new URL(url);
  if (exitCode !== exitCodes.done) target.pathname = `${target.pathname.replace(/\/+$/, "")}/fail`;
  const signal = AbortSignal.timeout(deadline);
  const request = { signal, env, within: deadline, silence: deadline, most: 64 * 1024 };
  const problem = await retry(() => sendRequest(target, request), transient, {
    base: 500,
    longest: 2_000,
    retries: 2,
    within: deadline,
    signal,
  }).then(
    ({ ok, status }) => (ok ? undefined : `answered ${status}`),
    (error: unknown) => `did not answer (${signal.aborted ? "timeout" : (errorCode(error) ?? "connection")})`,
  );
  if (problem === undefined) return;
  report({
    level: "warning",
    code: "heartbeat_failed",
    message: `The heartbeat was not delivered: ${url.host} ${problem}.`,
  });
}

function transient(outcome: Outcome<HttpResponse>): { reason: string } | undefined {
  if ("error" in outcome) return { reason: "no answer" };
  const { status } = outcome.result;
  return status >= 500 || status === 429 || status === 408 ? { reason: `status ${status}` } : undefined;
}
