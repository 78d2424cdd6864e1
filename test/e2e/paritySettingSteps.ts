/** Settings that a program states, changes, and leaves out, and the writes that the tenant has to see for them. */
import type { Program } from "../local/provider/project.ts";
import type { Step } from "./paritySteps.ts";

const identifier = "https://api.exampleco.com/settings";

const base = {
  api: {
    type: "ResourceServer",
    args: { name: "API", identifier, signingAlg: "RS256", tokenDialect: "access_token" },
  },
  job: {
    type: "Client",
    args: { name: "Job", appType: "non_interactive", grantTypes: ["client_credentials"] },
  },
  grant: {
    type: "ClientGrant",
    args: { clientId: { ref: "job.clientId" }, audience: { ref: "api.identifier" }, scopes: ["read:a"] },
  },
} satisfies Program;

const stated = {
  api: {
    type: "ResourceServer",
    args: {
      ...base.api.args,
      allowOfflineAccess: true,
      tokenLifetimeForWeb: 600,
      enforcePolicies: true,
      subjectTypeAuthorization: {
        user: { policy: "require_client_grant" },
        client: { policy: "require_client_grant" },
      },
    },
  },
  job: {
    type: "Client",
    args: {
      ...base.job.args,
      grantTypes: ["client_credentials", "http://auth0.com/oauth/grant-type/password-realm"],
      clientMetadata: { team: "payroll", cost: "42" },
      callbacks: ["https://app.exampleco.com/callback"],
      allowedLogoutUrls: ["https://app.exampleco.com/"],
      allowedOrigins: ["https://app.exampleco.com"],
      webOrigins: ["https://app.exampleco.com"],
      isTokenEndpointIpHeaderTrusted: true,
      tokenQuota: { clientCredentials: { perDay: 100, enforce: true } },
    },
  },
  grant: {
    type: "ClientGrant",
    args: { ...base.grant.args, organizationUsage: "allow", allowAnyOrganization: true },
  },
  users: { type: "ClientGrant", args: { ...base.grant.args, subjectType: "user", scopes: ["read:b"] } },
  third: {
    type: "ClientGrant",
    args: { audience: { ref: "api.identifier" }, defaultFor: "third_party_clients", scopes: ["read:a"] },
  },
} satisfies Program;

const changed = {
  ...stated,
  api: {
    type: "ResourceServer",
    args: {
      ...stated.api.args,
      allowOfflineAccess: false,
      subjectTypeAuthorization: { user: { policy: "deny_all" }, client: { policy: "require_client_grant" } },
    },
  },
  job: {
    type: "Client",
    args: { ...stated.job.args, clientMetadata: { team: "finance" }, callbacks: [] },
  },
  grant: {
    type: "ClientGrant",
    args: {
      clientId: { ref: "job.clientId" },
      audience: { ref: "api.identifier" },
      allowAllScopes: true,
      organizationUsage: "require",
    },
  },
} satisfies Program;

