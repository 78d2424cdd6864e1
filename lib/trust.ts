/** Trust in a certificate authority of one's own, for one host or for every TLS connection of this process. */
import { readFileSync } from "node:fs";
import tls from "node:tls";

const trusted = new Set<string>();
const authorities = new Map<string, string>();

/** Adds the authority in a PEM file to those this process trusts; a second call with the same file does nothing. */
export function trustAuthority(file: string): void {
  const authority = readFileSync(file, "utf8");
  if (trusted.has(authority)) return;
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), authority]);
  trusted.add(authority);
}

/**
 * Has requests to this host, such as `localhost:4455`, trust the authority in a PEM file and no other; other hosts are
 * left as they are. It spares a short command the reading of all public authorities.
 */
export function trustAuthorityOf(host: string, file: string): void {
  authorities.set(host, readFileSync(file, "utf8"));
}

/** The PEM that {@link trustAuthorityOf} was given for a host. */
export function authorityOf(host: string): string | undefined {
  return authorities.get(host);
}
