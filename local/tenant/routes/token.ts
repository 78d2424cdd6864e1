/** `POST /oauth/token`: access tokens for applications that act for themselves. */
import { Hono } from "hono";
import { jsonAnswer } from "../answer.ts";
import { authenticateClient, readBasic, type TokenParameters } from "../clientAuthentication.ts";
import { createEntitlements, type Entitlements } from "../entitlements.ts";
import { Refusal, tokenError } from "../errors.ts";
import { type Environment, type Request, readJson, readText } from "../http.ts";
import { isObject } from "../json.ts";
import { type LogBook, logToken } from "../logBook.ts";
import type { ClientGrant } from "../store/clientGrants.ts";
import type { Client } from "../store/clients.ts";
import { issuerAt, type Tenant } from "../tenant.ts";
import type { TokenQuotas } from "../tokenQuota.ts";
import { issueToken } from "../tokens.ts";

interface TokenEndpoint {
  tenant: Tenant;
  quotas: TokenQuotas;
  entitlements: Entitlements;
  /** Of the domain that the request was sent to. */
  issuer: string;
}

export function tokenRoutes(tenant: Tenant, logBook: LogBook, quotas: TokenQuotas): Hono<Environment> {
  const app = new Hono<Environment>();
  const entitlements = createEntitlements(tenant.store);
  app.post("/", async (request) => {
    const parameters = await readParameters(request);
    const authorization = request.req.header("authorization");
    try {
      const endpoint = { tenant, quotas, entitlements, issuer: issuerAt(tenant, request.req.url) };
      const answer = await exchange(endpoint, parameters, authorization);
      logToken(logBook, request, { ...answer.logged, refusal: undefined });
      return jsonAnswer(answer.body, { headers: { "cache-control": "no-store", pragma: "no-cache" } });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const clientId = readBasic(authorization)?.clientId ?? parameters.client_id ?? "";
      logToken(logBook, request, {
        clientId,
        clientName: nameOf(tenant.store.clients.byId(clientId)),
        audience: parameters.audience ?? "",
        scope: parameters.scope ?? "",
        refusal: error,
      });
      throw error;
    }
  });
  return app;
}

async function readParameters(request: Request): Promise<TokenParameters> {
  const type = request.req.header("content-type") ?? "";
  if (type.includes("application/x-www-form-urlencoded")) {
    const form = new URLSearchParams(await readText(request));
    // RFC 6749 section 3.2: parameters must not be given more than once.
    const repeated = [...form.keys()].find((key, index, keys) => keys.indexOf(key) !== index);
    if (repeated !== undefined)
      throw tokenError(400, "invalid_request", `Parameter given more than once: ${repeated}`);
    return Object.fromEntries([...form].filter(([, value]) => value !== ""));
  }
  const body = await readJson(request).catch((error: unknown) => {
    if (error instanceof Refusal && error.status === 400)
      throw tokenError(400, "invalid_request", error.message);
    throw error;
  });
  if (!isObject(body)) throw tokenError(400, "invalid_request", "Missing required parameter: grant_type");
  const strings: Record<string, string> = {};
  for (const [key, value] of Object.entries(body)) {
    if (typeof value === "string") strings[key] = value;
    else if (value !== null) throw tokenError(400, "invalid_request", `Parameter must be a string: ${key}`);
  }
  return strings;
}

/** Grant types that exist but lead nowhere without users, and what they answer. */
const otherGrants: Readonly<Record<string, { needs: string; text: string }>> = {
  authorization_code: { needs: "code", text: "Invalid authorization code" },
  refresh_token: { needs: "refresh_token", text: "Unknown or invalid refresh token." },
  password: { needs: "username", text: "Wrong email or password." },
};

