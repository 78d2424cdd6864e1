/** Errors of the Timesheets API as problem details (RFC 9457), and the 401 and 403 challenges of RFC 6750. */
import type { ErrorRequestHandler, Response } from "express";

/** Base of every problem's `type`; an identifier, not an address that is served. */
const typeBase = "https://api.exampleco.com/problems/";

/** One entry of a batch that is at fault. */
export interface EntryError {
  /** Position in the array that was sent, from 0. */
  readonly index: number;
  /** JSON Pointer into the body, e.g. `#/3/hours`. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface Problem {
  readonly status: number;
  /** Last part of the problem's type, e.g. `invalid-entries`. */
  readonly type: string;
  readonly title: string;
  readonly detail?: string;
  readonly errors?: readonly EntryError[];
}

/** An error that becomes a problem document by itself. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: Problem, headers: Readonly<Record<string, string>> = {}) {
    super(problem.title);
    this.problem = problem;
    this.headers = headers;
  }
}

export function sendProblem(response: Response, problem: Problem): void {
  const { type, ...members } = problem;
  response
    .status(problem.status)
    .type("application/problem+json")
    .send(JSON.stringify({ type: typeBase + type, ...members }));
}

/** What the token middleware and the body parser throw: plain errors with a status and sometimes headers. */
interface HttpError extends Error {
  readonly status?: number;
  readonly code?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Turns whatever a handler threw into a problem document. */
export const handleError: ErrorRequestHandler = (error: HttpError, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  if (error instanceof ProblemError) {
    response.set(error.headers);
    sendProblem(response, error.problem);
    return;
  }
  if (cannotReachIssuer(error)) {
    response.set("Retry-After", "5");
    sendProblem(response, {
      status: 503,
      type: "issuer-unreachable",
      title: "The keys of the token issuer cannot be fetched",
    });
    return;
  }
  if (error.headers) response.set(error.headers);
  sendProblem(response, describe(error));
};

function describe(error: HttpError): Problem {
  switch (error.status) {
    case 400:
      return { status: 400, type: "bad-request", title: "The request is not valid", detail: error.message };
    case 401:
      return {
        status: 401,
        type: "unauthorized",
        title: "A valid access token is needed",
        detail: error.message,
      };
    case 403:
      return {
        status: 403,
        type: "insufficient-scope",
        title: "The access token lacks a scope",
        detail: error.message,
      };
    case 413:
      return {
        status: 413,
        type: "content-too-large",
        title: "The body is too large",
        detail: "Send fewer entries at once.",
      };
    case 415:
      return {
        status: 415,
        type: "unsupported-media-type",
        title: "Send application/json in UTF-8",
        detail: error.message,
      };
    default:
      return { status: 500, type: "internal-error", title: "The request could not be completed" };
  }
}

/**
 * The token middleware reports a key set that it could not fetch as an invalid token; the caller could do nothing
 * about that 401, so it is recognised by what the fetch reports.
 */
function cannotReachIssuer(error: HttpError): boolean {
  return (
    error.code === "invalid_token" &&
    /Failed to fetch|Failed to parse the response|Expected 200 OK|Failed to parse the JSON Web Key Set|request timed out|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|socket hang up|certificate/.test(
      error.message,
    )
  );
}
