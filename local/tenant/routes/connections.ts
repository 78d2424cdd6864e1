/** `/api/v2/connections`: as much as the tools that read a tenant ask for. */
import { Hono } from "hono";
import { jsonAnswer } from "../answer.ts";
import type { Allow } from "../bearer.ts";
import { apiError, validationError } from "../errors.ts";
import { type Environment, type Request, readJson } from "../http.ts";
import { connectionId } from "../identifiers.ts";
import { isObject, type JsonObject } from "../json.ts";
import { checkpointed, checkpointQuery, decodeCursor, paged, pageQuery } from "../paging.ts";
import { project, projectionQuery } from "../projection.ts";
import { checkPayload, type Schema } from "../schema/check.ts";
import type { Document } from "../store/documents.ts";
import { pageOf } from "../store/page.ts";
import type { Tenant } from "../tenant.ts";

const createConnection: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["name", "strategy"],
  properties: {
    name: { type: "string", pattern: "^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$", maxLength: 128 },
    strategy: { type: "string", minLength: 1 },
    display_name: { type: "string", maxLength: 128 },
    options: { type: "object" },
    enabled_clients: { type: "array", items: { type: "string" } },
    is_domain_connection: { type: "boolean" },
    show_as_button: { type: "boolean" },
    realms: { type: "array", items: { type: "string" } },
    metadata: { type: "object" },
    authentication: { type: "object" },
    connected_accounts: { type: "object" },
  },
};

export function connectionRoutes(tenant: Tenant, allow: Allow): Hono<Environment> {
  const app = new Hono<Environment>();
  const { documents } = tenant.store;

  app.get("/", allow("read:connections"), (request) => {
    const projection = projectionQuery(request);
    const show = (connection: Document) => project(connection, projection);
    const strategies = request.req.queries("strategy") ?? [];
    const name = request.req.query("name");
    const all = documents
      .list("connection")
      .filter((connection) => strategies.length === 0 || strategies.includes(String(connection.strategy)))
      .filter((connection) => !name || connection.name === name);
    const checkpoint = checkpointQuery(request);
    if (checkpoint) {
      const cursor = decodeCursor(checkpoint.from);
      const found = all.slice(cursor === "" ? 0 : all.findIndex(({ id }) => id === cursor) + 1);
      return checkpointed("connections", found, checkpoint.take, show, ({ id }) => id);
    }
    const page = pageQuery(request);
    const items = all.slice(page.start, page.start + page.limit);
    return paged(
      request,
      "connections",
      pageOf(items, page, () => all.length),
      show,
    );
  });

  app.post("/", allow("create:connections"), async (request) => {
    const body = await readJson(request);
    checkPayload(body, createConnection);
    return jsonAnswer(insertConnection(tenant, body), { status: 201 });
  });

  app.get("/:id", allow("read:connections"), (request) => {
    return jsonAnswer(project(existing(request), projectionQuery(request)));
  });

  app.get("/:id/scim-configuration", allow("read:scim_config"), (request) => {
    existing(request);
    throw apiError(404, "Not Found");
  });

  app.post(
    "/:id/directory-provisioning/synchronized-groups",
    allow("update:connections"),
    async (request) => {
      const body = await readJson(request);
      checkPayload(body, synchronizedGroups);
      existing(request);
      throw apiError(404, "Not Found");
    },
  );

  // Recorded: 202 when there was one, 204 when there was none.
  app.delete("/:id", allow("delete:connections"), (request) => {
    if (!documents.remove("connection", request.req.param("id"))) return new Response(null, { status: 204 });
    return jsonAnswer({ deleted_at: new Date(tenant.clock.now()).toISOString() }, { status: 202 });
  });

  function existing(request: Request): Document {
    const connection = documents.byId("connection", request.req.param("id") ?? "");
    if (!connection) throw apiError(404, "The connection does not exist", "inexistent_connection");
    return connection;
  }

  return app;
}

const synchronizedGroups: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["groups"],
  properties: {
    groups: {
      type: "array",
      items: {
        type: "object",
        required: ["id"],
        properties: {
          id: { type: "string", description: "Google Workspace Directory group ID." },
          email: { type: "string", format: "email", description: "Google Workspace Directory group email" },
        },
      },
    },
  },
};

/** Keeps a new connection. */
export function insertConnection(tenant: Tenant, body: JsonObject): Document {
  const name = String(body.name);
  if (tenant.store.documents.byName("connection", name)) {
    throw apiError(409, "A connection with the same name already exists", "connection_conflict");
  }
  if (body.options !== undefined && !isObject(body.options))
    throw validationError("Payload", "'Invalid options'");
  const connection: Document = {
    id: connectionId(),
    options: body.options ?? {},
    strategy: body.strategy ?? "auth0",
    name,
    is_domain_connection: body.is_domain_connection ?? false,
    authentication: body.authentication ?? { active: true },
    connected_accounts: body.connected_accounts ?? { active: false },
    realms: body.realms ?? [name],
    enabled_clients: body.enabled_clients ?? [],
  };
  for (const key of ["display_name", "show_as_button", "metadata"]) {
    const value = body[key];
    if (value !== undefined) connection[key] = value;
  }
  tenant.store.documents.insert("connection", connection);
  return connection;
}
