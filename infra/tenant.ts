/** What follows from a tenant's domain. */

/** The stack does not say, or not properly, which tenant it is for. */
export class TenantError extends Error {
  override readonly name = "TenantError";
}

/** Tokens of the tenant carry this issuer, with its slash, and are asked for at this endpoint. */
export interface TenantEndpoints {
  issuer: string;
  tokenEndpoint: string;
  /** Address of the Management API v2, with the slash at its end, and the audience of its tokens. */
  managementApi: string;
}

/** True for a host name with or without a port. */
export function isDomain(text: string): boolean {
  return /^[A-Za-z0-9.-]+(:\d+)?$/.test(text);
}

/** @throws {TenantError} where the domain is not a host name with or without a port */
export function tenantEndpoints(domain: string | undefined): TenantEndpoints {
  if (domain === undefined || domain === "") {
    throw new TenantError(
      "No tenant is named. Set AUTH0_DOMAIN, or run: pulumi config set auth0:domain example.eu.auth0.com",
    );
  }
  if (!isDomain(domain)) {
    throw new TenantError(
      "The tenant's domain must be a host name such as example.eu.auth0.com, without https:// and slashes.",
    );
  }
  return {
    issuer: `https://${domain}/`,
    tokenEndpoint: `https://${domain}/oauth/token`,
    managementApi: `https://${domain}/api/v2/`,
  };
}
