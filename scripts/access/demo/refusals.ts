/** Shows that the job's token opens nothing but its scopes: the API's other endpoints answer 403. */
import type { Api } from "../../../infra/accessModel.ts";
import { endpointsOf, reasonNotToSend, statusAt } from "../../checks/endpoints.ts";

export interface Refusal {
  readonly request: string;
  readonly needs: string;
  readonly status: number;
}

/** Tries every endpoint that the scopes do not open. */
export async function tryOtherEndpoints(
  apiUrl: string,
  { api, scopes, token }: { readonly api: Api; readonly scopes: readonly string[]; readonly token: string },
  signal: AbortSignal,
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const endpoint of endpointsOf(api)) {
    if (scopes.includes(endpoint.scope) || reasonNotToSend(endpoint, false) !== undefined) continue;
    const status = await statusAt(apiUrl, endpoint, token, signal);
    refusals.push({ request: endpoint.name, needs: endpoint.scope, status });
  }
  return refusals;
}
