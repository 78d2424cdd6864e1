/** `auth0.ResourceServer`: an API. */
import { onlyRecorded, type Table } from "../schema.ts";
import { toBody } from "../wire.ts";
import { type ResourceType, readObject } from "./resourceType.ts";

const policy = (values: readonly string[]): Table => ({ policy: { wire: "policy", type: "string", values } });

/** A switch of the official plugin alone, which no tenant answers with. */
const disable = { wire: "disable", type: "boolean" } as const;

const properties = {
  name: { wire: "name", type: "string", computed: true },
  identifier: { wire: "identifier", type: "string", required: true, replace: true },
  signingAlg: {
    wire: "signing_alg",
    type: "string",
    computed: true,
    values: ["HS256", "RS256", "PS256"],
    anyCase: true,
  },
  signingSecret: { wire: "signing_secret", type: "string", computed: true, secret: true, minimumLength: 16 },
  allowOfflineAccess: { wire: "allow_offline_access", type: "boolean", computed: true },
  allowOnlineAccess: { wire: "allow_online_access", type: "boolean", computed: true, sent: "changed" },
  allowOnlineAccessWithEphemeralSessions: {
    wire: "allow_online_access_with_ephemeral_sessions",
    type: "boolean",
    computed: true,
    sent: "changed",
  },
  tokenLifetime: { wire: "token_lifetime", type: "integer", computed: true },
  tokenLifetimeForWeb: { wire: "token_lifetime_for_web", type: "integer", computed: true },
  skipConsentForVerifiableFirstPartyClients: {
    wire: "skip_consent_for_verifiable_first_party_clients",
    type: "boolean",
    computed: true,
  },
  verificationLocation: { wire: "verificationLocation", type: "string" },
  enforcePolicies: { wire: "enforce_policies", type: "boolean", computed: true },
  tokenDialect: {
    wire: "token_dialect",
    type: "string",
    computed: true,
    values: ["access_token", "access_token_authz", "rfc9068_profile", "rfc9068_profile_authz"],
    anyCase: true,
  },
  subjectTypeAuthorization: {
    wire: "subject_type_authorization",
    type: "object",
    computed: true,
    properties: {
      user: {
        wire: "user",
        type: "object",
        computed: true,
        properties: policy(["allow_all", "deny_all", "require_client_grant"]),
      },
      client: {
        wire: "client",
        type: "object",
        computed: true,
        properties: policy(["deny_all", "require_client_grant"]),
      },
    },
  },
  clientId: { wire: "client_id", type: "string", output: true },
  isSystem: { wire: "is_system", type: "boolean", output: true },
  authorizationDetails: {
    wire: "authorization_details",
    type: "list",
    ...onlyRecorded,
    absent: [{ disable: true, type: "" }],
    properties: { disable, type: { wire: "type", type: "string" } },
  },
  authorizationPolicy: {
    wire: "authorization_policy",
    type: "object",
    ...onlyRecorded,
    properties: { policyId: { wire: "policy_id", type: "string" } },
  },
  consentPolicy: { wire: "consent_policy", type: "string", ...onlyRecorded, absent: "null" },
  proofOfPossession: {
    wire: "proof_of_possession",
    type: "object",
    ...onlyRecorded,
    absent: { disable: true, mechanism: "", required: false, requiredFor: "" },
    properties: {
      disable,
      mechanism: { wire: "mechanism", type: "string" },
      required: { wire: "required", type: "boolean" },
      requiredFor: { wire: "required_for", type: "string" },
    },
  },
  tokenEncryption: {
    wire: "token_encryption",
    type: "object",
    ...onlyRecorded,
    absent: { disable: true, format: "" },
    properties: {
      disable,
      format: { wire: "format", type: "string" },
      encryptionKey: {
        wire: "encryption_key",
        type: "object",
        properties: {
          name: { wire: "name", type: "string" },
          algorithm: { wire: "alg", type: "string" },
          kid: { wire: "kid", type: "string" },
        },
      },
    },
  },
} satisfies Table;

/** The Management API itself is listed as an API, but cannot be deleted. */
const managementApi = "Auth0 Management API";

export const resourceServer: ResourceType = {
  type: "auth0:index/resourceServer:ResourceServer",
  title: "API",
  properties,
  autonamed: true,

  async create(tenant, inputs, made) {
    const { id } = await tenant.resourceServers.create(toBody(properties, inputs));
    made(String(id));
  },

  // Both the id and the identifier find an API; state keeps the id.
  read: (tenant, id) => readObject(properties, "id", () => tenant.resourceServers.get(id)),

  async update(tenant, { id, inputs, changed }) {
    await tenant.resourceServers.update(id, toBody(properties, inputs, changed));
  },

  async remove(tenant, { id, state }) {
    if (state.name !== managementApi) await tenant.resourceServers.delete(id);
  },
};
