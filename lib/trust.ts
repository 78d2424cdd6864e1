/** Trust in a certificate authority of one's own, for one host or for every TLS connection of this process. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import tls from "node:tls";
import { errorCode, messageOf, usageError } from "./errors.ts";

const trusted = new Set<string>();
const authorities = new Map<string, string>();

/**
 * To be called before the first TLS connection: Node goes on without authorities that it cannot read, after a line on
 * standard error that no log in JSON can hold.
 * @throws {ToolError} exit 2 where the file that NODE_EXTRA_CA_CERTS names cannot be read
 */
export function assertExtraAuthorities({ NODE_EXTRA_CA_CERTS: file }: NodeJS.ProcessEnv): void {
  if (!file) return;
  try {
    const certificate = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;
    for (const [pem] of readFileSync(file, "utf8").matchAll(certificate)) new X509Certificate(pem);
  } catch (error) {
    throw usageError(
      `NODE_EXTRA_CA_CERTS names ${file}, which cannot be read as certificates (${errorCode(error) ?? messageOf(error)}).`,
      "Correct the variable, or unset it.",
    );
  }
}

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
