/** What may be sent when an API (resource server) is created or changed. */
import type { Schema } from "./check.ts";

const policy = (choices: readonly string[]): Schema => ({
  type: "object",
  additionalProperties: false,
  required: ["policy"],
  properties: { policy: { type: "string", enum: choices } },
});

const shared: Readonly<Record<string, Schema>> = {
  name: {
    type: "string",
    maxLength: 200,
    pattern: "^[^<>]+$",
    description: "Friendly name for this resource server. Can not contain `<` or `>` characters.",
  },
  scopes: {
    type: "array",
    description: "List of permissions (scopes) that this API uses.",
    items: {
      type: "object",
      additionalProperties: false,
      required: ["value"],
      properties: {
        value: { type: "string", minLength: 1, maxLength: 280, description: "Value of this scope." },
        description: {
          type: "string",
          maxLength: 500,
          description: "User-friendly description of this scope.",
        },
      },
    },
  },
  signing_alg: { type: "string", enum: ["HS256", "RS256", "RS512", "PS256"] },
  signing_secret: {
    type: "string",
    minLength: 16,
    description: "Secret used to sign tokens when using symmetric algorithms (HS256).",
  },
  allow_offline_access: { type: "boolean" },
  allow_online_access: { type: "boolean" },
  allow_online_access_with_ephemeral_sessions: { type: "boolean" },
  token_lifetime: {
    type: "integer",
    minimum: 0,
    maximum: 2_592_000,
    description:
      "Expiration value (in seconds) for access tokens issued for this API from the token endpoint.",
  },
  token_lifetime_for_web: { type: "integer", minimum: 0, maximum: 2_592_000 },
  token_lifetime_for_anonymous_access_tokens: { type: ["integer", "null"], minimum: 0, maximum: 2_592_000 },
  token_dialect: {
    type: "string",
    enum: ["access_token", "access_token_authz", "rfc9068_profile", "rfc9068_profile_authz"],
  },
  skip_consent_for_verifiable_first_party_clients: { type: "boolean" },
  enforce_policies: { type: "boolean" },
  token_encryption: {
    type: ["object", "null"],
    additionalProperties: false,
    required: ["format", "encryption_key"],
    properties: {
      format: { type: "string", enum: ["compact-nested-jwe"] },
      encryption_key: {
        type: "object",
        additionalProperties: false,
        required: ["alg", "pem"],
        properties: {
          name: { type: "string", maxLength: 128 },
          alg: { type: "string", enum: ["RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"] },
          kid: { type: "string" },
          pem: { type: "string" },
        },
      },
    },
  },
  consent_policy: { type: ["string", "null"], enum: ["transactional-authorization-with-mfa", null] },
  authorization_details: { type: ["array", "null"], items: { type: "object" } },
  proof_of_possession: {
    type: ["object", "null"],
    additionalProperties: false,
    required: ["mechanism", "required"],
    properties: {
      mechanism: { type: "string", enum: ["mtls", "dpop"] },
      required: { type: "boolean" },
      required_for: { type: "string", enum: ["public_clients", "all_clients"] },
    },
  },
  subject_type_authorization: {
    type: "object",
    additionalProperties: false,
    properties: {
      user: policy(["allow_all", "deny_all", "require_client_grant"]),
      client: policy(["deny_all", "require_client_grant"]),
      anonymous_user: policy(["deny_all", "require_client_grant"]),
    },
  },
  authorization_policy: { type: ["object", "null"] },
};

export const createResourceServer: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["identifier"],
  properties: {
    ...shared,
    identifier: {
      type: "string",
      minLength: 1,
      maxLength: 600,
      description:
        "Unique identifier for the API used as the audience parameter on authorization calls. Can not be changed once set.",
    },
  },
};

export const updateResourceServer: Schema = {
  type: "object",
  additionalProperties: false,
  properties: shared,
};

/** A system API takes no `name` and no `scopes`, among others. */
export const updateSystemResourceServer: Schema = {
  type: "object",
  additionalProperties: false,
  properties: Object.fromEntries(
    [
      "token_lifetime",
      "token_lifetime_for_web",
      "allow_offline_access",
      "skip_consent_for_verifiable_first_party_clients",
    ]
      .concat(["subject_type_authorization", "signing_alg", "token_dialect", "enforce_policies"])
      .map((key) => [key, shared[key] ?? {}]),
  ),
};
