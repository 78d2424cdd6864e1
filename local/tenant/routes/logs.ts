/** `/api/v2/logs`: searched by page, or read on from an entry. */
import { Hono } from "hono";
import { jsonAnswer } from "../answer.ts";
import type { Allow } from "../bearer.ts";
import { apiError } from "../errors.ts";
import { booleanQuery, type Environment, integerQuery } from "../http.ts";
import { parseLogQuery } from "../logQuery.ts";
import { furthestRecord, pageQuery } from "../paging.ts";
import { project, projectionQuery } from "../projection.ts";
import type { Tenant } from "../tenant.ts";

export function logRoutes(tenant: Tenant, allow: Allow): Hono<Environment> {
  const app = new Hono<Environment>();
  const { logs } = tenant.store;

  app.get("/", allow("read:logs", "read:logs_users"), (request) => {
    const projection = projectionQuery(request);
    const { from, q, search, sort } = request.req.query();
    const take = integerQuery(request, "take", { minimum: 1, maximum: 100 });
    if (from !== undefined || take !== undefined) {
      const found = logs.after(from || undefined, take ?? 50);
      if (!found) throw apiError(400, "Invalid checkpoint: from", "invalid_query_string");
      return jsonAnswer(found.map((entry) => project(entry, projection)));
    }
    const page = pageQuery(request, { furthest: furthestRecord });
    const ascending = sort === "date:1";
    const query = q || search;
    const found = query ? logs.search(parseLogQuery(query), ascending) : undefined;
    const items = found
      ? found.slice(page.start, page.start + page.limit)
      : logs.page(page.start, page.limit, ascending);
    const shown = items.map((entry) => project(entry, projection));
    if (booleanQuery(request, "include_totals") !== true) return jsonAnswer(shown);
    const total = found?.length ?? logs.count();
    return jsonAnswer({ start: page.start, limit: page.limit, length: shown.length, total, logs: shown });
  });

  app.get("/:id", allow("read:logs", "read:logs_users"), (request) => {
    const entry = logs.byId(request.req.param("id"));
    if (!entry) throw apiError(404, "The log event does not exist", "inexistent_log");
    return jsonAnswer(entry);
  });

  return app;
}
