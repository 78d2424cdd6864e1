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

/** A domain in the form that all spellings of one tenant share: lower case, no scheme, no final dot, no path. */
export function normalDomain(text: string): string {
  const [host = ""] = text
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .split("/");
  return host.replace(/:443$/, "").replace(/\.(?=:\d+$|$)/, "");
}

/**
 * A place that names a tenant, e.g. `AUTH0_DOMAIN`, and what it names; undefined or empty where it names none. The
 * Management API's audience beside it says which tenant a custom domain belongs to.
 */
export type NamedTenant = readonly [place: string, domain: string | undefined, audience?: string | undefined];

/**
 * The tenant's own domain: the one of the Management API's audience for a custom domain, else the domain itself. Two
 * domains of Auth0 are two tenants, whatever the audience says.
 */
export function ownDomain(domain: string, audience: string | undefined): string {
  const named = normalDomain(domain);
  const own = /^https:\/\/([^/]+)\/api\/v2\/$/.exec(audience ?? "")?.[1];
  return own === undefined || !isDomain(own) || /\.auth0\.com$/.test(named) ? named : normalDomain(own);
}

/** What is wrong where two places name different tenants, as a sentence; undefined where they agree. */
export function tenantContradiction(named: readonly NamedTenant[]): string | undefined {
  const owners = new Map(
    named.flatMap(([, domain, audience]) =>
      domain && audience ? [[normalDomain(domain), ownDomain(domain, audience)] as const] : [],
    ),
  );
  const owner = (domain = "") => owners.get(normalDomain(domain)) ?? normalDomain(domain);
  const [first, ...others] = named.filter(([, domain]) => domain);
  const other = others.find(([, domain]) => owner(domain) !== owner(first?.[1]));
  if (first === undefined || other === undefined) return undefined;
  return `${first[0]} names the tenant ${shown(first[1])}, ${other[0]} names ${shown(other[1])}.`;
}

/**
 * The one tenant of a stack, as the first place names it.
 * @throws {TenantError} where two places name different ones
 */
export function tenantOf(named: readonly NamedTenant[]): string | undefined {
  const contradiction = tenantContradiction(named);
  if (contradiction === undefined) return named.find(([, domain]) => domain)?.[1];
  throw new TenantError(
    `${contradiction} Set the variables of the stack's own tenant, or correct the stack's settings.`,
  );
}

/** What is not a domain is not repeated: it may be an address with a password in it. */
function shown(domain: string | undefined): string {
  const normal = normalDomain(domain ?? "");
  return isDomain(normal) ? normal : "something that is not a domain";
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
