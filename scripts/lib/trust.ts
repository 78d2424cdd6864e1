/** Trust in a certificate authority of one's own, for every TLS connection of this process. */
import { readFileSync } from "node:fs";
import tls from "node:tls";

const trusted = new Set<string>();

/** Adds the authority in a PEM file to those this process trusts; a second call with the same file does nothing. */
export function trustAuthority(file: string): void {
  const authority = readFileSync(file, "utf8");
  if (trusted.has(authority)) return;
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), authority]);
  trusted.add(authority);
}
