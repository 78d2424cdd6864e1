/** Shows that the job's token opens one door: the other endpoints of the Timesheets API answer 403. */
import { endpointName, otherEndpoints, statusAt } from "../../../timesheets/endpoints.ts";

export interface Refusal {
  readonly request: string;
  readonly needs: string;
  readonly status: number;
}

/** Tries every endpoint but the upload. */
export async function tryOtherEndpoints(
  apiUrl: string,
  token: string,
  signal: AbortSignal,
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const endpoint of otherEndpoints) {
    const status = await statusAt(apiUrl, endpoint, token, signal);
    refusals.push({ request: endpointName(endpoint), needs: endpoint.scope, status });
  }
  return refusals;
}
