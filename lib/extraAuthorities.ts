/** Checks the authorities that NODE_EXTRA_CA_CERTS names before anything loads TLS, which is when Node reads them. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { errorCode, messageOf, usageError } from "./errors.ts";

/**
 * To be called before anything loads TLS: Node only skips authorities that it cannot read, after a line on
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