async function exchange(
  endpoint: TokenEndpoint,
  parameters: TokenParameters,
  authorization: string | undefined,
) {
  const { grant_type: grantType } = parameters;
  if (!grantType) throw tokenError(400, "invalid_request", "Missing required parameter: grant_type");
  const other = Object.hasOwn(otherGrants, grantType) ? otherGrants[grantType] : undefined;
  if (grantType !== "client_credentials" && !other) {
    throw tokenError(400, "unsupported_grant_type", "Grant type not supported");
  }
  if (other && parameters[other.needs] === undefined) {
    throw tokenError(400, "invalid_request", `Missing required parameter: ${other.needs}`);
  }
  const client = await authenticateClient(
    endpoint.tenant,
    endpoint.entitlements.client,
    parameters,
    authorization,
  );
  const allowed = Array.isArray(client.body.grant_types) ? client.body.grant_types : [];
  if (!allowed.includes(grantType)) {
    throw tokenError(403, "unauthorized_client", `Grant type '${grantType}' not allowed for the client.`, {
      error_uri: "https://auth0.com/docs/clients/client-grant-types",
    });
  }
  if (other) throw tokenError(403, "invalid_grant", other.text);
  return clientCredentials(endpoint, client, parameters);
}

async function clientCredentials(
  { tenant, quotas, entitlements, issuer }: TokenEndpoint,
  client: Client,
  parameters: TokenParameters,
) {
  const settings = tenant.store.facts.get<Record<string, never>>("settings") ?? {};
  const audience = requestedAudience(parameters, settings);
  const { api, grant, scopes: granted } = entitlements.of(client, audience);
  const organizationId = requestedOrganization(tenant, grant, parameters.organization);
  const scopes = narrow(granted, parameters.scope);
  quotas.take(client, tenant.clock.now());
  const { token, expiresIn } = await issueToken(tenant, {
    clientId: client.clientId,
    api,
    scopes,
    organizationId,
    issuer,
  });
  const scope = scopes.join(" ");
  return {
    body: {
      access_token: token,
      ...(scope !== "" && { scope }),
      expires_in: expiresIn,
      token_type: "Bearer",
    },
    logged: { clientId: client.clientId, clientName: nameOf(client), audience, scope },
  };
}

function requestedAudience(parameters: TokenParameters, settings: Record<string, unknown>): string {
  const profile = settings.resource_parameter_profile === "compatibility" ? parameters.resource : undefined;
  const fallback = typeof settings.default_audience === "string" ? settings.default_audience : undefined;
  const audience = parameters.audience || profile || fallback;
  if (audience) return audience;
  const text = "No audience parameter was provided, and no default audience has been configured";
  throw tokenError(403, "access_denied", text);
}

/** Only what was asked for, or everything when nothing was. @throws Refusal when more is asked than was granted. */
function narrow(granted: readonly string[], requested: string | undefined): readonly string[] {
  const wanted = new Set((requested ?? "").split(" ").filter((scope) => scope !== ""));
  if (wanted.size === 0) return granted;
  const missing = [...wanted].filter((scope) => !granted.includes(scope));
  if (missing.length > 0) {
    throw tokenError(403, "access_denied", `Client has not been granted scopes: ${missing.join(", ")}`);
  }
  return granted.filter((scope) => wanted.has(scope));
}

/** Texts of these refusals are ours; Auth0's are not published. */
function requestedOrganization(tenant: Tenant, grant: ClientGrant, organization: string | undefined) {
  const usage = grant.organization_usage ?? "deny";
  if (organization === undefined) {
    if (usage === "require") throw tokenError(403, "access_denied", "organization parameter is required");
    return undefined;
  }
  const found = tenant.store.documents.byId("organization", organization);
  if (!found) throw tokenError(403, "access_denied", "No organization found by that id or name");
  const assigned = tenant.store.clientGrants.organizationsOf(grant.id).includes(organization);
  if (usage === "deny" || !(grant.allow_any_organization === true || assigned)) {
    throw tokenError(403, "access_denied", "Client is not authorized to use this organization");
  }
  return organization;
}

function nameOf(client: Client | undefined): string {
  return typeof client?.body.name === "string" ? client.body.name : "";
}
