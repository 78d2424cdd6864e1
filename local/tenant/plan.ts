/** What depends on the tenant's plan. */
import { apiError } from "./errors.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

/** Features that depend on the plan; all are on unless the control interface takes them away. */
export const features = ["highlyRegulatedIdentity", "enterprise", "organizations"] as const;

export type Plan = Record<(typeof features)[number], boolean>;

/** A plan that includes everything. */
export const wholePlan: Readonly<Plan> = {
  highlyRegulatedIdentity: true,
  enterprise: true,
  organizations: true,
};

const isSet = (value: Json) =>
  value !== null && value !== false && !(Array.isArray(value) && value.length === 0);

/** By property: the feature that it belongs to, and the values that need it. */
const gates: Readonly<Record<string, { feature: keyof Plan; needs: (value: Json) => boolean }>> = {
  ...Object.fromEntries(
    [
      ...["acr_values_supported", "authorization_details", "authorization_details_types", "consent_policy"],
      ...["mtls", "pushed_authorization_requests_supported", "token_encryption"],
    ].map((property) => [property, { feature: "highlyRegulatedIdentity", needs: isSet }]),
  ),
  proof_of_possession: {
    feature: "highlyRegulatedIdentity",
    needs: (value) => isObject(value) && value.mechanism === "mtls",
  },
  client_authentication_methods: { feature: "enterprise", needs: isSet },
  token_quota: { feature: "enterprise", needs: isSet },
  organization_usage: { feature: "organizations", needs: (value) => isSet(value) && value !== "deny" },
  allow_any_organization: { feature: "organizations", needs: isSet },
};

/** @throws Refusal 403 that names every property of the payload which the plan does not include. */
export function requirePlan(plan: Plan, body: JsonObject): void {
  const missing = Object.entries(body).flatMap(([property, value]) => {
    const gate = Object.hasOwn(gates, property) ? gates[property] : undefined;
    return gate && !plan[gate.feature] && gate.needs(value) ? [property] : [];
  });
  if (missing.length === 0) return;
  throw notEnabled(`Please upgrade your subscription to use ${missing.sort().join(", ")}.`);
}

/** @throws Refusal 403 for a request that is of no use without the feature. */
export function requireFeature(plan: Plan, feature: keyof Plan): void {
  if (!plan[feature]) throw notEnabled("This feature is not enabled for this tenant.");
}

const notEnabled = (text: string) => apiError(403, text, "feature_not_enabled");
