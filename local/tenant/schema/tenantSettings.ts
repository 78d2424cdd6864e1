/** What may be sent when the tenant's settings are changed. */
import type { Schema } from "./check.ts";

const boolean: Schema = { type: "boolean" };
const nullableBoolean: Schema = { type: ["boolean", "null"] };
const nullableObject: Schema = { type: ["object", "null"] };
const string: Schema = { type: "string" };
const hours: Schema = { type: "number", minimum: 0 };

const flagNames = [
  ...["change_pwd_flow_v1", "enable_apis_section", "disable_impersonation", "enable_client_connections"],
  ...["enable_pipeline2", "allow_legacy_delegation_grant_types", "allow_legacy_ro_grant_types"],
  ...["allow_legacy_tokeninfo_endpoint", "enable_legacy_profile", "enable_idtoken_api2"],
  ...["enable_public_signup_user_exists_error", "enable_sso", "allow_changing_enable_sso"],
  ...["disable_clickjack_protection_headers", "no_disclose_enterprise_connections"],
  ...["enforce_client_authentication_on_passwordless_start", "enable_adfs_waad_email_verification"],
  ...["revoke_refresh_token_grant", "dashboard_log_streams_next", "dashboard_insights_view"],
  ...["disable_fields_map_fix", "mfa_show_factor_list_on_enrollment", "remove_alg_from_jwks"],
  ...["improved_signup_bot_detection_in_classic", "genai_trial", "local_resource_discovery"],
  ...["enable_dynamic_client_registration", "disable_management_api_sms_obfuscation"],
  ...[
    "trust_azure_adfs_email_verified_connection_property",
    "custom_domains_provisioning",
    "universal_login",
  ],
];

const nullableObjects = [
  ...["change_password", "device_flow", "guardian_mfa_page", "error_page", "default_token_quota"],
  ...["security_headers", "session_cookie", "sessions", "mtls", "country_codes", "oidc_logout"],
];

const lifetimes = [
  ...[
    "session_lifetime",
    "session_lifetime_in_minutes",
    "idle_session_lifetime",
    "idle_session_lifetime_in_minutes",
  ],
  ...[
    "ephemeral_session_lifetime",
    "idle_ephemeral_session_lifetime",
    "ephemeral_session_lifetime_in_minutes",
  ],
  "idle_ephemeral_session_lifetime_in_minutes",
];

const strings = [
  ...[
    "default_audience",
    "default_directory",
    "friendly_name",
    "picture_url",
    "support_email",
    "support_url",
  ],
  ...["sandbox_version", "legacy_sandbox_version", "default_redirection_uri"],
  "dynamic_client_registration_security_mode",
];

const switches = [
  ...["customize_mfa_in_postlogin_action", "allow_organization_name_in_authentication_api"],
  ...["pushed_authorization_requests_supported", "authorization_response_iss_parameter_supported"],
  ...["skip_non_verifiable_callback_uri_confirmation_prompt", "client_id_metadata_document_supported"],
  ...["enable_ai_guide", "phone_consolidated_experience", "include_session_metadata_in_tenant_logs"],
];

const all = (names: readonly string[], schema: Schema): Record<string, Schema> =>
  Object.fromEntries(names.map((name) => [name, schema]));

export const updateTenantSettings: Schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    ...all(nullableObjects, nullableObject),
    ...all(lifetimes, hours),
    ...all(strings, string),
    ...all(switches, nullableBoolean),
    flags: { type: "object", additionalProperties: false, properties: all(flagNames, boolean) },
    enabled_locales: { type: "array", items: string, minItems: 1, uniqueItems: true },
    allowed_logout_urls: { type: "array", items: string },
    acr_values_supported: { type: ["array", "null"], items: string },
    resource_parameter_profile: { type: "string", enum: ["audience", "compatibility"] },
  },
};
