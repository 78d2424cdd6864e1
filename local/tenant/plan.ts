/** What depends on the tenant's plan. */
import { apiError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { Tenant } from "./tenant.ts";

const highlyRegulatedIdentity = [
  ...["acr_values_supported", "authorization_details", "consent_policy", "mtls"],
  ...["pushed_authorization_requests_supported", "token_encryption"],
];

/** @throws Refusal 403 that names every property of the payload which the plan does not include. */
export function requirePlan(tenant: Tenant, body: JsonObject): void {
  if (tenant.plan.highlyRegulatedIdentity) return;
  const missing = highlyRegulatedIdentity.filter((key) => body[key] !== undefined && body[key] !== null);
  if (missing.length === 0) return;
  const text = `Please upgrade your subscription to use ${missing.join(", ")}.`;
  throw apiError(403, text, "feature_not_enabled");
}
