/** Addresses of this machine, to which a secret or a token may go without TLS. */
import { isIPv4 } from "node:net";

/** True for `localhost`, 127.0.0.0/8 (RFC 1122 section 3.2.1.3) and `[::1]`, as `URL` writes a host name. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === "localhost" || host === "[::1]" || (isIPv4(host) && host.startsWith("127."));
}

/** True for an address that no one else can listen in on: https, or http to this machine. */
export function isConfidential({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}
