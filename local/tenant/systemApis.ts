/** The APIs that Auth0 itself defines: what they are called and hold, whatever the request says. */
import type { JsonObject } from "./json.ts";
import { describedManagementScopes } from "./managementScopes.ts";
import { issuerOf, type Tenant } from "./tenant.ts";

/** What an API has unless it is made otherwise. */
export const apiDefaults: JsonObject = {
  allow_offline_access: false,
  skip_consent_for_verifiable_first_party_clients: false,
  subject_type_authorization: { client: { policy: "require_client_grant" }, user: { policy: "allow_all" } },
  token_lifetime: 86_400,
  token_lifetime_for_web: 7_200,
  signing_alg: "RS256",
};

/** The Management API as every tenant has it. */
export function managementApi(): JsonObject {
  return {
    name: "Auth0 Management API",
    ...apiDefaults,
    scopes: describedManagementScopes(),
    is_system: true,
  };
}

/** What creating an API under one of Auth0's own identifiers gives, undefined for every other identifier. */
export function systemApi(tenant: Tenant, identifier: string): JsonObject | undefined {
  if (identifier === "urn:auth0:express-configure") {
    return {
      name: "Okta OIN Express Configuration API",
      token_lifetime: 300,
      token_lifetime_for_web: 300,
      scopes: [
        { value: "express_configure:sso", description: "Configure SSO" },
        { value: "express_configure:scim", description: "Configure SCIM" },
      ],
      enforce_policies: true,
      is_system: true,
      subject_type_authorization: { client: { policy: "deny_all" }, user: { policy: "allow_all" } },
    };
  }
  if (identifier === `${issuerOf(tenant)}me/`) {
    return {
      name: "Auth0 My Account API",
      allow_offline_access: true,
      token_lifetime: 600,
      token_lifetime_for_web: 600,
      is_system: true,
    };
  }
  return undefined;
}
