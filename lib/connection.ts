/** Tells apart why a tenant or an API could not be spoken to: not there, not trusted, or too slow. */
import { exitCodes, messageOf, ToolError } from "./errors.ts";

const certificateCodes: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_SIGNATURE_FAILURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** True for an error code which says that a certificate is not trusted. */
export function isCertificateCode(code: string): boolean {
  return certificateCodes.has(code);
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: "the name is not known",
  EAI_AGAIN: "the name could not be looked up",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no network",
  ETIMEDOUT: "it did not answer in time",
  UND_ERR_CONNECT_TIMEOUT: "it did not answer in time",
};

/** The innermost error code of a failed `fetch`, e.g. `ECONNREFUSED`. */
export function connectionCode(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.name === "TimeoutError") return "ETIMEDOUT";
    const inner = current instanceof AggregateError ? current.errors[0] : current;
    if (typeof inner?.code === "string" && inner.name !== "AbortError") return inner.code;
  }
  return undefined;
}

/** True for a failure that may pass by itself, so that the request may be sent again. */
export function isPassing(code: string | undefined): boolean {
  return code !== undefined && !isCertificateCode(code) && code !== "ENOTFOUND";
}

/** A failed connection as an error: `tenant_untrusted` or `tenant_unreachable`, exit code 1. */
export function connectionError(error: unknown, host: string): ToolError {
  const code = connectionCode(error);
  if (code !== undefined && isCertificateCode(code)) {
    return new ToolError("tenant_untrusted", `The certificate of ${host} is not trusted (${code}).`, {
      exitCode: exitCodes.failure,
      hint: "If it comes from an authority of your own, name its PEM file in NODE_EXTRA_CA_CERTS.",
      cause: error,
    });
  }
  const reason = (code && reasons[code]) ?? code ?? messageOf(error);
  return new ToolError("tenant_unreachable", `${host} cannot be reached: ${reason}.`, {
    exitCode: exitCodes.failure,
    hint: "Check the domain and the network.",
    cause: error,
  });
}
