/** The error answers of the Management API and of the token endpoint, each in its own body. */
import { jsonAnswer } from "./answer.ts";
import type { JsonObject } from "./json.ts";

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Request Entity Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
};

/** Any refusal: thrown where it is found, turned into an answer in one place. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, body: JsonObject, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }

  toResponse(): Response {
    return jsonAnswer(this.body, { status: this.status, headers: this.headers });
  }
}

/** `{statusCode, error, message[, errorCode]}`; a good number of 404s carry no `errorCode`. */
export function apiError(status: number, message: string, errorCode?: string): Refusal {
  const body: JsonObject = { statusCode: status, error: reasons[status] ?? "Error", message };
  if (errorCode !== undefined) body.errorCode = errorCode;
  return new Refusal(status, message, body);
}

/** The 401 of the Management API: `attributes` in place of `errorCode`. */
export function unauthorized(message: string): Refusal {
  return new Refusal(
    401,
    message,
    { statusCode: 401, error: "Unauthorized", message, attributes: { error: message } },
    { "www-authenticate": `Bearer error="${message}"` },
  );
}

/** `{error, error_description[, ...]}`, RFC 6749 section 5.2 with Auth0's statuses. */
export function tokenError(
  status: number,
  error: string,
  description: string,
  extra: JsonObject = {},
  headers: Record<string, string> = {},
): Refusal {
  return new Refusal(status, description, { error, error_description: description, ...extra }, headers);
}

/** What a request that breaks a schema gets; `where` names the part that was checked. */
export function validationError(where: "Payload" | "Path" | "Query", problem: string): Refusal {
  const codes = { Payload: "invalid_body", Path: "invalid_uri", Query: "invalid_query_string" };
  return apiError(400, `${where} validation error: ${problem}.`, codes[where]);
}
