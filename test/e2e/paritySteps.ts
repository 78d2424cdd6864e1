/** The steps that every provider takes with the same stack, and the writes that the tenant has to see. */
import { generateKeyPairSync } from "node:crypto";
import type { Program } from "../local/provider/project.ts";
import type { RecordingTenant } from "../local/provider/recordingTenant.ts";

const publicKey = () =>
  generateKeyPairSync("rsa", { modulusLength: 2048 })
    .publicKey.export({ type: "spki", format: "pem" })
    .toString();
export const [firstKey, secondKey] = [publicKey(), publicKey()];

const identifier = "https://api.exampleco.com/timesheets";

const base = {
  api: {
    type: "ResourceServer",
    args: { name: "Timesheets API", identifier, signingAlg: "RS256", tokenDialect: "access_token" },
  },
  scopes: {
    type: "ResourceServerScopes",
    args: {
      resourceServerIdentifier: { ref: "api.identifier" },
      scopes: [
        { name: "read:timesheets", description: "Read timesheets" },
        { name: "batch:upload", description: "Upload timesheets in batches" },
      ],
    },
  },
  job: {
    type: "Client",
    args: { name: "Timesheets Import Job", appType: "non_interactive", grantTypes: ["client_credentials"] },
  },
  credentials: {
    type: "ClientCredentials",
    args: { clientId: { ref: "job.clientId" }, authenticationMethod: "client_secret_post" },
  },
  grant: {
    type: "ClientGrant",
    args: {
      clientId: { ref: "job.clientId" },
      audience: { ref: "scopes.resourceServerIdentifier" },
      scopes: ["batch:upload"],
    },
  },
} satisfies Program;

const withKey = (name: string, pem: string) =>
  ({
    clientId: { ref: "job.clientId" },
    authenticationMethod: "private_key_jwt",
    privateKeyJwt: { credentials: [{ name, pem, credentialType: "public_key", algorithm: "RS256" }] },
  }) as const;

const changed = {
  ...base,
  api: {
    type: "ResourceServer",
    args: {
      ...base.api.args,
      tokenDialect: "rfc9068_profile_authz",
      enforcePolicies: true,
      tokenLifetime: 600,
    },
  },
  job: {
    type: "Client",
    args: {
      ...base.job.args,
      name: "Import Job",
      description: "Uploads hours",
      clientMetadata: { team: "payroll" },
    },
  },
  credentials: { type: "ClientCredentials", args: withKey("first", firstKey) },
  grant: { type: "ClientGrant", args: { ...base.grant.args, scopes: ["batch:upload", "read:timesheets"] } },
} satisfies Program;

const otherKey = {
  ...changed,
  credentials: { type: "ClientCredentials", args: withKey("second", secondKey) },
} satisfies Program;

export const moved = {
  ...base,
  api: {
    type: "ResourceServer",
    args: { ...base.api.args, identifier: "https://api.exampleco.com/v2", signingAlg: "HS256" },
  },
  credentials: {
    type: "ClientCredentials",
    args: { ...base.credentials.args, authenticationMethod: "client_secret_basic" },
  },
} satisfies Program;

export interface Step {
  readonly title: string;
  /** What somebody does behind Pulumi's back first. */
  readonly meanwhile?: (tenant: RecordingTenant) => Promise<void>;
  readonly program: Program;
  /** Per resource; the others stay the same. */
  readonly operations: Readonly<Record<string, string>>;
  /** Method, path and body, in order. */
  readonly writes: readonly (readonly [request: string, body?: unknown])[];
}

const uploadScopes = [
  { value: "read:timesheets", description: "Read timesheets" },
  { value: "batch:upload", description: "Upload timesheets in batches" },
];

const changedApi = {
  name: "Timesheets API",
  signing_alg: "RS256",
  token_dialect: "rfc9068_profile_authz",
  enforce_policies: true,
  token_lifetime: 600,
};

const uploaded = (name: string) => ({
  name,
  pem: `<${name} key>`,
  credential_type: "public_key",
  alg: "RS256",
  parse_expiry_from_cert: false,
});

const attached = (...ids: string[]) => ({
  client_authentication_methods: { private_key_jwt: { credentials: ids.map((id) => ({ id })) } },
  token_endpoint_auth_method: null,
});

