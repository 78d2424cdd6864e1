/** `/api/v2/client-grants`: which application may call which API, with which scopes. */
import { Hono } from "hono";
import { jsonAnswer } from "../answer.ts";
import type { Allow } from "../bearer.ts";
import { apiError, validationError } from "../errors.ts";
import { booleanQuery, type Environment, type Request, readJson } from "../http.ts";
import { clientGrantId } from "../identifiers.ts";
import { inOrder, isObject, type JsonObject } from "../json.ts";
import { checkpointed, checkpointQuery, decodeCursor, paged, pageQuery } from "../paging.ts";
import { requirePlan } from "../plan.ts";
import { checkPayload } from "../schema/check.ts";
import { createClientGrant, subjectTypes, updateClientGrant } from "../schema/clientGrant.ts";
import type { ClientGrant, ClientGrantFilter } from "../store/clientGrants.ts";
import { pageOf } from "../store/page.ts";
import type { ResourceServer } from "../store/resourceServers.ts";
import type { Tenant } from "../tenant.ts";

/** As on the wire. */
const order = [
  ...["id", "client_id", "audience", "scope", "is_system", "organization_usage", "allow_any_organization"],
  ...["subject_type", "authorization_details_types", "allow_all_scopes", "default_for"],
];

export function clientGrantRoutes(tenant: Tenant, allow: Allow): Hono<Environment> {
  const app = new Hono<Environment>();
  const { clientGrants, documents } = tenant.store;

  app.get("/", allow("read:client_grants"), (request) => {
    const filter = filterQuery(request);
    const checkpoint = checkpointQuery(request);
    if (checkpoint) {
      const page = { start: 0, limit: checkpoint.take + 1 };
      const { items } = clientGrants.list(page, filter, decodeCursor(checkpoint.from));
      return checkpointed("client_grants", items, checkpoint.take, same, ({ id }) => id);
    }
    return paged(request, "client_grants", clientGrants.list(pageQuery(request), filter), same);
  });

  app.post("/", allow("create:client_grants"), async (request) => {
    const body = await readJson(request);
    checkPayload(body, createClientGrant);
    requirePlan(tenant.plan, body);
    return jsonAnswer(insertClientGrant(tenant, body), { status: 201 });
  });

  app.get("/:id", allow("read:client_grants"), (request) => jsonAnswer(existing(request)));

  app.patch("/:id", allow("update:client_grants"), async (request) => {
    const body = await readJson(request);
    checkPayload(body, updateClientGrant);
    requirePlan(tenant.plan, body);
    const grant = existing(request);
    const updated: JsonObject = { ...grant, ...body };
    for (const [key, value] of Object.entries(updated)) if (value === null) delete updated[key];
    const api = tenant.store.resourceServers.byIdentifier(grant.audience);
    if (api) checkAllScopes(updated, api);
    if (Array.isArray(updated.scope) && api) updated.scope = acceptedScopes(updated.scope.map(String), api);
    if (updated.allow_all_scopes === true) delete updated.scope;
    const sorted = inOrder(updated, order) as ClientGrant;
    clientGrants.update(sorted);
    return jsonAnswer(sorted);
  });

  app.delete("/:id", allow("delete:client_grants"), (request) => {
    clientGrants.remove(request.req.param("id"));
    return new Response(null, { status: 204 });
  });

  app.get("/:id/organizations", allow("read:organization_client_grants"), (request) => {
    const grant = existing(request);
    const organizations = clientGrants
      .organizationsOf(grant.id)
      .flatMap((id) => documents.byId("organization", id) ?? []);
    const page = pageQuery(request);
    const items = organizations.slice(page.start, page.start + page.limit);
    // Lists of organizations put the list first.
    if (checkpointQuery(request)) return jsonAnswer({ organizations: items });
    if (booleanQuery(request, "include_totals") !== true) return jsonAnswer(items);
    const listed = pageOf(items, page, () => organizations.length);
    return jsonAnswer({
      organizations: items,
      start: page.start,
      limit: page.limit,
      total: listed.total(),
    });
  });

  function existing(request: Request): ClientGrant {
    const grant = clientGrants.byId(request.req.param("id") ?? "");
    if (!grant) throw apiError(404, "The grant does not exist.", "inexistent_client_grant");
    return grant;
  }

  return app;
}

const same = (grant: ClientGrant): JsonObject => grant;

function filterQuery(request: Request): ClientGrantFilter {
  const filter: ClientGrantFilter = {};
  const { client_id, audience, subject_type, default_for } = request.req.query();
  if (client_id) filter.clientId = client_id;
  if (audience) filter.audience = audience;
  if (subject_type) filter.subjectType = oneOf("subject_type", subject_type, subjectTypes);
  if (default_for) filter.defaultFor = oneOf("default_for", default_for, ["third_party_clients"]);
  const anyOrganization = booleanQuery(request, "allow_any_organization");
  if (anyOrganization !== undefined) filter.allowAnyOrganization = anyOrganization;
  return filter;
}

function oneOf(name: string, value: string, choices: readonly string[]): string {
  if (choices.includes(value)) return value;
  throw validationError("Query", `'No enum match for: ${value}' on property ${name}`);
}

/** Keeps a new grant. @throws Refusal 404 for an unknown API or application, 409 when there is one already. */
export function insertClientGrant(tenant: Tenant, body: JsonObject): ClientGrant {
  const { clients, clientGrants, resourceServers } = tenant.store;
  const api = resourceServers.byIdentifier(String(body.audience));
  if (!api)
    throw apiError(404, `No resource with identifier ${String(body.audience)}`, "inexistent_resource_server");
  if (body.client_id === undefined && body.default_for === undefined) {
    throw validationError("Payload", "'Missing required property: client_id'");
  }
  if (body.client_id !== undefined) {
    const client = clients.byId(String(body.client_id));
    if (!client) throw apiError(404, "Client not found", "inexistent_client");
    if (client.body.app_type === "express_configuration") {
      throw apiError(400, "Client of type express_configuration cannot be used", "validation_error");
    }
  }
  checkAllScopes(body, api);
  const scope = Array.isArray(body.scope) ? acceptedScopes(body.scope.map(String), api) : undefined;
  const merged: JsonObject = { subject_type: "client", ...body, id: clientGrantId() };
  if (scope) merged.scope = scope;
  if (merged.allow_all_scopes === true) delete merged.scope;
  const grant = inOrder(merged, order) as ClientGrant;
  if (clientGrants.exists(grant)) throw apiError(409, "client_grant already exists", "client_grant_conflict");
  clientGrants.insert(grant);
  return grant;
}

function checkAllScopes(grant: JsonObject, api: ResourceServer): void {
  if (grant.allow_all_scopes !== true || api.is_system !== true) return;
  const text = "`allow_all_scopes` cannot be provided when `audience` is a system API";
  throw apiError(400, text, "validation_error");
}

/** System APIs drop scopes that they do not know; other APIs keep them, and tokens leave them out. */
function acceptedScopes(scopes: readonly string[], api: ResourceServer): string[] {
  if (api.is_system !== true || !Array.isArray(api.scopes)) return [...scopes];
  const known = new Set(api.scopes.filter(isObject).map(({ value }) => value));
  return scopes.filter((scope) => known.has(scope));
}
