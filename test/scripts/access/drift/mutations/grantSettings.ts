/** Changes by hand to the settings of grants that the model declares in full. */
import { application, type Mutation, onGrant } from "./mutation.ts";

/** What the model grants on the API: to the application itself with every setting, and to its users. */
export const declaredGrants = [
  {
    scopes: ["batch:upload"],
    organizations: "allow",
    anyOrganization: true,
    authorizationDetails: ["payment"],
  },
  { scopes: ["read:timesheets"], subject: "user" },
];

export const grantSettingMutations: readonly Mutation[] = [
  onGrant(
    "a grant declared for organizations is for nobody else",
    { organization_usage: "require" },
    { organization_usage: "allow" },
    ["changed", "organization_usage", "allow", "require", "medium"],
  ),
  onGrant(
    "a grant declared for organizations is closed to them",
    { organization_usage: "deny" },
    { organization_usage: "allow" },
    ["changed", "organization_usage", "allow", "deny", "medium"],
  ),
  onGrant(
    "a grant declared for any organization is for some",
    { allow_any_organization: false },
    { allow_any_organization: true },
    ["changed", "allow_any_organization", true, false, "medium"],
  ),
  onGrant(
    "a type of authorization details is added to the declared one",
    { authorization_details_types: ["payment", "loan"] },
    { authorization_details_types: ["payment"] },
    ["changed", "authorization_details_types", ["payment"], ["payment", "loan"], "high"],
  ),
  {
    name: "the declared grant for users gains a scope",
    change: (tenant) =>
      tenant.call("PATCH", userGrant(tenant), { scope: ["read:timesheets", "delete:timesheets"] }),
    undo: (tenant) => tenant.call("PATCH", userGrant(tenant), { scope: ["read:timesheets"] }),
    expected: () => [
      {
        kind: "unmanaged",
        path: `${application}.grants["timesheets (user)"].scope["delete:timesheets"]`,
        expected: null,
        actual: "delete:timesheets",
        severity: "high",
      },
    ],
  },
  {
    name: "the declared grant for users is deleted",
    change: (tenant) => tenant.call("DELETE", userGrant(tenant)),
    expected: () => [
      {
        kind: "missing",
        path: `${application}.grants["timesheets (user)"]`,
        expected: { scope: ["read:timesheets"] },
        actual: null,
        severity: "medium",
      },
    ],
  },
];

export const allScopesMutations: readonly Mutation[] = [
  onGrant(
    "a grant declared with all scopes is narrowed to one",
    { allow_all_scopes: false, scope: ["batch:upload"] },
    { allow_all_scopes: true },
    ["changed", "allow_all_scopes", true, false, "medium"],
  ),
];

const thirdParties = "apis.timesheets.thirdPartyGrants";
const thirdPartyGrant = ({ ids }: Parameters<Mutation["change"]>[0]) =>
  `client-grants/${ids.grants["*/timesheets"]}`;

/** What third-party applications may ask for by default: declared as read:timesheets alone. */
export const thirdPartyMutations: readonly Mutation[] = [
  {
    name: "the declared grant of third parties gains a scope",
    change: (tenant) =>
      tenant.call("PATCH", thirdPartyGrant(tenant), { scope: ["read:timesheets", "delete:timesheets"] }),
    undo: (tenant) => tenant.call("PATCH", thirdPartyGrant(tenant), { scope: ["read:timesheets"] }),
    expected: () => [
      {
        kind: "unmanaged",
        path: `${thirdParties}.scope["delete:timesheets"]`,
        expected: null,
        actual: "delete:timesheets",
        severity: "high",
      },
    ],
  },
  {
    name: "the declared grant of third parties is deleted",
    change: (tenant) => tenant.call("DELETE", thirdPartyGrant(tenant)),
    expected: () => [
      {
        kind: "missing",
        path: thirdParties,
        expected: { scope: ["read:timesheets"] },
        actual: null,
        severity: "medium",
      },
    ],
  },
];

function userGrant({ ids }: Parameters<Mutation["change"]>[0]): string {
  return `client-grants/${ids.grants["import-job/timesheets/user"]}`;
}
