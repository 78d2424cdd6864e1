/** Changes to settings of the application that a machine has no use for: logins, organizations, other tokens. */
import type { Json, Severity } from "../../../../../scripts/differences/finding.ts";
import type { Body } from "../driftTenant.ts";
import { application, type Finding, type Mutation, onApplication } from "./mutation.ts";

interface Found {
  /** @default null */
  readonly expected?: Json;
  /** @default the value itself */
  readonly actual?: Json;
  /** @default high */
  readonly severity?: Severity;
  /** Where below the property it is found. @default the property itself */
  readonly below?: string;
}

/** A property that takes a value, and another one that clears it again. */
function setting(property: string, value: Json, cleared: Json, found: Found = {}): Mutation {
  const { expected = null, actual = value, severity = "high", below = "" } = found;
  const finding: Finding = ["unmanaged", property + below, expected, actual, severity];
  return onApplication(`${property} is set`, { [property]: value }, { [property]: cleared }, finding);
}

/** A property that takes a value for good. */
function settingForGood(property: string, value: Json, severity: Severity): Mutation {
  const { change } = setting(property, value, null);
  const path = `${application}.${property}`;
  return {
    name: `${property} is set`,
    change,
    expected: () => [{ kind: "unmanaged", path, expected: null, actual: value, severity }],
  };
}

const ofIdTokens = (name: string, set: Body, cleared: Body, found: Finding) =>
  onApplication(name, { jwt_configuration: set }, { jwt_configuration: cleared }, found);

const page = "<html>Your password, please</html>";
const publicKey = { pub: "MIIB", cert: "MIIC", subject: "/CN=attacker.example" };
const defaultOrganization = { organization_id: "org_1234567890123456", flows: ["client_credentials"] };

export const unusedMutations: readonly Mutation[] = [
  ofIdTokens("ID tokens are signed with PSS", { alg: "PS256" }, { alg: "RS256" }, [
    "unmanaged",
    "jwt_configuration.alg",
    "RS256",
    "PS256",
    "low",
  ]),
  ofIdTokens("the secret counts as encoded", { secret_encoded: true }, { secret_encoded: false }, [
    "unmanaged",
    "jwt_configuration.secret_encoded",
    null,
    true,
    "medium",
  ]),
  ofIdTokens("ID tokens carry more", { scopes: { admin: "all" } }, { scopes: {} }, [
    "unmanaged",
    "jwt_configuration.scopes.admin",
    null,
    "all",
    "medium",
  ]),
  setting("encryption_key", publicKey, null, { actual: ["cert", "pub", "subject"], severity: "medium" }),

  setting("cross_origin_loc", "https://attacker.example/fallback", null),
  setting("custom_login_page", page, ""),
  setting("custom_login_page_preview", page, "", { severity: "medium" }),
  setting("form_template", page, ""),
  setting("custom_login_page_on", false, true, { expected: true, severity: "low" }),
  setting("sso", true, false, { severity: "low" }),
  setting("sso_disabled", true, false, { expected: false, severity: "low" }),
  setting("native_social_login", { apple: { enabled: true } }, null),
  setting("fedcm_login", { google: { is_enabled: true } }, null),
  setting(
    "mobile",
    { android: { app_package_name: "com.example" } },
    {},
    {
      actual: "com.example",
      severity: "medium",
      below: ".android.app_package_name",
    },
  ),
  setting("oidc_logout", { backchannel_logout_urls: ["https://attacker.example"] }, null),
  setting("oidc_backchannel_logout", { backchannel_logout_urls: ["https://attacker.example"] }, null),
  setting("skip_non_verifiable_callback_uri_confirmation_prompt", true, null),
  setting("require_pushed_authorization_requests", true, false, { severity: "low" }),
  setting("par_request_expiry", 600, null, { severity: "low" }),
  setting("signed_request_object", { required: true }, null, { severity: "medium" }),
  setting("compliance_level", "fapi1_adv_pkj_par", null, { severity: "medium" }),
  setting("async_approval_notification_channels", ["email"], null, { severity: "medium" }),
  settingForGood("redirection_policy", "allow_always", "high"),
  settingForGood("third_party_security_mode", "permissive", "high"),

  setting("default_organization", defaultOrganization, null),
  setting("organization_require_behavior", "pre_login_prompt", null, { severity: "medium" }),
  setting("organization_discovery_methods", ["email"], null, { severity: "medium" }),
  setting("my_organization_configuration", { connection_deletion_behavior: "allow" }, null),
  setting("express_configuration", { okta_oin_client_id: "someone" }, null),
  setting("b2b_integration_configuration", { enabled: true }, {}),

  setting("identity_assertion_authorization_grant", { active: true }, null),
  setting("anonymous_sessions", { active: true }, null),
  setting("token_vault_privileged_access", { ip_allowlist: ["192.0.2.1"] }, null, {
    actual: ["ip_allowlist"],
  }),
];
