/** The web framework's types for this tenant, and how a request's body and query are read. */
import type { Context, MiddlewareHandler } from "hono";
import { apiError, validationError } from "./errors.ts";
import { depthOf, type Json } from "./json.ts";

/** Who calls the Management API. */
export interface Caller {
  clientId: string;
  scopes: ReadonlySet<string>;
}

export interface Environment {
  Variables: {
    caller: Caller;
    /** The parsed body, for the log. */
    body: Json;
  };
}

export type Request = Context<Environment>;
export type Guard = MiddlewareHandler<Environment>;

/** As hapi, on which the Management API runs, has it by default. */
const largestBody = 1_048_576;
/** Deeper than anything that Auth0 accepts, far from what could exhaust the stack. */
const deepestBody = 64;

/** The request's JSON, null when there is none. */
export async function readJson(request: Request): Promise<Json> {
  const text = await readText(request);
  if (text.trim() === "") return null;
  if (depthOf(text) > deepestBody) {
    throw validationError("Payload", `'Data is nested too deeply, maximum ${deepestBody} levels'`);
  }
  let body: Json;
  try {
    body = JSON.parse(text) as Json;
  } catch {
    throw apiError(400, "Invalid request payload JSON format", "invalid_body");
  }
  request.set("body", body);
  return body;
}

/** @throws Refusal 413 before more than the limit is kept in memory. */
export async function readText(request: Request): Promise<string> {
  const tooLarge = () => apiError(413, `Payload content length greater than maximum allowed: ${largestBody}`);
  const announced = request.req.header("content-length");
  if (Number(announced ?? 0) > largestBody) throw tooLarge();
  // The HTTP parser holds a body to the length that was announced, so it can be read at once.
  if (announced !== undefined) return request.req.raw.text();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.req.raw.body ?? []) {
    size += chunk.byteLength;
    if (size > largestBody) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** A query parameter that is `true` or `false`. */
export function booleanQuery(request: Request, name: string): boolean | undefined {
  const value = request.req.query(name);
  if (value === undefined || value === "") return undefined;
  if (value === "true") return true;
  if (value === "false") return false;
  throw validationError("Query", `'Expected type boolean but found type string' on property ${name}`);
}

/** A query parameter that is a whole number within bounds. */
export function integerQuery(
  request: Request,
  name: string,
  bounds: { minimum: number; maximum?: number },
): number | undefined {
  const value = request.req.query(name);
  if (value === undefined || value === "") return undefined;
  if (!/^-?\d{1,15}$/.test(value)) {
    throw validationError("Query", `'Expected type integer but found type string' on property ${name}`);
  }
  const number = Number(value);
  if (number < bounds.minimum) {
    throw validationError(
      "Query",
      `'Value ${number} is less than minimum ${bounds.minimum}' on property ${name}`,
    );
  }
  if (bounds.maximum !== undefined && number > bounds.maximum) {
    throw validationError(
      "Query",
      `'Value ${number} is greater than maximum ${bounds.maximum}' on property ${name}`,
    );
  }
  return number;
}
