/** Sorts failed connections: no such host, nothing there, not trusted, too slow, cut, or not HTTP. */
import { exitCodes, messageOf, ToolError } from "./errors.ts";

export type ConnectionFailureKind =
  /** The certificate is not trusted. */
  | "untrusted"
  /** Both ends could not agree on TLS; perhaps the other end speaks plain HTTP. */
  | "no_tls"
  | "unknown_host"
  | "unreachable"
  | "timed_out"
  /** The connection was there and broke. */
  | "cut"
  | "too_large"
  | "no_http"
  | "other";

export interface ConnectionFailure {
  readonly kind: ConnectionFailureKind;
  /** Of Node, OpenSSL or undici, e.g. `ECONNREFUSED`. */
  readonly code: string;
  /** Completes "it cannot be reached: ...". */
  readonly reason: string;
  /** True where the same request may succeed a little later. */
  readonly transient: boolean;
}

/** The first row that matches a code decides. */
const kinds: readonly (readonly [RegExp, ConnectionFailureKind, string, { readonly transient: boolean }])[] =
  [
    [
      /^(DEPTH_ZERO_)?SELF_SIGNED_CERT|^UNABLE_TO_(GET|VERIFY)_|^CERT_|^ERR_TLS_CERT/,
      "untrusted",
      "its certificate is not trusted",
      { transient: false },
    ],
    [/^ERR_SSL_|^ERR_TLS_|^EPROTO$/, "no_tls", "no TLS connection came about", { transient: false }],
    [/^ENOTFOUND$/, "unknown_host", "the name is not known", { transient: false }],
    [/^EAI_AGAIN$/, "unreachable", "the name could not be looked up", { transient: true }],
    [/^ECONNREFUSED$/, "unreachable", "nothing listens there", { transient: true }],
    [/^EHOSTUNREACH$/, "unreachable", "there is no way to it", { transient: true }],
    [/^ENETUNREACH$/, "unreachable", "there is no network", { transient: true }],
    [/^ETIMEDOUT$|_TIMEOUT$/, "timed_out", "it did not answer in time", { transient: true }],
    [/^ECONNRESET$|^EPIPE$|^UND_ERR_SOCKET$/, "cut", "the connection was cut", { transient: true }],
    [
      /^UND_ERR_RES_EXCEEDED_MAX_SIZE$|^ERR_ANSWER_TOO_LARGE$/,
      "too_large",
      "its answer is too long",
      { transient: false },
    ],
    [/^HPE_|^UND_ERR_HEADERS_OVERFLOW$/, "no_http", "its answer is not HTTP", { transient: true }],
  ];

/** What went wrong with a request; undefined for an error that is not about its connection, such as an abort. */
export function connectionFailure(error: unknown): ConnectionFailure | undefined {
  const code = codeOf(error);
  if (code === undefined) return undefined;
  const [, kind, reason, { transient }] = kinds.find(([codes]) => codes.test(code)) ?? [
    undefined,
    "other",
    code,
    { transient: true },
  ];
  return { kind, code, reason, transient };
}

/** The outermost error code in a chain of causes. */
function codeOf(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.name === "TimeoutError") return "ETIMEDOUT";
    // undici gives this one no code of its own.
    if (current.name === "HTTPParserError") return "HPE_INVALID";
    const inner = current instanceof AggregateError ? current.errors[0] : current;
    if (typeof inner?.code === "string" && inner.name !== "AbortError") return inner.code;
  }
  return undefined;
}

/** A failed connection as an error: `tenant_untrusted` or `tenant_unreachable`, exit code 1. */
export function connectionError(error: unknown, host: string): ToolError {
  const failure = connectionFailure(error);
  if (failure?.kind === "untrusted") {
    return new ToolError("tenant_untrusted", `The certificate of ${host} is not trusted (${failure.code}).`, {
      exitCode: exitCodes.failure,
      hint: "If it comes from an authority of your own, name its PEM file in NODE_EXTRA_CA_CERTS.",
      cause: error,
    });
  }
  const reason = failure?.reason ?? messageOf(error);
  return new ToolError("tenant_unreachable", `${host} cannot be reached: ${reason}.`, {
    exitCode: exitCodes.failure,
    hint: "Check the domain and the network.",
    cause: error,
  });
}
