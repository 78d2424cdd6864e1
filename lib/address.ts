/** Addresses of services: whether a secret or a token may go there, and which of them are on this machine. */
import type { LookupAddress } from "node:dns";
import { isIPv4 } from "node:net";
import { usageError } from "./errors.ts";

/** True for `localhost`, 127.0.0.0/8 (RFC 1122 section 3.2.1.3) and `::1`, which `URL` writes in brackets. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return (
    host === "localhost" || host === "::1" || host === "[::1]" || (isIPv4(host) && host.startsWith("127."))
  );
}

/** True for an address that no one else can listen in on: https, or http to this machine. */
export function isConfidential({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

/**
 * Where a server of this machine listens, so that clients find it under the name `localhost`: 127.0.0.1, or `::1` on a
 * machine whose `localhost` is that alone.
 * @param localhost What the name resolves to.
 */
export function loopbackAddress(localhost: readonly LookupAddress[]): "127.0.0.1" | "::1" {
  return localhost.length > 0 && localhost.every(({ family }) => family === 6) ? "::1" : "127.0.0.1";
}

export interface AddressOptions {
  /** Takes plain HTTP to other machines too, where something else protects the way. @default false */
  readonly allowHttp?: boolean;
  /** How to allow it, for the hint. */
  readonly allowHttpHint?: string;
  /** Takes a query; an address below which paths are added has none. @default false */
  readonly query?: boolean;
}

/**
 * The address of a service to which a secret or a token will be sent.
 * @param source What the value is, as the subject of a sentence, e.g. `--api-url`. The value itself may hold a password
 *   and is not shown.
 * @throws {ToolError} exit 2
 */
export function serviceAddress(value: string, source: string, options: AddressOptions = {}): URL {
  const { allowHttp = false, allowHttpHint, query = false } = options;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const bare = url?.username === "" && url.password === "" && url.hash === "" && (query || url.search === "");
  if (!bare || !/^https?:$/.test(url.protocol)) {
    throw usageError(
      `${source} is not the address of a service.`,
      `Give https://<host>, with a path if there is one; without a user${query ? "" : ", a query"} and a fragment.`,
    );
  }
  if (allowHttp || isConfidential(url)) return url;
  throw usageError(
    `${source} is not https: what is sent there could be read on its way.`,
    allowHttpHint ?? "http:// is for this machine alone.",
  );
}
