/** `/api/v2/resource-servers`: the APIs of the tenant. */
import { createPublicKey } from "node:crypto";
import { Hono } from "hono";
import { keyThumbprint } from "../../../lib/keyThumbprint.ts";
import { jsonAnswer } from "../answer.ts";
import type { Allow } from "../bearer.ts";
import { apiError } from "../errors.ts";
import { type Environment, type Request, readJson } from "../http.ts";
import { resourceServerId, signingSecret } from "../identifiers.ts";
import { inOrder, isObject, type JsonObject } from "../json.ts";
import { paged, pageQuery } from "../paging.ts";
import { requirePlan } from "../plan.ts";
import { project, projectionQuery } from "../projection.ts";
import { checkPayload } from "../schema/check.ts";
import {
  createResourceServer,
  updateResourceServer,
  updateSystemResourceServer,
} from "../schema/resourceServer.ts";
import type { ResourceServer } from "../store/resourceServers.ts";
import { apiDefaults, systemApi } from "../systemApis.ts";
import { managementAudience, type Tenant } from "../tenant.ts";

/** As on the wire. */
const order = [
  ...["id", "name", "identifier", "allow_offline_access", "skip_consent_for_verifiable_first_party_clients"],
  ...["allow_online_access", "allow_online_access_with_ephemeral_sessions", "subject_type_authorization"],
  ...[
    "token_lifetime",
    "token_lifetime_for_web",
    "token_lifetime_for_anonymous_access_tokens",
    "signing_alg",
  ],
  ...["signing_secret", "scopes", "is_system", "enforce_policies", "token_dialect", "token_encryption"],
  ...["consent_policy", "authorization_details", "proof_of_possession", "authorization_policy", "client_id"],
];

/** Null takes these away. */
const removable = [
  ...["consent_policy", "authorization_details", "token_encryption", "proof_of_possession"],
  ...["authorization_policy", "token_lifetime_for_anonymous_access_tokens"],
];

export function resourceServerRoutes(tenant: Tenant, allow: Allow): Hono<Environment> {
  const app = new Hono<Environment>();
  const { resourceServers } = tenant.store;

  app.get("/", allow("read:resource_servers"), (request) => {
    const identifiers = request.req.queries("identifiers") ?? [];
    if (identifiers.length > 10) {
      const text = "Query validation error: 'Array is too long (11), maximum 10' on property identifiers.";
      throw apiError(400, text.replace("11", String(identifiers.length)), "invalid_query_string");
    }
    const projection = projectionQuery(request);
    const listed = resourceServers.list(pageQuery(request), identifiers);
    return paged(request, "resource_servers", listed, (server) => project(server, projection));
  });

  app.post("/", allow("create:resource_servers"), async (request) => {
    const body = await readJson(request);
    checkPayload(body, createResourceServer);
    requirePlan(tenant.plan, body);
    const created = insertResourceServer(tenant, body);
    return jsonAnswer(created, { status: 201 });
  });

  app.get("/:id", allow("read:resource_servers"), (request) => {
    return jsonAnswer(project(existing(request), projectionQuery(request)));
  });

  app.patch("/:id", allow("update:resource_servers"), async (request) => {
    const body = await readJson(request);
    const found = find(tenant, request.req.param("id"));
    checkPayload(body, found?.is_system === true ? updateSystemResourceServer : updateResourceServer);
    requirePlan(tenant.plan, body);
    const server = existing(request);
    const updated = inOrder({ ...server, ...received(body) }, order) as ResourceServer;
    for (const key of removable) if (updated[key] === null) delete updated[key];
    if (isObject(body.subject_type_authorization)) {
      // Merged, so that the key order of what was there stays.
      const before = isObject(server.subject_type_authorization) ? server.subject_type_authorization : {};
      updated.subject_type_authorization = { ...before, ...body.subject_type_authorization };
    }
    resourceServers.update(giveSecret(updated));
    return jsonAnswer(updated);
  });

  app.delete("/:id", allow("delete:resource_servers"), (request) => {
    const server = find(tenant, request.req.param("id"));
    if (server?.identifier === managementAudience(tenant)) {
      throw apiError(400, "System resource servers cannot be deleted.", "bad_request");
    }
    if (server) resourceServers.remove(server.id);
    return new Response(null, { status: 204 });
  });

  function existing(request: Request): ResourceServer {
    const server = find(tenant, request.req.param("id") ?? "");
    if (!server) throw apiError(404, "The resource server does not exist", "inexistent_resource_server");
    return server;
  }

  return app;
}

/** By id or by identifier; the identifier may have been percent-encoded once more than the URL needs. */
function find(tenant: Tenant, idOrIdentifier: string): ResourceServer | undefined {
  const { resourceServers } = tenant.store;
  return (
    resourceServers.byId(idOrIdentifier) ??
    resourceServers.byIdentifier(idOrIdentifier) ??
    resourceServers.byIdentifier(decodeOnce(idOrIdentifier))
  );
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Keeps a new API with Auth0's defaults. @throws Refusal 409 when the identifier is taken, 400 when reserved. */
export function insertResourceServer(tenant: Tenant, body: JsonObject): ResourceServer {
  const identifier = String(body.identifier);
  if (identifier === managementAudience(tenant)) {
    throw apiError(400, "The selected identifier is reserved.", "bad_request");
  }
  if (tenant.store.resourceServers.byIdentifier(identifier)) {
    throw apiError(
      409,
      "A resource server with the same identifier already exists.",
      "resource_server_conflict",
    );
  }
  const id = resourceServerId(tenant.clock.now());
  const system = systemApi(tenant, identifier);
  const merged = { ...apiDefaults, ...(system ?? received(body)), id, identifier };
  const server = inOrder(merged, order) as ResourceServer;
  for (const key of removable) if (server[key] === null) delete server[key];
  tenant.store.resourceServers.insert(giveSecret(server));
  return server;
}

/** The request as it is kept: a public key becomes its thumbprint. */
function received(body: JsonObject): JsonObject {
  if (!isObject(body.token_encryption)) return body;
  const { format, encryption_key: key } = body.token_encryption;
  if (!isObject(key)) return body;
  const { name, alg, pem, kid } = key;
  const shown: JsonObject = {};
  if (name !== undefined) shown.name = name;
  if (alg !== undefined) shown.alg = alg;
  if (kid !== undefined) shown.kid = kid;
  shown.thumbprint_sha256 = thumbprintOf(String(pem));
  return { ...body, token_encryption: { encryption_key: shown, format: format ?? "compact-nested-jwe" } };
}

/** Thumbprint of a public key, given as a key or in a certificate. */
function thumbprintOf(pem: string): string {
  try {
    return keyThumbprint(createPublicKey(pem));
  } catch {
    throw apiError(
      400,
      "Payload validation error: 'Invalid PEM' on property token_encryption.encryption_key.pem.",
      "invalid_body",
    );
  }
}

/** A symmetric API gets a secret when it has none, and keeps it when it changes to another algorithm. */
function giveSecret(server: ResourceServer): ResourceServer {
  if (server.signing_alg === "HS256" && server.signing_secret === undefined) {
    server.signing_secret = signingSecret();
    const sorted = inOrder({ ...server }, order);
    for (const key of Object.keys(server)) delete server[key];
    Object.assign(server, sorted);
  }
  return server;
}