export const settingSteps: readonly Omit<Step, "operations">[] = [
  {
    title: "creates with every setting",
    program: stated,
    writes: [
      [
        "POST /resource-servers",
        {
          name: "API",
          identifier: identifier,
          signing_alg: "RS256",
          allow_offline_access: true,
          token_lifetime_for_web: 600,
          enforce_policies: true,
          token_dialect: "access_token",
          subject_type_authorization: {
            user: { policy: "require_client_grant" },
            client: { policy: "require_client_grant" },
          },
        },
      ],
      [
        "POST /clients",
        {
          name: "Job",
          description: "Managed by Pulumi",
          app_type: "non_interactive",
          callbacks: ["https://app.exampleco.com/callback"],
          allowed_logout_urls: ["https://app.exampleco.com/"],
          allowed_origins: ["https://app.exampleco.com"],
          web_origins: ["https://app.exampleco.com"],
          grant_types: ["client_credentials", "http://auth0.com/oauth/grant-type/password-realm"],
          is_token_endpoint_ip_header_trusted: true,
          client_metadata: { cost: "42", team: "payroll" },
          token_endpoint_auth_method: "client_secret_post",
          token_quota: { client_credentials: { per_day: 100, enforce: true } },
        },
      ],
      [
        "POST /client-grants",
        { audience: identifier, scope: ["read:a"], default_for: "third_party_clients" },
      ],
      [
        "POST /client-grants",
        {
          client_id: "<client 1>",
          audience: identifier,
          scope: ["read:a"],
          allow_any_organization: true,
          organization_usage: "allow",
        },
      ],
      [
        "POST /client-grants",
        { client_id: "<client 1>", audience: identifier, scope: ["read:b"], subject_type: "user" },
      ],
    ],
  },
  {
    title: "changes them in place",
    program: changed,
    writes: [
      [
        "PATCH /resource-servers/<api 1>",
        {
          name: "API",
          signing_alg: "RS256",
          allow_offline_access: false,
          token_lifetime_for_web: 600,
          enforce_policies: true,
          token_dialect: "access_token",
          subject_type_authorization: {
            user: { policy: "deny_all" },
            client: { policy: "require_client_grant" },
          },
        },
      ],
      [
        "PATCH /clients/<client 1>",
        {
          name: "Job",
          description: "Managed by Pulumi",
          app_type: "non_interactive",
          callbacks: [],
          allowed_logout_urls: ["https://app.exampleco.com/"],
          allowed_origins: ["https://app.exampleco.com"],
          token_quota: { client_credentials: { per_day: 100, enforce: true } },
          web_origins: ["https://app.exampleco.com"],
          grant_types: ["client_credentials", "http://auth0.com/oauth/grant-type/password-realm"],
          is_token_endpoint_ip_header_trusted: true,
          client_metadata: { cost: null, team: "finance" },
        },
      ],
      ["PATCH /client-grants/<grant 1>", { allow_all_scopes: true, organization_usage: "require" }],
    ],
  },
  {
    title: "leaves them out again",
    program: base,
    writes: [
      ["PATCH /clients/<client 1>", { token_quota: null }],
      [
        "PATCH /clients/<client 1>",
        {
          name: "Job",
          description: "Managed by Pulumi",
          app_type: "non_interactive",
          grant_types: ["client_credentials"],
          client_metadata: { team: null },
        },
      ],
      ["PATCH /client-grants/<grant 1>", { allow_all_scopes: false, scope: [] }],
      ["PATCH /client-grants/<grant 1>", { scope: ["read:a"] }],
      ["DELETE /client-grants/<grant 2>"],
      ["DELETE /client-grants/<grant 3>"],
    ],
  },
  {
    title: "undoes what others set and the program does not state",
    meanwhile: async (tenant) => {
      const apis = (await tenant.manage("GET", "/resource-servers")) as unknown as {
        id: string;
        name: string;
      }[];
      const clients = (await tenant.manage("GET", "/clients")) as unknown as {
        client_id: string;
        name: string;
      }[];
      const grants = (await tenant.manage(
        "GET",
        `/client-grants?audience=${encodeURIComponent(identifier)}`,
      )) as unknown as { id: string }[];
      const api = apis.find(({ name }) => name === "API")?.id;
      const job = clients.find(({ name }) => name === "Job")?.client_id;
      await tenant.manage("PATCH", `/resource-servers/${api}`, {
        ...{ allow_offline_access: true, token_lifetime_for_web: 60, enforce_policies: true },
        subject_type_authorization: { user: { policy: "deny_all" }, anonymous_user: { policy: "deny_all" } },
        proof_of_possession: { mechanism: "dpop", required: true },
      });
      await tenant.manage("PATCH", `/clients/${job}`, {
        client_metadata: { team: "others" },
        callbacks: ["https://other.exampleco.com"],
        allowed_logout_urls: ["https://other.exampleco.com"],
        allowed_origins: ["https://other.exampleco.com"],
        web_origins: ["https://other.exampleco.com"],
        is_token_endpoint_ip_header_trusted: true,
        token_quota: { client_credentials: { per_day: 10, enforce: true } },
      });
      for (const { id } of grants)
        await tenant.manage("PATCH", `/client-grants/${id}`, {
          organization_usage: "allow",
          allow_any_organization: true,
        });
    },
    program: base,
    writes: [
      ["PATCH /clients/<client 1>", { token_quota: null }],
      [
        "PATCH /clients/<client 1>",
        {
          name: "Job",
          description: "Managed by Pulumi",
          app_type: "non_interactive",
          grant_types: ["client_credentials"],
          client_metadata: { team: null },
        },
      ],
    ],
  },
];
