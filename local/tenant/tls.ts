/** The tenant's TLS files: made at first start, kept, readable by their owner alone. */
import { X509Certificate } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface TlsFiles {
  /** The CA's certificate, for clients that shall trust this tenant. */
  caFile: string;
  key: string;
  certificate: string;
}

const month = 30 * 86_400_000;

/**
 * Reads the files, or makes them when one is missing, a host is not covered or the certificate is about to expire.
 *
 * @param hosts names and addresses that the certificate must hold.
 */
export async function loadTls(folder: string, hosts: readonly string[], now: number): Promise<TlsFiles> {
  const caFile = join(folder, "ca.pem");
  const [keyFile, certificateFile] = [join(folder, "tls-key.pem"), join(folder, "tls.pem")];
  if ([caFile, keyFile, certificateFile].every((file) => existsSync(file))) {
    const certificate = readFileSync(certificateFile, "utf8");
    if (stillGood(certificate, hosts, now))
      return { caFile, key: readFileSync(keyFile, "utf8"), certificate };
  }
  const { createTlsMaterial } = await import("./certificates.ts");
  const { authority, server } = await createTlsMaterial(hosts, now);
  // The CA's own key is not kept, so nobody can ever make it vouch for another host.
  writeWhole(keyFile, server.key);
  writeWhole(certificateFile, server.certificate);
  writeWhole(caFile, authority.certificate);
  return { caFile, key: server.key, certificate: server.certificate };
}

function stillGood(pem: string, hosts: readonly string[], now: number): boolean {
  try {
    const certificate = new X509Certificate(pem);
    const covers = (host: string) =>
      (/^[\d.]+$|:/.test(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
    return Date.parse(certificate.validTo) - now > month && hosts.every(covers);
  } catch {
    return false;
  }
}

/** Under its name only when all of it is there, so that a killed process leaves no half a key. */
function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}
