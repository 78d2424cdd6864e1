/** Operations of the Management API that this tenant does not keep data for, as far as their answers are recorded. */
import { Hono } from "hono";
import type { Allow } from "../bearer.ts";
import { apiError, validationError } from "../errors.ts";
import type { Environment } from "../http.ts";

export function pathChecks(allow: Allow): Hono<Environment> {
  const app = new Hono<Environment>();
  app.get("/event-streams/:id", allow("read:event_streams"), (request) => {
    const id = request.req.param("id");
    if (!/^est_[A-Za-z0-9]{16}$/.test(id)) {
      const text = `'Object didn't pass validation for format event-stream-id: ${id}'`;
      throw validationError("Path", `${text} on property id (Unique identifier for the event stream)`);
    }
    throw apiError(404, "Not Found");
  });
  return app;
}
