/** Operations of the Management API that this tenant does not keep data for, as far as their answers are recorded. */
import { Hono } from "hono";
import { jsonAnswer } from "../answer.ts";
import type { Allow } from "../bearer.ts";
import { apiError, validationError } from "../errors.ts";
import type { Environment } from "../http.ts";

const customizablePrompts = [
  ...["customized-consent", "login", "login-id", "login-password", "login-passwordless"],
  ...["signup", "signup-id", "signup-password"],
];

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
  app.get("/prompts/:prompt/partials", allow("read:prompts"), (request) => {
    const prompt = request.req.param("prompt");
    // Unlike other path errors, this one carries the general code.
    if (!customizablePrompts.includes(prompt)) {
      const text = `Path validation error: 'Invalid value "${prompt}"' on property prompt (Name of the prompt).`;
      throw apiError(400, text, "bad_request");
    }
    return jsonAnswer({});
  });
  app.get("/users/:id", allow("read:users", "read:current_user", "read:user_idp_tokens"), () => {
    throw apiError(404, "The user does not exist.", "inexistent_user");
  });
  return app;
}
