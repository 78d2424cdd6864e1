/** Changes to who may call what: the application's grant, and grants that the model does not know. */
import {
  api,
  application,
  bracketed,
  type DriftTenant,
  grant,
  grantTarget,
  identifier,
  type Mutation,
  onGrant,
  recall,
  remember,
} from "./mutation.ts";

export const grantMutations: readonly Mutation[] = [
  onGrant(
    "the grant gains a scope",
    { scope: ["batch:upload", "delete:timesheets"] },
    { scope: ["batch:upload"] },
    ["unmanaged", 'scope["delete:timesheets"]', null, "delete:timesheets", "high"],
  ),
  onGrant("the grant loses its scope", { scope: [] }, { scope: ["batch:upload"] }, [
    "missing",
    'scope["batch:upload"]',
    "batch:upload",
    null,
    "medium",
  ]),
  onGrant(
    "the grant's scope is exchanged",
    { scope: ["read:timesheets"] },
    { scope: ["batch:upload"] },
    ["missing", 'scope["batch:upload"]', "batch:upload", null, "medium"],
    ["unmanaged", 'scope["read:timesheets"]', null, "read:timesheets", "high"],
  ),
  onGrant(
    "the grant is widened to all scopes",
    { allow_all_scopes: true },
    { allow_all_scopes: false, scope: ["batch:upload"] },
    ["unmanaged", "allow_all_scopes", false, true, "high"],
  ),
  onGrant("organizations may use the grant", { organization_usage: "allow" }, { organization_usage: null }, [
    "unmanaged",
    "organization_usage",
    null,
    "allow",
    "high",
  ]),
  onGrant(
    "only organizations may use the grant",
    { organization_usage: "require" },
    { organization_usage: null },
    ["unmanaged", "organization_usage", null, "require", "medium"],
  ),
  onGrant(
    "any organization may use the grant",
    { allow_any_organization: true },
    { allow_any_organization: false },
    ["unmanaged", "allow_any_organization", false, true, "high"],
  ),
  onGrant(
    "the grant covers authorization details",
    { authorization_details_types: ["payment"] },
    { authorization_details_types: [] },
    ["unmanaged", "authorization_details_types", [], ["payment"], "high"],
  ),
  {
    name: "another application is authorized on the API",
    async change(tenant) {
      const client_id = await makeForeign(tenant);
      await tenant.call("POST", "client-grants", {
        client_id,
        audience: identifier(tenant),
        scope: ["delete:timesheets"],
      });
    },
    undo: (tenant) => tenant.call("DELETE", `clients/${recall(tenant, "foreign")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${api}.authorized_applications${bracketed(recall(tenant, "foreign"))}`,
        expected: null,
        actual: { name: "Payroll", client_id: recall(tenant, "foreign"), scope: ["delete:timesheets"] },
        severity: "high",
      },
    ],
  },
  {
    name: "another application is authorized without any scope",
    async change(tenant) {
      const client_id = await makeForeign(tenant);
      await tenant.call("POST", "client-grants", { client_id, audience: identifier(tenant), scope: [] });
    },
    undo: (tenant) => tenant.call("DELETE", `clients/${recall(tenant, "foreign")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${api}.authorized_applications${bracketed(recall(tenant, "foreign"))}`,
        expected: null,
        actual: { scope: [] },
        severity: "high",
      },
    ],
  },
  {
    name: "another application is authorized on the API for users",
    async change(tenant) {
      const client_id = await makeForeign(tenant);
      const body = { client_id, audience: identifier(tenant), scope: [], subject_type: "user" };
      await tenant.call("POST", "client-grants", body);
    },
    undo: (tenant) => tenant.call("DELETE", `clients/${recall(tenant, "foreign")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${api}.authorized_applications["${recall(tenant, "foreign")} (user)"]`,
        expected: null,
        actual: { subject_type: "user" },
        severity: "high",
      },
    ],
  },
  {
    name: "all third-party applications are authorized on the API",
    async change(tenant) {
      const body = {
        default_for: "third_party_clients",
        audience: identifier(tenant),
        scope: ["read:timesheets"],
      };
      remember(tenant, "default", (await tenant.call("POST", "client-grants", body)).id);
    },
    undo: (tenant) => tenant.call("DELETE", `client-grants/${recall(tenant, "default")}`),
    expected: () => [
      {
        kind: "unmanaged",
        path: `${api}.authorized_applications.third_party_clients`,
        expected: null,
        actual: { default_for: "third_party_clients", scope: ["read:timesheets"] },
        severity: "high",
      },
    ],
  },
  {
    name: "the application is authorized on the API for users",
    async change(tenant) {
      const body = {
        client_id: tenant.ids.applications["import-job"],
        audience: identifier(tenant),
        scope: ["read:timesheets"],
        subject_type: "user",
      };
      remember(tenant, "user", (await tenant.call("POST", "client-grants", body)).id);
    },
    undo: (tenant) => tenant.call("DELETE", `client-grants/${recall(tenant, "user")}`),
    expected: () => [
      {
        kind: "unmanaged",
        path: `${application}.grants["timesheets (user)"]`,
        expected: null,
        actual: { subject_type: "user", scope: ["read:timesheets"] },
        severity: "high",
      },
    ],
  },
  {
    name: "the application is authorized on an API that the model does not know",
    async change(tenant) {
      const other = { identifier: unknownApi(tenant), scopes: [{ value: "pay" }] };
      remember(tenant, "api", (await tenant.call("POST", "resource-servers", other)).id);
      await tenant.call("POST", "client-grants", {
        client_id: tenant.ids.applications["import-job"],
        audience: other.identifier,
        scope: ["pay"],
      });
    },
    undo: (tenant) => tenant.call("DELETE", `resource-servers/${recall(tenant, "api")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${application}.grants["${unknownApi(tenant)}"]`,
        expected: null,
        actual: { audience: unknownApi(tenant), scope: ["pay"] },
        severity: "high",
      },
    ],
  },
  {
    name: "the application is authorized on the Management API",
    async change(tenant) {
      const body = {
        client_id: tenant.ids.applications["import-job"],
        audience: `${tenant.running.url}/api/v2/`,
        scope: ["read:clients"],
      };
      remember(tenant, "management", (await tenant.call("POST", "client-grants", body)).id);
    },
    undo: (tenant) => tenant.call("DELETE", `client-grants/${recall(tenant, "management")}`),
    expected: (tenant) => [
      {
        kind: "unmanaged",
        path: `${application}.grants["${tenant.running.url}/api/v2/"]`,
        expected: null,
        actual: { scope: ["read:clients"] },
        severity: "high",
      },
    ],
  },
  {
    name: "the grant is deleted",
    change: (tenant) => tenant.call("DELETE", grantTarget(tenant)),
    expected: (tenant) => [
      {
        kind: "missing",
        path: grant,
        expected: { audience: identifier(tenant), scope: ["batch:upload"] },
        actual: null,
        severity: "medium",
      },
    ],
  },
  {
    name: "the grant is deleted and made again",
    async change(tenant) {
      await tenant.call("DELETE", grantTarget(tenant));
      const body = {
        client_id: tenant.ids.applications["import-job"],
        audience: identifier(tenant),
        scope: ["batch:upload"],
      };
      remember(tenant, "grant", (await tenant.call("POST", "client-grants", body)).id);
    },
    expected: (tenant) => [
      {
        kind: "missing",
        path: `${grant}.id`,
        expected: tenant.ids.grants["import-job/timesheets"] ?? "",
        actual: recall(tenant, "grant"),
        severity: "low",
      },
    ],
  },
];

async function makeForeign(tenant: DriftTenant): Promise<string> {
  const { client_id } = await tenant.call("POST", "clients", {
    name: "Payroll",
    app_type: "non_interactive",
    grant_types: ["client_credentials"],
  });
  remember(tenant, "foreign", client_id);
  return String(client_id);
}

const unknownApi = (tenant: DriftTenant) => `${identifier(tenant)}/payroll`;
