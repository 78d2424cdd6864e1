/** `/api/v2/clients/{client_id}/credentials`: the keys and certificates of an application. */
import { Hono } from "hono";
import { jsonAnswer } from "../answer.ts";
import type { Allow } from "../bearer.ts";
import { listedCredentialIds } from "../clientView.ts";
import { apiError } from "../errors.ts";
import { type Environment, type Request, readJson } from "../http.ts";
import type { JsonObject } from "../json.ts";
import { newCredential } from "../newCredential.ts";
import { requireFeature } from "../plan.ts";
import { checkPayload } from "../schema/check.ts";
import { createCredential, updateCredential } from "../schema/credential.ts";
import type { Client } from "../store/clients.ts";
import type { Credential, StoredCredential } from "../store/credentials.ts";
import type { Tenant } from "../tenant.ts";

const mostCredentials = 4;

export function credentialRoutes(tenant: Tenant, allow: Allow): Hono<Environment> {
  const app = new Hono<Environment>();
  const { clients, credentials } = tenant.store;
  const may = (verb: string) => allow(`${verb}:client_credentials`, `${verb}:client_keys`, `${verb}:clients`);

  // A bare array, whatever paging was asked for.
  app.get("/", may("read"), (request) => {
    return jsonAnswer(credentials.ofClient(client(request).clientId).map(({ body }) => body));
  });

  app.post("/", may("create"), async (request) => {
    const body = await readJson(request);
    checkPayload(body, createCredential);
    requireFeature(tenant.plan, "enterprise");
    const created = newCredential(client(request).clientId, body, tenant.clock.now());
    tenant.store.transaction(() => addCredential(tenant, created));
    return jsonAnswer(created.body, { status: 201 });
  });

  app.get("/:credential", may("read"), (request) => jsonAnswer(existing(request).body));

  app.patch("/:credential", may("update"), async (request) => {
    const body = await readJson(request);
    checkPayload(body, updateCredential);
    const updated: Credential = { ...existing(request).body };
    if (body.expires_at === null) delete updated.expires_at;
    else if (body.expires_at !== undefined)
      updated.expires_at = new Date(String(body.expires_at)).toISOString();
    updated.updated_at = new Date(tenant.clock.now()).toISOString();
    credentials.update(updated);
    return jsonAnswer(updated);
  });

  app.delete("/:credential", may("delete"), (request) => {
    const owner = clients.byId(request.req.param("id") ?? "");
    const id = request.req.param("credential");
    if (owner && listedCredentialIds(owner.body).includes(id)) {
      throw apiError(400, "Cannot delete credential still associated with a client", "bad_request");
    }
    if (owner) credentials.remove(owner.clientId, id);
    return new Response(null, { status: 204 });
  });

  function client(request: Request): Client {
    const found = clients.byId(request.req.param("id") ?? "");
    if (!found) throw apiError(404, "The client does not exist", "inexistent_client");
    return found;
  }

  function existing(request: Request): StoredCredential {
    const found = credentials.byId(client(request).clientId, request.req.param("credential") ?? "");
    if (!found) throw apiError(404, "The credential does not exist", "inexistent_credential");
    return found;
  }

  return app;
}

/** Keeps a credential. @throws Refusal 400 when it is the fifth, or its key is there already. */
export function addCredential(tenant: Tenant, credential: StoredCredential): void {
  const { credentials } = tenant.store;
  const there = credentials.ofClient(credential.clientId);
  if (there.length >= mostCredentials) {
    throw apiError(400, `A client can have a maximum of ${mostCredentials} credentials.`, "bad_request");
  }
  if (there.some(({ body }) => sameKey(body, credential.body))) {
    throw apiError(400, "credentials contains public keys that already exist in client", "bad_request");
  }
  credentials.insert(credential);
}

function sameKey(one: JsonObject, other: JsonObject): boolean {
  return ["kid", "thumbprint_sha256"].some((key) => one[key] !== undefined && one[key] === other[key]);
}
