/** A credential from what was sent: a public key, a certificate, or the name of one. */
import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { keyThumbprint } from "../../lib/keyThumbprint.ts";
import { apiError, validationError } from "./errors.ts";
import { credentialId } from "./identifiers.ts";
import type { JsonObject } from "./json.ts";
import type { Credential, StoredCredential } from "./store/credentials.ts";

const smallestKey = 2048;
const largestKey = 4096;

/** @throws Refusal 400 when there is no usable key in it. */
export function newCredential(clientId: string, request: JsonObject, now: number): StoredCredential {
  const moment = new Date(now).toISOString();
  const type = String(request.credential_type);
  const body: Credential = { id: credentialId(), credential_type: type };
  let publicKey: string | null = null;
  let expires = typeof request.expires_at === "string" ? request.expires_at : undefined;
  if (type === "cert_subject_dn") {
    body.subject_dn = subjectOf(request);
  } else {
    const pem = requiredPem(request);
    const certificate = certificateIn(pem);
    const key = keyIn(pem);
    publicKey = String(key.export({ type: "spki", format: "pem" }));
    if (type === "x509_cert") {
      if (!certificate) throw validationError("Payload", "'Invalid certificate' on property pem");
      body.thumbprint_sha256 = createHash("sha256").update(certificate.raw).digest("base64url");
      expires = certificate.validTo;
    } else {
      body.kid = typeof request.kid === "string" ? request.kid : keyThumbprint(key);
      body.alg = typeof request.alg === "string" ? request.alg : "RS256";
      if (request.parse_expiry_from_cert === true && certificate) expires = certificate.validTo;
    }
  }
  if (request.name !== undefined) body.name = request.name;
  body.created_at = moment;
  body.updated_at = moment;
  if (expires !== undefined) body.expires_at = new Date(expires).toISOString();
  return { clientId, publicKey, body };
}

function requiredPem(request: JsonObject): string {
  if (typeof request.pem === "string") return request.pem;
  throw validationError("Payload", "'Missing required property: pem'");
}

function subjectOf(request: JsonObject): string {
  if (typeof request.subject_dn === "string") return request.subject_dn;
  const certificate = typeof request.pem === "string" ? certificateIn(request.pem) : undefined;
  if (!certificate) throw validationError("Payload", "'Missing required property: subject_dn'");
  return certificate.subject.split("\n").join(", ");
}

function certificateIn(pem: string): X509Certificate | undefined {
  try {
    return pem.includes("CERTIFICATE") ? new X509Certificate(pem) : undefined;
  } catch {
    return undefined;
  }
}

function keyIn(pem: string): KeyObject {
  // A private key would be read too, and its public half taken; sending one is a mistake worth a refusal.
  if (pem.includes("PRIVATE KEY")) throw invalidKey();
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw invalidKey();
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== "rsa" || bits < smallestKey || bits > largestKey) throw invalidKey();
  return key;
}

const invalidKey = () =>
  apiError(
    400,
    `Payload validation error: 'Invalid RSA public key, ${smallestKey} to ${largestKey} bits are needed' on property pem.`,
    "invalid_body",
  );
