/** The thumbprint by which the tenant and the provider know an RSA key; a second opinion beside the product's own. */
import { createHash, type KeyObject } from "node:crypto";

/** @see https://www.rfc-editor.org/rfc/rfc7638 */
export function keyThumbprint(key: KeyObject): string {
  const { e, kty, n } = key.export({ format: "jwk" });
  return createHash("sha256").update(JSON.stringify({ e, kty, n })).digest("base64url");
}
