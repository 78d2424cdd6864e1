/** `/api/v2/clients`: the applications of the tenant. */
import { Hono } from "hono";
import { jsonAnswer } from "../answer.ts";
import type { Allow } from "../bearer.ts";
import { changedClientBody, newClientBody } from "../clientDefaults.ts";
import {
  hideFields,
  listedClient,
  listedCredentialIds,
  type Occasion,
  readScopes,
  viewClient,
} from "../clientView.ts";
import { apiError, validationError } from "../errors.ts";
import { booleanQuery, type Environment, type Request, readJson } from "../http.ts";
import { clientId, clientSecret, strictClientId } from "../identifiers.ts";
import { isObject, type Json, type JsonObject, without } from "../json.ts";
import { newCredential } from "../newCredential.ts";
import { checkpointed, checkpointQuery, decodeCursor, paged, pageQuery } from "../paging.ts";
import { requirePlan } from "../plan.ts";
import { project, projectionQuery } from "../projection.ts";
import { checkPayload } from "../schema/check.ts";
import { createClient, updateClient } from "../schema/client.ts";
import type { Client, ClientFilter, NewClient } from "../store/clients.ts";
import type { StoredCredential } from "../store/credentials.ts";
import type { Tenant } from "../tenant.ts";
import { addCredential } from "./credentials.ts";

const updateScopes = ["update:clients", "update:client_keys", "update:client_credentials"];

export function clientRoutes(tenant: Tenant, allow: Allow): Hono<Environment> {
  const app = new Hono<Environment>();
  const { clients } = tenant.store;

  app.get("/", allow(...readScopes), async (request) => {
    const certificate = await tenant.keys.applicationCertificate();
    const projection = projectionQuery(request);
    const caller = request.get("caller");
    const show = (client: Client): JsonObject =>
      listedClient(
        hideFields(viewClient(tenant, client, certificate, "read"), caller, projection),
        projection,
      );
    const checkpoint = checkpointQuery(request);
    const filter = filterQuery(request, checkpoint !== undefined);
    if (checkpoint) {
      const cursor = decodeCursor(checkpoint.from);
      const found = clients.after(cursor === "" ? 0 : Number(cursor), checkpoint.take + 1, filter);
      return checkpointed("clients", found, checkpoint.take, show, ({ position }) => String(position));
    }
    return paged(request, "clients", clients.list(pageQuery(request, { smallest: 0 }), filter), show);
  });

  app.post("/", allow("create:clients"), async (request) => {
    const body = await readJson(request);
    checkPayload(body, createClient);
    requirePlan(tenant.plan, body);
    const { client, credentials } = insertClient(tenant, body);
    const shown = await view(client, "created");
    // This one answer carries whole credentials; every later one only their ids.
    if (credentials) shown.client_authentication_methods = credentials;
    return jsonAnswer(shown, { status: 201 });
  });

  app.get("/:id", allow(...readScopes), async (request) => {
    const projection = projectionQuery(request);
    const shown = hideFields(await view(existing(request), "read"), request.get("caller"), projection);
    return jsonAnswer(project(shown, projection));
  });

  app.patch("/:id", allow(...updateScopes), async (request) => {
    const body = await readJson(request);
    checkPayload(body, updateClient);
    requirePlan(tenant.plan, body);
    const client = changeClient(tenant, existing(request), body);
    return jsonAnswer(hideFields(await view(client, "changed"), request.get("caller"), undefined));
  });

  app.delete("/:id", allow("delete:clients"), (request) => {
    const client = clients.byId(request.req.param("id"));
    if (client?.isGlobal) throw apiError(400, "Global client cannot be deleted.", "bad_request");
    if (client) clients.remove(client.clientId);
    return new Response(null, { status: 204 });
  });

  app.post(
    "/:id/rotate-secret",
    allow("update:client_keys", "update:client_credentials"),
    async (request) => {
      await readJson(request);
      const client = existing(request);
      if (client.body.client_authentication_methods) {
        const text =
          "Client secret cannot be rotated for a client that authenticates with other credentials.";
        throw apiError(400, text, "bad_request");
      }
      const rotated = { ...client, clientSecret: clientSecret() };
      clients.update(rotated);
      return jsonAnswer(await view(rotated, "read"));
    },
  );

  async function view(client: Client, occasion: Occasion): Promise<JsonObject> {
    return viewClient(tenant, client, await tenant.keys.applicationCertificate(), occasion);
  }

  function existing(request: Request): Client {
    const client = clients.byId(request.req.param("id") ?? "");
    if (!client) throw apiError(404, "The client does not exist", "inexistent_client");
    return client;
  }

  return app;
}

