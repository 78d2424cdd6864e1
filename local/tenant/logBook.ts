/**
 * The tenant log: an entry for each write to the Management API and each token issued or refused.
 *
 * Types and fields follow Auth0's documentation, not recordings.
 */
import { randomBytes } from "node:crypto";
import type { Refusal } from "./errors.ts";
import type { Request } from "./http.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import type { LogEntry } from "./store/logs.ts";
import type { Tenant } from "./tenant.ts";
import { tenantName } from "./tenant.ts";

export type LogType = "sapi" | "fapi" | "seccft" | "feccft";

export interface LogBook {
  write(request: Request, type: LogType, description: string, rest: JsonObject): void;
}

export function createLogBook(tenant: Tenant): LogBook {
  let sequence = 0;
  const thisRun = randomBytes(6).toString("hex");
  return {
    write(request, type, description, rest) {
      const date = new Date(tenant.clock.now()).toISOString();
      // Sorts by time and is unique, as Auth0's are.
      const id = `900${date.replaceAll(/\D/g, "")}${String(sequence++ % 1_000_000).padStart(6, "0")}${thisRun}`;
      const entry: LogEntry = {
        date,
        type,
        description,
        connection_id: "",
        ip: remoteAddress(request),
        user_agent: request.req.header("user-agent") ?? "",
        ...rest,
        $event_schema: { version: "1.0.0" },
        hostname: tenant.domain,
        tenant_name: tenantName(tenant),
        log_id: id,
        _id: id,
        isMobile: false,
      };
      if (type === "sapi" || type === "fapi") tenant.store.logs.insert(entry);
      else tenant.store.logs.insertSoon(entry);
    },
  };
}

export interface TokenEvent {
  clientId: string;
  clientName: string;
  audience: string;
  scope: string;
  refusal: Refusal | undefined;
}

/** `seccft` or `feccft`. */
export function logToken(logBook: LogBook, request: Request, event: TokenEvent): void {
  const { clientId, clientName, audience, scope, refusal } = event;
  const shared = {
    client_id: clientId,
    client_name: clientName,
    user_id: "",
    user_name: "",
    audience,
    scope,
  };
  if (refusal) {
    logBook.write(request, "feccft", refusal.message, { ...shared, details: { error: { ...refusal.body } } });
  } else {
    logBook.write(request, "seccft", "Client Credentials for Access Token", shared);
  }
}

/** `sapi` or `fapi`: what was asked, what was answered, secrets masked in both. */
export async function logManagement(tenant: Tenant, logBook: LogBook, request: Request): Promise<void> {
  const { status } = request.res;
  const caller = request.get("caller") as { clientId: string; scopes: ReadonlySet<string> } | undefined;
  const answer = await request.res.clone().text();
  const method = request.req.method.toLowerCase();
  const path = new URL(request.req.url).pathname;
  const client = caller && tenant.store.clients.byId(caller.clientId);
  const name = typeof client?.body.name === "string" ? client.body.name : "";
  const userId = caller ? `${caller.clientId}@clients` : "";
  logBook.write(request, status < 400 ? "sapi" : "fapi", describe(method, path), {
    client_id: caller?.clientId ?? "",
    client_name: name,
    user_id: userId,
    user_name: "",
    details: {
      request: {
        method,
        path,
        query: request.req.query(),
        userAgent: request.req.header("user-agent") ?? "",
        body: mask(request.get("body") ?? {}),
        channel: "api",
        ip: remoteAddress(request),
        auth: {
          user: { user_id: userId, name, email: "" },
          strategy: "jwt",
          credentials: { scopes: [...(caller?.scopes ?? [])] },
        },
      },
      response: { statusCode: status, body: mask(parse(answer)) },
    },
  });
}

const nouns: readonly (readonly [pattern: RegExp, noun: string])[] = [
  [/\/clients\/[^/]+\/rotate-secret$/, "a client secret"],
  [/\/clients\/[^/]+\/credentials/, "a client credential"],
  [/\/clients/, "a client"],
  [/\/organizations\/[^/]+\/client-grants/, "an organization client grant"],
  [/\/client-grants/, "client grants"],
  [/\/resource-servers/, "a resource server"],
  [/\/keys\/signing/, "the Application Signing Keys"],
  [/\/tenants\/settings/, "tenant settings"],
  [/\/connections/, "a connection"],
  [/\/organizations/, "an organization"],
];

function describe(method: string, path: string): string {
  const noun = nouns.find(([pattern]) => pattern.test(path))?.[1] ?? "a resource";
  if (path.endsWith("/rotate-secret") || path.endsWith("/signing/rotate")) return `Rotate ${noun}`;
  if (path.endsWith("/revoke")) return `Revoke ${noun}`;
  const verb = { post: "Create", patch: "Update", put: "Set", delete: "Delete" }[method] ?? "Read";
  return `${verb} ${noun}`;
}

const secretKeys = new Set([
  "client_secret",
  "signing_secret",
  "pem",
  "key",
  "pkcs7",
  "cert",
  "client_assertion",
]);
const masked = "*****";

/** The same shape with every secret replaced. */
function mask(value: Json): Json {
  if (Array.isArray(value)) return value.map(mask);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      secretKeys.has(key) && typeof child === "string" ? masked : mask(child),
    ]),
  );
}

function parse(text: string): Json {
  try {
    return text === "" ? {} : (JSON.parse(text) as Json);
  } catch {
    return {};
  }
}

function remoteAddress(request: Request): string {
  // The server's adapter hands over the socket; a request made in the same process has none.
  const bindings = request.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined;
  return bindings?.incoming?.socket?.remoteAddress ?? "127.0.0.1";
}
