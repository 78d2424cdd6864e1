/** What may be sent when a credential of an application is created or changed. */
import type { Schema } from "./check.ts";

const expiry: Schema = {
  type: "string",
  format: "date-time",
  description: "The ISO 8601 formatted date representing the expiration of the credential.",
};

export const createCredential: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["credential_type"],
  properties: {
    credential_type: { type: "string", enum: ["public_key", "cert_subject_dn", "x509_cert"] },
    name: { type: "string", maxLength: 128, description: "Friendly name for a credential." },
    subject_dn: { type: "string", minLength: 1, maxLength: 256 },
    pem: { type: "string", minLength: 1, maxLength: 4096 },
    alg: { type: "string", enum: ["RS256", "RS384", "PS256"] },
    parse_expiry_from_cert: { type: "boolean" },
    expires_at: expiry,
    kid: { type: "string", pattern: "^[0-9a-zA-Z\\-_]{10,64}$" },
  },
};

export const updateCredential: Schema = {
  type: "object",
  additionalProperties: false,
  properties: { expires_at: { ...expiry, type: ["string", "null"] } },
};