function filterQuery(request: Request, isCheckpoint: boolean): ClientFilter {
  const filter: ClientFilter = {};
  const isGlobal = booleanQuery(request, "is_global");
  if (isGlobal !== undefined) filter.isGlobal = isGlobal;
  const isFirstParty = booleanQuery(request, "is_first_party");
  if (isFirstParty !== undefined) filter.isFirstParty = isFirstParty;
  const { app_type, external_client_id, q } = request.req.query();
  if (app_type) filter.appTypes = app_type.split(",").map((type) => type.trim());
  if (external_client_id) filter.externalClientId = external_client_id;
  if (!q) return filter;
  if (Object.keys(filter).length > 0 || !isCheckpoint) {
    throw validationError("Query", "'q needs from and take, and goes with no other filter' on property q");
  }
  const organization = /^client_grant\.organization_id:"?(\w+)"?$/.exec(q)?.[1];
  if (organization) return { organizationId: organization };
  if (q === "client_grant.allow_any_organization:true") return { allowAnyOrganization: true };
  throw validationError("Query", "'Unknown search' on property q");
}

/** Keeps a new application, with the credentials that the request may carry. */
export function insertClient(
  tenant: Tenant,
  request: JsonObject,
  fixed: { clientId?: string; isGlobal?: boolean } = {},
): { client: Client; credentials?: JsonObject } {
  const strict = request.third_party_security_mode === "strict";
  const id = fixed.clientId ?? (strict ? strictClientId() : clientId());
  const body = newClientBody(without(request, ["client_authentication_methods"]));
  const linked = body.resource_server_identifier;
  if (typeof linked === "string" && !tenant.store.resourceServers.byIdentifier(linked)) {
    throw apiError(404, `No resource with identifier ${linked}`, "inexistent_resource_server");
  }
  const methods = request.client_authentication_methods;
  const inline = isObject(methods) ? inlineCredentials(id, methods, tenant.clock.now()) : undefined;
  const client: NewClient = {
    clientId: id,
    clientSecret: clientSecret(),
    isGlobal: fixed.isGlobal === true,
    body,
  };
  if (inline) {
    body.client_authentication_methods = inline.ids;
    delete body.token_endpoint_auth_method;
  }
  return tenant.store.transaction(() => {
    tenant.store.clients.insert(client);
    for (const credential of inline?.credentials ?? []) addCredential(tenant, credential);
    const kept = tenant.store.clients.byId(id) ?? { ...client, position: 0 };
    return inline ? { client: kept, credentials: inline.shown } : { client: kept };
  });
}

function inlineCredentials(id: string, methods: JsonObject, now: number) {
  const credentials: StoredCredential[] = [];
  const ids: JsonObject = {};
  const shown: JsonObject = {};
  for (const [method, value] of Object.entries(methods)) {
    const list: Json = isObject(value) ? (value.credentials ?? []) : [];
    const made = (Array.isArray(list) ? list : [])
      .filter(isObject)
      .map((item) => newCredential(id, item, now));
    credentials.push(...made);
    ids[method] = { credentials: made.map(({ body }) => ({ id: body.id })) };
    shown[method] = { credentials: made.map(({ body }) => body) };
  }
  return { credentials, ids, shown };
}

function changeClient(tenant: Tenant, client: Client, request: JsonObject): Client {
  if (request.client_authentication_methods === null && request.token_endpoint_auth_method === null) {
    const text = "'client_authentication_methods and token_endpoint_auth_method cannot both be null'";
    throw validationError("Payload", text);
  }
  if (request.client_authentication_methods && request.token_endpoint_auth_method) {
    const text = "'client_authentication_methods and token_endpoint_auth_method exclude each other'";
    throw validationError("Payload", text);
  }
  const body = changedClientBody(client.body, without(request, ["client_secret"]));
  for (const id of listedCredentialIds(body)) {
    if (!tenant.store.credentials.byId(client.clientId, id)) {
      throw apiError(404, "The credential does not exist", "inexistent_credential");
    }
  }
  const secret = typeof request.client_secret === "string" ? request.client_secret : client.clientSecret;
  const changed: Client = { ...client, clientSecret: secret, body };
  tenant.store.clients.update(changed);
  return changed;
}
