/** A key pair for private_key_jwt: RSA, the only kind that Auth0 takes there. */
import { createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { keyThumbprint } from "../../../../infra/model/publicKeys.ts";

export interface KeyPair {
  /** PKCS #8 PEM. */
  readonly privateKey: string;
  /** SPKI PEM. */
  readonly publicKey: string;
}

/** @param bits 2048 to 4096. */
export async function makeKeyPair(bits = 3072): Promise<KeyPair> {
  return promisify(generateKeyPair)("rsa", {
    modulusLength: bits,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}

/** The thumbprint of a key's public half, which Auth0 makes the credential's `kid`. @param pem Either half. */
export function keyId(pem: string): string {
  return keyThumbprint(createPublicKey(pem));
}
