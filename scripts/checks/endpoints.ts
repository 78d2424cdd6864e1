/** The endpoints of an API that the model names, each tried by a request that is to change nothing even if it is let in. */
import { randomUUID } from "node:crypto";
import type { Api } from "../../infra/accessModel.ts";
import { openResponse } from "../../lib/http.ts";

export interface Endpoint {
  /** As the model writes it, e.g. `DELETE /timesheets/{id}`. */
  readonly name: string;
  readonly method: string;
  /** Below the API's address, starting with a slash; what differs from call to call is in braces. */
  readonly path: string;
  /** The scope that it takes. */
  readonly scope: string;
}

/** In the order of the model. */
export function endpointsOf({ endpoints }: Pick<Api, "endpoints">): Endpoint[] {
  return Object.entries(endpoints).map(([name, scope]) => {
    const [method = "", path = ""] = name.split(" ");
    return { name, method, path, scope };
  });
}

/** The first endpoint that these scopes open, and that a good token may be tried on. */
export function openedEndpoint(api: Pick<Api, "endpoints">, scopes: readonly string[]): Endpoint | undefined {
  return endpointsOf(api).find(
    (endpoint) => scopes.includes(endpoint.scope) && reasonNotToSend(endpoint, true) === undefined,
  );
}

/**
 * Why an endpoint is not tried: a DELETE names what goes by its path alone, so nothing is sent that could delete.
 * @param opened Whether the token is expected to be let in.
 */
export function reasonNotToSend({ method, path }: Endpoint, opened: boolean): string | undefined {
  if (method !== "DELETE") return undefined;
  if (opened) return "A DELETE is never sent with a token that it lets in.";
  return hasPlaceholder(path) ? undefined : "A DELETE without an id in braces in its path could delete.";
}

/**
 * The status that the API answers with to a request without a body, for ids that nothing has.
 * @param url Base address of the API.
 * @param token None is sent where it is undefined.
 * @throws as `openResponse` does
 */
export async function statusAt(
  url: string,
  { method, path }: Endpoint,
  token: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const base = url.endsWith("/") ? url.slice(0, -1) : url;
  const response = await openResponse(`${base}${path.replaceAll(/\{\w+\}/g, () => randomUUID())}`, {
    method,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    signal,
  });
  // Only the status is wanted, however long the answer is.
  response.destroy();
  return response.statusCode ?? 0;
}

/**
 * Whether the API let the token in: it answers, or finds fault with the request itself. 401 and 403 refuse; 405, 429, a
 * redirect, a failure, and 404 at an address without an id say nothing about the token.
 */
export function isLetIn({ path }: Pick<Endpoint, "path">, status: number): boolean {
  if (status >= 200 && status < 300) return true;
  if (status === 404) return hasPlaceholder(path);
  return status >= 400 && status < 500 && ![401, 403, 405, 407, 429].includes(status);
}

function hasPlaceholder(path: string): boolean {
  return /\{\w+\}/.test(path);
}
