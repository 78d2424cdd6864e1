/** The whole tenant as a function of a request: Authentication API and Management API. */
import { Hono } from "hono";
import { noReport, type Report } from "../../lib/report.ts";
import { jsonAnswer } from "./answer.ts";
import { allowIn } from "./bearer.ts";
import { createClock } from "./clock.ts";
import { apiError, Refusal } from "./errors.ts";
import type { FaultBook } from "./faults.ts";
import { createFaultBook } from "./faults.ts";
import type { Environment } from "./http.ts";
import { createKeyRing } from "./keyRing.ts";
import { createLogBook, logManagement } from "./logBook.ts";
import { wholePlan } from "./plan.ts";
import { createRateLimiter, type RateLimit, type RateLimiter } from "./rateLimit.ts";
import { clientGrantRoutes } from "./routes/clientGrants.ts";
import { clientRoutes } from "./routes/clients.ts";
import { connectionRoutes } from "./routes/connections.ts";
import { credentialRoutes } from "./routes/credentials.ts";
import { logRoutes } from "./routes/logs.ts";
import { organizationRoutes } from "./routes/organizations.ts";
import { pathChecks } from "./routes/pathChecks.ts";
import { resourceServerRoutes } from "./routes/resourceServers.ts";
import { signingKeyRoutes } from "./routes/signingKeys.ts";
import { tenantSettingsRoutes } from "./routes/tenantSettings.ts";
import { tokenRoutes } from "./routes/token.ts";
import { wellKnownRoutes } from "./routes/wellKnown.ts";
import type { Store } from "./store.ts";
import { issuerOf, type Tenant } from "./tenant.ts";
import { createTokenQuotas, type TokenQuotas } from "./tokenQuota.ts";

export interface TenantOptions {
  /** Host and port, e.g. `localhost:8443`. */
  domain: string;
  /** A second host and port under which it answers with an issuer of its own. @default none */
  customDomain?: string | undefined;
  /** @default "none" */
  rateLimit?: RateLimit;
  /** @default nobody reads it */
  report?: Report;
}

export interface TenantApp {
  tenant: Tenant;
  faults: FaultBook;
  rateLimiter: RateLimiter;
  quotas: TokenQuotas;
  fetch(request: Request, bindings?: unknown): Promise<Response>;
}

/**
 * A tenant over a store; listening is someone else's job.
 *
 * @example
 * const tenant = createTenant(openStore(":memory:"), { domain: "localhost" });
 * const response = await tenant.fetch(new Request("https://localhost/.well-known/jwks.json"));
 */
export function createTenant(store: Store, options: TenantOptions): TenantApp {
  const clock = createClock();
  const host = options.domain.replace(/:\d+$/, "");
  const tenant: Tenant = {
    store,
    clock,
    keys: createKeyRing(store, clock, () => host),
    plan: { ...wholePlan },
    domain: options.domain,
    customDomain: options.customDomain,
    report: options.report ?? noReport,
  };
  const faults = createFaultBook();
  const rateLimiter = createRateLimiter(options.rateLimit ?? "none", clock);
  const quotas = createTokenQuotas();
  const app = assemble(tenant, rateLimiter, quotas);
  return {
    tenant,
    faults,
    rateLimiter,
    quotas,
    fetch: async (request, bindings) => {
      const answer = () => app.fetch(request, bindings as object);
      return (await faults.intercept(request, answer)) ?? answer();
    },
  };
}

function assemble(tenant: Tenant, rateLimiter: RateLimiter, quotas: TokenQuotas): Hono<Environment> {
  const app = new Hono<Environment>();
  const logBook = createLogBook(tenant);
  const allow = allowIn(tenant);

  app.use(async (request, next) => {
    const limits = rateLimiter.take(request.req.method, request.req.path);
    if (limits?.refusal) request.res = limits.refusal.toResponse();
    else await next();
    for (const [name, value] of Object.entries(limits?.headers ?? {})) request.res.headers.set(name, value);
  });
  app.use("/api/v2/*", async (request, next) => {
    await next();
    if (request.req.method !== "GET" && request.res.status !== 429)
      await logManagement(tenant, logBook, request);
  });

  app.route("/.well-known", wellKnownRoutes(tenant));
  app.route("/oauth/token", tokenRoutes(tenant, logBook, quotas));
  app.route("/api/v2/resource-servers", resourceServerRoutes(tenant, allow));
  app.route("/api/v2/clients/:id/credentials", credentialRoutes(tenant, allow));
  app.route("/api/v2/clients", clientRoutes(tenant, allow));
  app.route("/api/v2/client-grants", clientGrantRoutes(tenant, allow));
  app.route("/api/v2/keys/signing", signingKeyRoutes(tenant, allow));
  app.route("/api/v2/logs", logRoutes(tenant, allow));
  app.route("/api/v2/tenants/settings", tenantSettingsRoutes(tenant, allow));
  app.route("/api/v2/connections", connectionRoutes(tenant, allow));
  app.route("/api/v2/organizations", organizationRoutes(tenant, allow));
  app.route("/api/v2", pathChecks(allow));
  app.get("/", () => jsonAnswer({ issuer: issuerOf(tenant), about: "A local, Auth0-compatible tenant." }));

  app.notFound(() => apiError(404, "Not Found").toResponse());
  app.onError((error) => {
    if (error instanceof Refusal) return error.toResponse();
    tenant.report({
      level: "warning",
      code: "unexpected_failure",
      message: `Unexpected failure of the local tenant: ${error.stack ?? error.message}`,
    });
    return apiError(500, "Internal Server Error").toResponse();
  });
  return app;
}
