/** The control interface, which no real tenant has: faults by count, the clock, the plan, what the Dashboard does. */
import { timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { jsonAnswer } from "./answer.ts";
import type { TenantApp } from "./app.ts";
import { apiError, Refusal } from "./errors.ts";
import type { FaultOrder } from "./faults.ts";
import { type Environment, readJson } from "./http.ts";
import type { JsonObject } from "./json.ts";
import { features, wholePlan } from "./plan.ts";
import { type RateLimit, rateLimits } from "./rateLimit.ts";
import { checkPayload, type Schema } from "./schema/check.ts";
import { type DashboardApi, seedDashboardApi } from "./seed.ts";

const faultOrder: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["path", "count", "then"],
  properties: {
    method: { type: "string", enum: ["GET", "POST", "PATCH", "PUT", "DELETE"] },
    path: { type: "string", minLength: 1 },
    count: { type: "integer", minimum: 1 },
    skip: { type: "integer", minimum: 0 },
    // biome-ignore lint/suspicious/noThenProperty: the name on the wire; a schema is never awaited
    then: {
      type: "object",
      additionalProperties: false,
      properties: {
        status: { type: "integer", minimum: 200, maximum: 599 },
        headers: { type: "object", additionalProperties: { type: "string" } },
        body: {},
        done: { type: "boolean" },
        delayMs: { type: "integer", minimum: 0, maximum: 600_000 },
        cut: { enum: [true] },
        malformed: { enum: [true] },
      },
    },
  },
};

const clockChange: Schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    advanceMs: { type: "integer" },
    set: { type: "string", format: "date-time" },
    stopped: { type: "boolean" },
  },
};

const planChange: Schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    ...Object.fromEntries(features.map((feature) => [feature, { type: "boolean" } as const])),
    rateLimit: { type: "string", enum: rateLimits },
  },
};

const dashboardApi: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["name", "identifier"],
  properties: {
    name: { type: "string", minLength: 1, maxLength: 200, pattern: "^[^<>]+$" },
    identifier: { type: "string", minLength: 1, maxLength: 600 },
    signingAlgorithm: { type: "string", enum: ["RS256", "PS256", "HS256", "RS512"] },
    tokenDialect: { type: "string", enum: ["access_token", "rfc9068_profile"] },
    idempotent: { type: "boolean" },
  },
};

/** The interface as a function of a request. @param key what every request must carry. */
export function createControl(app: TenantApp, key: string): Hono<Environment> {
  const control = new Hono<Environment>();
  const { tenant, faults, rateLimiter, quotas } = app;
  const clock = () => jsonAnswer({ now: new Date(tenant.clock.now()).toISOString() });

  control.use(async (request, next) => {
    if (!hasKey(request.req.header("authorization"), key))
      throw apiError(401, "The control key is missing or wrong.");
    await next();
  });

  control.get("/faults", () => jsonAnswer(faults.pending()));
  control.post("/faults", async (request) => {
    const body = await readJson(request);
    for (const order of Array.isArray(body) ? body : [body]) {
      checkPayload(order, faultOrder);
      const kinds = ["status", "delayMs", "cut", "malformed"].filter(
        (kind) => kind in (order.then as JsonObject),
      );
      if (kinds.length !== 1)
        throw apiError(400, "then needs exactly one of status, delayMs, cut, malformed.");
      faults.add(order as unknown as FaultOrder);
    }
    return jsonAnswer(faults.pending(), { status: 201 });
  });
  control.delete("/faults", () => {
    faults.clear();
    return new Response(null, { status: 204 });
  });

  control.get("/clock", clock);
  control.post("/clock", async (request) => {
    const body = await readJson(request);
    checkPayload(body, clockChange);
    if (typeof body.set === "string") tenant.clock.set(Date.parse(body.set));
    if (typeof body.advanceMs === "number") tenant.clock.advance(body.advanceMs);
    if (typeof body.stopped === "boolean") tenant.clock.stop(body.stopped);
    return clock();
  });

  control.post("/plan", async (request) => {
    const body = await readJson(request);
    checkPayload(body, planChange);
    for (const feature of features) {
      const included = body[feature];
      if (typeof included === "boolean") tenant.plan[feature] = included;
    }
    if (body.rateLimit !== undefined) rateLimiter.reset(body.rateLimit as RateLimit);
    return jsonAnswer({ ...tenant.plan });
  });

  control.post("/dashboard/apis", async (request) => {
    const body = await readJson(request);
    checkPayload(body, dashboardApi);
    return jsonAnswer(seedDashboardApi(tenant, body as unknown as DashboardApi), { status: 201 });
  });

  /** Faults, clock, plan and counters as at the start; what the tenant keeps stays. */
  control.post("/reset", () => {
    faults.clear();
    tenant.clock.reset();
    Object.assign(tenant.plan, wholePlan);
    rateLimiter.reset();
    quotas.reset();
    return new Response(null, { status: 204 });
  });

  control.notFound(() => apiError(404, "Not Found").toResponse());
  control.onError((error) => {
    if (error instanceof Refusal) return error.toResponse();
    tenant.report({
      level: "warning",
      code: "unexpected_failure",
      message: `Unexpected failure of the control interface: ${error.message}`,
    });
    return apiError(500, "Internal Server Error").toResponse();
  });
  return control;
}

function hasKey(header: string | undefined, key: string): boolean {
  const given = Buffer.from(header ?? "");
  const expected = Buffer.from(`Bearer ${key}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
