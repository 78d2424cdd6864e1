/** The Management API: how it is recognised, and its identifier once the tenant is known. */
import type { AccessModel } from "./resolved.ts";

/**
 * @param managementApi The Management API's identifier, `https://<domain>/api/v2/`: of the tenant's own domain, also where
 * users log in on a custom one.
 */
export function withTenant(model: AccessModel, managementApi: string): AccessModel {
  if (!Object.values(model.foreignApis).some(({ management }) => management)) return model;
  const foreignApis = Object.entries(model.foreignApis).map(([key, api]) => [
    key,
    api.management ? { ...api, identifier: managementApi } : api,
  ]);
  return { ...model, foreignApis: Object.fromEntries(foreignApis) };
}

/** True for the identifier of some tenant's Management API. */
export function isManagementApi(identifier: string): boolean {
  return /^https:\/\/([^/]+\/api\/v2\/|[^/]+\.auth0\.com\/api\/v2)$/i.test(identifier);
}
