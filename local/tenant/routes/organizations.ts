/** `/api/v2/organizations`: what client grants need of them. */
import { Hono } from "hono";
import { jsonAnswer } from "../answer.ts";
import type { Allow } from "../bearer.ts";
import { apiError } from "../errors.ts";
import { booleanQuery, type Environment, type Request, readJson } from "../http.ts";
import { organizationId } from "../identifiers.ts";
import { type JsonObject, without } from "../json.ts";
import { checkpointed, checkpointQuery, decodeCursor, furthestRecord, pageQuery } from "../paging.ts";
import { checkPayload, type Schema } from "../schema/check.ts";
import type { Document } from "../store/documents.ts";
import type { Listed } from "../store/page.ts";
import { pageOf } from "../store/page.ts";
import type { Tenant } from "../tenant.ts";

const createOrganization: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  properties: {
    name: { type: "string", minLength: 1, maxLength: 50, pattern: "^[a-z0-9][a-z0-9_-]*$" },
    display_name: { type: "string", minLength: 1, maxLength: 255 },
    branding: { type: "object" },
    metadata: { type: "object" },
    enabled_connections: { type: "array", items: { type: "object" } },
    token_quota: { type: "object" },
  },
};

const assignGrant: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["grant_id"],
  properties: { grant_id: { type: "string", minLength: 1 } },
};

export function organizationRoutes(tenant: Tenant, allow: Allow): Hono<Environment> {
  const app = new Hono<Environment>();
  const { documents, clientGrants } = tenant.store;

  app.get("/", allow("read:organizations"), (request) => {
    const all = documents.list("organization");
    const checkpoint = checkpointQuery(request);
    if (checkpoint) {
      const cursor = decodeCursor(checkpoint.from);
      const found = all.slice(cursor === "" ? 0 : all.findIndex(({ id }) => id === cursor) + 1);
      return checkpointed(
        "organizations",
        found,
        checkpoint.take,
        (document) => document,
        ({ id }) => id,
      );
    }
    const page = pageQuery(request, { furthest: furthestRecord });
    return listFirst(
      request,
      "organizations",
      pageOf(all.slice(page.start, page.start + page.limit), page, () => all.length),
    );
  });

  app.post("/", allow("create:organizations"), async (request) => {
    const body = await readJson(request);
    checkPayload(body, createOrganization);
    const name = String(body.name);
    if (documents.byName("organization", name)) {
      throw apiError(409, "An organization with this name already exists.", "organization_conflict");
    }
    const organization: Document = {
      id: organizationId(),
      display_name: body.display_name ?? name,
      ...body,
      name,
    };
    documents.insert("organization", organization);
    return jsonAnswer(organization, { status: 201 });
  });

  app.get("/:id", allow("read:organizations"), (request) => jsonAnswer(existing(request)));

  app.delete("/:id", allow("delete:organizations"), (request) => {
    documents.remove("organization", request.req.param("id"));
    return new Response(null, { status: 204 });
  });

  app.get("/:id/client-grants", allow("read:organization_client_grants"), (request) => {
    const { client_id: clientId, audience } = request.req.query();
    const filter = {
      organizationId: existing(request).id,
      ...(clientId && { clientId }),
      ...(audience && { audience }),
    };
    const checkpoint = checkpointQuery(request);
    if (checkpoint) {
      const after = decodeCursor(checkpoint.from);
      const { items } = clientGrants.list({ start: 0, limit: checkpoint.take + 1 }, filter, after);
      return checkpointed(
        "client_grants",
        items,
        checkpoint.take,
        (grant) => grant,
        ({ id }) => id,
      );
    }
    return listFirst(
      request,
      "client_grants",
      clientGrants.list(pageQuery(request, { furthest: furthestRecord }), filter),
    );
  });

  app.post("/:id/client-grants", allow("create:organization_client_grants"), async (request) => {
    const body = await readJson(request);
    checkPayload(body, assignGrant);
    const organization = existing(request);
    const grant = clientGrants.byId(String(body.grant_id));
    if (!grant) throw apiError(404, "The grant does not exist.", "inexistent_client_grant");
    if (!clientGrants.assign(organization.id, grant.id)) {
      throw apiError(
        409,
        "The grant is already associated with the organization.",
        "organization_client_grant_conflict",
      );
    }
    return jsonAnswer({ grant_id: grant.id, ...without(grant, ["id"]) }, { status: 201 });
  });

  app.delete("/:id/client-grants/:grant", allow("delete:organization_client_grants"), (request) => {
    clientGrants.unassign(existing(request).id, request.req.param("grant"));
    return new Response(null, { status: 204 });
  });

  function existing(request: Request): Document {
    const organization = documents.byId("organization", request.req.param("id") ?? "");
    if (!organization) throw apiError(404, "No organization found by that id or name");
    return organization;
  }

  return app;
}

/** Lists of this family put the list before its totals. */
function listFirst(request: Request, name: string, listed: Listed<JsonObject>): Response {
  if (booleanQuery(request, "include_totals") !== true) return jsonAnswer(listed.items);
  const { start, limit } = listed.page;
  return jsonAnswer({ [name]: listed.items, start, limit, total: listed.total() });
}
