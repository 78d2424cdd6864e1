/** Reads the public keys of applications that sign their own assertions (private_key_jwt). */
import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";

export interface PublicKey {
  /** As the model writes it, relative to the model's file. */
  file: string;
  /** The key's name in Auth0: the file's name without its extension. */
  name: string;
  /** A public key (SPKI) or an X.509 certificate. */
  pem: string;
  /** RFC 7638 thumbprint, which Auth0 makes the credential's `kid`. */
  keyId: string;
}

/** Why a file will not do, as a problem's message and fix. */
export interface Refusal {
  message: string;
  fix: string;
}

const largestFile = 64 * 1024;

/** Characters of a PEM that Auth0 takes. @see https://auth0.com/docs/api/management/v2/clients/post-credentials */
const longestPem = 4096;

/** The key in a PEM file; RSA of 2048 to 4096 bits, as Auth0 takes them. */
export function readPublicKey(file: string, folder: string): PublicKey | Refusal {
  const absolute = path.resolve(folder, file);
  let pem: string;
  try {
    const stats = statSync(absolute);
    if (!stats.isFile() || stats.size > largestFile) return notAKey;
    pem = readFileSync(absolute, "utf8");
  } catch {
    return {
      message: `the file ${JSON.stringify(file)} cannot be read`,
      fix: "Paths start from the folder of the model's file; check the name and that you may read it.",
    };
  }
  if (/PRIVATE KEY/.test(pem)) {
    return {
      message: "this file holds a private key",
      fix: "Keep it out of the repository and export its public half: openssl pkey -in private.pem -pubout.",
    };
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return notAKey;
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== "rsa" || bits < 2048 || bits > 4096) {
    return {
      message: "Auth0 takes RSA keys of 2048 to 4096 bits here, and this is another kind",
      fix: "Make one: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072.",
    };
  }
  if (pem.length > longestPem) {
    return {
      message: `this file holds ${pem.length} characters, and Auth0 takes ${longestPem}`,
      fix: "Leave nothing in it but the key: openssl pkey -pubin -in long.pem -out key.pem.",
    };
  }
  return { file, name: path.basename(file, path.extname(file)), pem, keyId: keyThumbprint(key) };
}

const notAKey: Refusal = {
  message: "this file holds no public key in PEM form",
  fix: "Export one: openssl pkey -in private.pem -pubout.",
};

/** The RFC 7638 thumbprint of an RSA key, which Auth0 makes the `kid` of a credential. */
export function keyThumbprint(key: KeyObject): string {
  const { e, n } = key.export({ format: "jwk" });
  return createHash("sha256")
    .update(JSON.stringify({ e, kty: "RSA", n }))
    .digest("base64url");
}
