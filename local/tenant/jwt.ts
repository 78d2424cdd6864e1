/** Signs compact JWTs: RFC 7515 with the four algorithms that an API may ask for. */
import { constants, createHmac, type KeyObject, sign } from "node:crypto";
import type { JsonObject } from "./json.ts";

export type Algorithm = "HS256" | "RS256" | "RS512" | "PS256";

const padding = constants.RSA_PKCS1_PSS_PADDING;
const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
const digests = { RS256: "RSA-SHA256", RS512: "RSA-SHA512", PS256: "RSA-SHA256" };

/**
 * Straight to OpenSSL and in this thread: handing the quarter of a millisecond to another one and taking the signature
 * back costs a tenth of a whole token.
 *
 * @param key a private key, or the secret of an HS256 API.
 */
export function signJwt(header: JsonObject, claims: JsonObject, key: KeyObject | string): string {
  const input = `${encode(header)}.${encode(claims)}`;
  if (typeof key === "string")
    return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
  const algorithm = header.alg as Exclude<Algorithm, "HS256">;
  // A key by itself costs less than one with options that say what is the default anyway.
  const signer = algorithm === "PS256" ? { key, padding, saltLength } : key;
  const signature = sign(digests[algorithm], Buffer.from(input), signer);
  return `${input}.${signature.toString("base64url")}`;
}

const encode = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString("base64url");
