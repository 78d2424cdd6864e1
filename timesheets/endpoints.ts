/** The endpoints of the Timesheets API, each with a request that stores and removes nothing even if it is let in. */
import { openResponse } from "../lib/http.ts";

export interface Endpoint {
  /** The scope that it asks for. */
  readonly scope: string;
  readonly method: string;
  /** Below the API's address, with a query where that keeps the answer small. */
  readonly path: string;
  readonly body?: unknown;
}

/** The one that the import job uses. */
export const uploadEndpoint = {
  scope: "batch:upload",
  method: "POST",
  path: "timesheets/upload",
  body: [],
} as const satisfies Endpoint;

export const otherEndpoints: readonly Endpoint[] = [
  { scope: "read:timesheets", method: "GET", path: "timesheets?limit=1" },
  { scope: "create:timesheets", method: "POST", path: "timesheets", body: {} },
  { scope: "delete:timesheets", method: "DELETE", path: "timesheets/0" },
  { scope: "approve:timesheets", method: "POST", path: "timesheets/0/approve" },
];

/** What a reader calls it, e.g. `GET /timesheets`. */
export function endpointName({ method, path }: Endpoint): string {
  return `${method} /${path.split("?")[0]}`;
}

/**
 * The status that the API answers with.
 * @param url Base address of the API.
 * @param token None is sent where it is undefined.
 * @throws as `openResponse` does
 */
export async function statusAt(
  url: string,
  { method, path, body }: Endpoint,
  token: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const response = await openResponse(new URL(path, url.endsWith("/") ? url : `${url}/`), {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  });
  // Only the status is wanted, however long the answer is.
  response.destroy();
  return response.statusCode ?? 0;
}
