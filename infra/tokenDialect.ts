/** The form of an API's access tokens, in our terms and in Auth0's. */

/** `auth0`: the client in claim `azp`. `rfc9068`: the client in claim `client_id`, header `typ: at+jwt` (RFC 9068). */
export type TokenProfile = "auth0" | "rfc9068";

/** The Management API's `token_dialect`. */
export type TokenDialect =
  | "access_token"
  | "access_token_authz"
  | "rfc9068_profile"
  | "rfc9068_profile_authz";

/**
 * The dialect of a profile, with the claim `permissions` or without; always in snake_case, for the provider takes no
 * other spelling.
 * @see https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
 */
export function tokenDialect(api: { tokenProfile: TokenProfile; permissionsInToken: boolean }): TokenDialect {
  const profile = api.tokenProfile === "rfc9068" ? "rfc9068_profile" : "access_token";
  return api.permissionsInToken ? `${profile}_authz` : profile;
}
