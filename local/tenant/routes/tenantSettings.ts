/** `/api/v2/tenants/settings`: one object, of which a change replaces the keys that it names. */
import { Hono } from "hono";
import { jsonAnswer } from "../answer.ts";
import type { Allow } from "../bearer.ts";
import { type Environment, readJson } from "../http.ts";
import { isObject, type JsonObject } from "../json.ts";
import { requirePlan } from "../plan.ts";
import { project, projectionQuery } from "../projection.ts";
import { checkPayload } from "../schema/check.ts";
import { updateTenantSettings } from "../schema/tenantSettings.ts";
import type { Tenant } from "../tenant.ts";

const defaultSettings: JsonObject = {
  enabled_locales: ["en"],
  flags: {
    allow_changing_enable_sso: false,
    disable_impersonation: true,
    enable_sso: true,
    universal_login: true,
    revoke_refresh_token_grant: false,
    disable_clickjack_protection_headers: false,
  },
  sandbox_version: "22",
  sandbox_versions_available: ["22", "18"],
  session_lifetime: 168,
  idle_session_lifetime: 72,
  resource_parameter_profile: "audience",
  client_id_metadata_document_supported: false,
};

export function tenantSettingsRoutes(tenant: Tenant, allow: Allow): Hono<Environment> {
  const app = new Hono<Environment>();
  const { facts } = tenant.store;
  const settings = (): JsonObject => facts.get<JsonObject>("settings") ?? defaultSettings;

  app.get("/", allow("read:tenant_settings"), (request) => {
    return jsonAnswer(project(settings(), projectionQuery(request)));
  });

  app.patch("/", allow("update:tenant_settings"), async (request) => {
    const body = await readJson(request);
    checkPayload(body, updateTenantSettings);
    requirePlan(tenant.plan, body);
    const before = settings();
    const changed: JsonObject = { ...before, ...body };
    if (isObject(body.flags) && isObject(before.flags)) changed.flags = { ...before.flags, ...body.flags };
    for (const [key, value] of Object.entries(changed)) if (value === null) delete changed[key];
    facts.set("settings", changed);
    return jsonAnswer(changed);
  });

  return app;
}
