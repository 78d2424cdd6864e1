/** What every part of a running tenant may use. */
import type { Report } from "../../lib/report.ts";
import type { Clock } from "./clock.ts";
import type { KeyRing } from "./keyRing.ts";
import type { Plan } from "./plan.ts";
import type { Store } from "./store.ts";

export interface Tenant {
  store: Store;
  clock: Clock;
  keys: KeyRing;
  plan: Plan;
  /** Host and port, e.g. `localhost:8443`. */
  domain: string;
  /** A second host and port under which it answers, as Auth0's custom domains do. */
  customDomain?: string | undefined;
  /** For the people who run it; never holds a secret. */
  report: Report;
}

/** With the trailing slash that Auth0's issuers have. */
export const issuerOf = (tenant: Tenant): string => `https://${tenant.domain}/`;

/**
 * The issuer under which the tenant answers a request: that of the custom domain for what is sent there.
 * @param url The request's address.
 * @see https://auth0.com/docs/customize/custom-domains/multiple-custom-domains/sdk-configuration
 */
export function issuerAt(tenant: Tenant, url: string): string {
  return new URL(url).host === tenant.customDomain ? `https://${tenant.customDomain}/` : issuerOf(tenant);
}

/** Both issuers of a tenant that has a custom domain. */
export function issuersOf(tenant: Tenant): string[] {
  return [
    issuerOf(tenant),
    ...(tenant.customDomain === undefined ? [] : [`https://${tenant.customDomain}/`]),
  ];
}

/** The audience (and identifier) of the Management API. */
export const managementAudience = (tenant: Pick<Tenant, "domain">): string =>
  `https://${tenant.domain}/api/v2/`;

/** The tenant's name as client objects show it. */
export const tenantName = (tenant: Tenant): string => tenant.domain.split(/[.:]/)[0] ?? "localhost";
