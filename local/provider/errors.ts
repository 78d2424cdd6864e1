/** What goes wrong, as one line that says what happened, to which resource, and what to do about it. */
import { type ConnectionFailureKind, connectionFailure } from "../../lib/connection.ts";
import { messageOf } from "../../lib/errors.ts";

/** An expected failure; its message is one line and holds no secret. */
export class ProviderError extends Error {
  override readonly name: string = "ProviderError";
}

/** The tenant could not be asked at all. */
class ConnectionError extends ProviderError {
  override readonly name = "ConnectionError";
}

interface Answered {
  statusCode?: number;
  body?: unknown;
}

/** True for the Management API's 404. */
export function isNotFound(error: unknown): boolean {
  return (error as Answered | undefined)?.statusCode === 404;
}

/** True when the Management API turned a token away; false when the tenant refused to issue one. */
export function isUnauthorized(error: unknown): boolean {
  return (error as Answered | undefined)?.statusCode === 401 && !isRefusedToken(error);
}

/** Failures before a request is sent. */
const unsent: ReadonlySet<ConnectionFailureKind> = new Set([
  "untrusted",
  "no_tls",
  "unknown_host",
  "unreachable",
]);

/** True where a request failed that may have been carried out: a server error, or a connection that broke. */
export function mayHaveHappened(error: unknown): boolean {
  if (isRefusedToken(error)) return false;
  const lost = causes(error).find((cause) => cause instanceof ConnectionError);
  if (lost) {
    const failure = connectionFailure(lost.cause);
    return failure === undefined || !unsent.has(failure.kind);
  }
  return ((error as Answered | undefined)?.statusCode ?? 0) >= 500;
}

/** By its text, which is all that the SDK gives. */
function isRefusedToken(error: unknown): boolean {
  return error instanceof Error && error.message.includes("token request failed");
}

/** One line for anything thrown while talking to the tenant. */
export function describeFailure(error: unknown, domain: string): string {
  const own = causes(error).find((cause) => cause instanceof ProviderError);
  if (own instanceof ProviderError) return own.message;
  const { statusCode, body } = (error ?? {}) as Answered;
  const message = messageOf(error);
  if (statusCode === undefined) return oneLine(message);
  if (isRefusedToken(error)) return describeRefusedCredentials(statusCode, body, domain);
  const answer = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const code = answer.errorCode ?? answer.error;
  const text = answer.message ?? answer.error_description ?? (typeof body === "string" ? body : message);
  return oneLine(`the tenant ${domain} answered ${statusCode}${code ? ` ${code}` : ""}: ${text}`);
}

function describeRefusedCredentials(statusCode: number, body: unknown, domain: string): string {
  const { error, error_description: text } = (body ?? {}) as Record<string, unknown>;
  const reason = [error, text].filter(Boolean).join(": ") || "no reason given";
  return oneLine(
    `the tenant ${domain} refused the credentials (${statusCode} ${reason}); check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET`,
  );
}

/** The tenant could not be asked: its certificate is not trusted, or it does not answer. */
export function connectionError(cause: unknown, domain: string): ConnectionError {
  const failure = connectionFailure(cause);
  if (failure?.kind === "untrusted") {
    return new ConnectionError(
      `the certificate of ${domain} is not trusted (${failure.code}); name the file of the tenant's CA in NODE_EXTRA_CA_CERTS or SSL_CERT_FILE`,
      { cause },
    );
  }
  const reason = failure?.code ?? causes(cause).at(-1)?.message ?? "no answer";
  return new ConnectionError(
    `the tenant ${domain} cannot be reached (${oneLine(reason)}); is \`auth0-m2m local\` running?`,
    { cause },
  );
}

/** An error and what caused it, outermost first. */
function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  let current = error;
  while (current instanceof Error && chain.length < 10) {
    chain.push(current);
    current = current instanceof AggregateError ? (current.errors[0] ?? current.cause) : current.cause;
  }
  return chain;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").trim();
}
