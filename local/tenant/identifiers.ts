/** Identifiers and secrets in the shapes that Auth0 gives them. */
import { randomBytes, randomInt } from "node:crypto";

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const urlSafe = `${alphanumeric}-_`;

function random(alphabet: string, length: number): string {
  let text = "";
  for (let index = 0; index < length; index++) text += alphabet[randomInt(alphabet.length)];
  return text;
}

/** 24 lower-case hex digits, the first eight of them the second of creation. */
export function resourceServerId(now: number): string {
  const seconds = Math.floor(now / 1000).toString(16);
  return seconds.padStart(8, "0").slice(-8) + randomBytes(8).toString("hex");
}

export const clientId = () => random(alphanumeric, 32);
/** Of a third-party application in strict mode. */
export const strictClientId = () => `tpc_${random(base58, 22)}`;
export const clientSecret = () => randomBytes(48).toString("base64url");
export const clientGrantId = () => `cgr_${random(alphanumeric, 16)}`;
export const credentialId = () => `cred_${random(base58, 22)}`;
export const connectionId = () => `con_${random(alphanumeric, 16)}`;
export const organizationId = () => `org_${random(alphanumeric, 16)}`;
/** Of a symmetric (HS256) API. */
export const signingSecret = () => random(alphanumeric, 32);
/** Of a tenant's signing key. */
export const signingKeyId = () => random(urlSafe, 21);
/** The `jti` of an RFC 9068 token. */
export const tokenId = () => random(alphanumeric, 22);