export const steps: readonly Step[] = [
  {
    title: "makes the five resources of the scenario",
    program: base,
    operations: { api: "create", scopes: "create", job: "create", credentials: "create", grant: "create" },
    writes: [
      [
        "POST /resource-servers",
        { name: "Timesheets API", identifier, signing_alg: "RS256", token_dialect: "access_token" },
      ],
      [
        "POST /clients",
        {
          name: "Timesheets Import Job",
          description: "Managed by Pulumi",
          app_type: "non_interactive",
          grant_types: ["client_credentials"],
          token_endpoint_auth_method: "client_secret_post",
        },
      ],
      [`PATCH /resource-servers/${identifier}`, { scopes: uploadScopes }],
      ["PATCH /clients/<client 1>", { token_endpoint_auth_method: "client_secret_post" }],
      ["POST /client-grants", { client_id: "<client 1>", audience: identifier, scope: ["batch:upload"] }],
    ],
  },
  {
    title: "changes in place what can be changed in place, a secret for a key among it",
    program: changed,
    operations: { api: "update", job: "update", credentials: "update", grant: "update" },
    writes: [
      ["PATCH /resource-servers/<api 1>", changedApi],
      [
        "PATCH /clients/<client 1>",
        {
          name: "Import Job",
          description: "Uploads hours",
          app_type: "non_interactive",
          grant_types: ["client_credentials"],
          client_metadata: { team: "payroll" },
        },
      ],
      ["POST /clients/<client 1>/credentials", uploaded("first")],
      ["PATCH /clients/<client 1>", attached("<credential 1>")],
      ["PATCH /client-grants/<grant 1>", { scope: ["batch:upload", "read:timesheets"] }],
    ],
  },
  {
    title: "fixes what somebody changed or deleted, and exchanges a key without a moment that has none",
    meanwhile: async (tenant) => {
      const own = encodeURIComponent(identifier);
      await tenant.manage("PATCH", `/resource-servers/${own}`, {
        token_lifetime: 60,
        scopes: [{ value: "batch:upload", description: "Upload timesheets in batches" }, { value: "extra" }],
      });
      const { client_grants: grants } = (await tenant.manage(
        "GET",
        `/client-grants?audience=${own}&include_totals=true`,
      )) as { client_grants: { id: string }[] };
      for (const { id } of grants) await tenant.manage("DELETE", `/client-grants/${id}`);
    },
    program: otherKey,
    operations: { api: "update", scopes: "update", credentials: "update", grant: "create" },
    writes: [
      ["PATCH /resource-servers/<api 1>", changedApi],
      [`PATCH /resource-servers/${identifier}`, { scopes: uploadScopes }],
      ["POST /clients/<client 1>/credentials", uploaded("second")],
      ["PATCH /clients/<client 1>", attached("<credential 1>", "<credential 2>")],
      ["PATCH /clients/<client 1>", attached("<credential 2>")],
      ["DELETE /clients/<client 1>/credentials/<credential 1>"],
      [
        "POST /client-grants",
        { client_id: "<client 1>", audience: identifier, scope: ["batch:upload", "read:timesheets"] },
      ],
    ],
  },
  {
    title: "replaces an API whose identifier changes and what hangs on it, and goes back to a secret",
    program: moved,
    operations: {
      api: "create-replacement",
      scopes: "create-replacement",
      grant: "create-replacement",
      job: "update",
      credentials: "update",
    },
    writes: [
      [`PATCH /resource-servers/${identifier}`, { scopes: [] }],
      ["DELETE /resource-servers/<api 1>"],
      [
        "POST /resource-servers",
        {
          name: "Timesheets API",
          identifier: "https://api.exampleco.com/v2",
          signing_alg: "HS256",
          token_dialect: "access_token",
        },
      ],
      ["PATCH /resource-servers/https://api.exampleco.com/v2", { scopes: uploadScopes }],
      [
        "PATCH /clients/<client 1>",
        {
          name: "Timesheets Import Job",
          description: "Managed by Pulumi",
          app_type: "non_interactive",
          grant_types: ["client_credentials"],
          client_metadata: { team: null },
        },
      ],
      [
        "PATCH /clients/<client 1>",
        {
          client_authentication_methods: null,
          signed_request_object: null,
          token_endpoint_auth_method: "client_secret_basic",
        },
      ],
      ["DELETE /clients/<client 1>/credentials/<credential 2>"],
      ["PATCH /clients/<client 1>", { token_endpoint_auth_method: "client_secret_basic" }],
      ["DELETE /client-grants/<grant 2>"],
      [
        "POST /client-grants",
        { client_id: "<client 1>", audience: "https://api.exampleco.com/v2", scope: ["batch:upload"] },
      ],
    ],
  },
];
