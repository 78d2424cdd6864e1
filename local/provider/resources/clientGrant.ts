/** `auth0.ClientGrant`: what an application may ask of an API. */
import type { Table } from "../schema.ts";
import { isUnknown, isZero, type Properties } from "../values.ts";
import { toBody } from "../wire.ts";
import { type CheckFailure, type ResourceType, readObject } from "./resourceType.ts";

const properties = {
  clientId: { wire: "client_id", type: "string", replace: true },
  audience: { wire: "audience", type: "string", required: true, replace: true },
  scopes: { wire: "scope", type: "strings", filled: true, sent: "changed" },
  allowAllScopes: { wire: "allow_all_scopes", type: "boolean", sent: "changed" },
  allowAnyOrganization: { wire: "allow_any_organization", type: "boolean", sent: "changed" },
  organizationUsage: {
    wire: "organization_usage",
    type: "string",
    sent: "changed",
    values: ["allow", "deny", "require"],
    anyCase: true,
  },
  subjectType: {
    wire: "subject_type",
    type: "string",
    computed: true,
    replace: true,
    values: ["client", "user"],
    anyCase: true,
  },
  authorizationDetailsTypes: { wire: "authorization_details_types", type: "strings", sent: "changed" },
  defaultFor: { wire: "default_for", type: "string", replace: true, values: ["third_party_clients"] },
  isSystem: { wire: "is_system", type: "boolean", output: true },
} satisfies Table;

export const clientGrant: ResourceType = {
  type: "auth0:index/clientGrant:ClientGrant",
  title: "client grant",
  properties,
  validate,
  validateChange,

  async create(tenant, inputs, made) {
    if (typeof inputs.clientId === "string" && inputs.clientId !== "") {
      const query = { audience: String(inputs.audience), client_id: inputs.clientId };
      const wanted = inputs.subjectType || "client";
      const existing = (await tenant.clientGrants.list(query)).find(
        (grant) => (grant.subject_type || "client") === wanted,
      );
      // An existing grant is adopted as it is, scopes included; the next update sets them.
      if (existing) return made(String(existing.id));
    }
    const { id } = await tenant.clientGrants.create(toBody(properties, inputs));
    made(String(id));
  },

  async read(tenant, id) {
    const found = await readObject(properties, "id", () => tenant.clientGrants.get(id));
    // With all scopes allowed a list of them would only contradict it.
    if (found?.outputs.allowAllScopes === true) delete found.outputs.scopes;
    return found;
  },

  async update(tenant, { id, inputs, changed }) {
    if (changed.has("allowAllScopes") && inputs.allowAllScopes !== true) {
      await tenant.clientGrants.update(id, { allow_all_scopes: false, scope: [] });
    }
    const body = toBody(properties, inputs, changed);
    if (Object.keys(body).length > 0) await tenant.clientGrants.update(id, body);
  },

  async remove(tenant, { id }) {
    await tenant.clientGrants.delete(id);
  },
};

function validate(inputs: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (inputs.clientId === undefined && inputs.defaultFor === undefined) {
    failures.push({ property: "clientId", reason: "one of `clientId` and `defaultFor` must be given" });
  }
  if (inputs.clientId !== undefined && inputs.defaultFor !== undefined) {
    failures.push({ property: "defaultFor", reason: "conflicts with `clientId`: give one of the two" });
  }
  return failures;
}

function validateChange(inputs: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (isUnknown(inputs.allowAllScopes) || isUnknown(inputs.scopes)) return failures;
  if (inputs.allowAllScopes === true && !isZero(inputs.scopes)) {
    failures.push({ property: "scopes", reason: "cannot be given when `allowAllScopes` is true" });
  }
  if (inputs.allowAllScopes !== true && inputs.scopes === undefined) {
    failures.push({ property: "scopes", reason: "must be given unless `allowAllScopes` is true" });
  }
  return failures;
}
