/** Finds in the tenant log the entry that explains a finding: who made the change, when, and by which way. */
import { z } from "zod";
import { messageOf } from "../../../lib/errors.ts";
import type { Finding } from "../../differences/finding.ts";
import { type LogEntry, logEntrySchema } from "../../tenant/logEntry.ts";
import { type ManagementClient, ManagementError } from "../../tenant/managementClient.ts";
import type { Cause } from "./reportSchema.ts";

/** A write to the Management API, taken from the log. */
interface Write {
  readonly entry: LogEntry;
  readonly method: string;
  /** Decoded path below `/api/v2/`, in parts. */
  readonly path: readonly string[];
  readonly sent: Readonly<Record<string, unknown>>;
  readonly answered: Readonly<Record<string, unknown>>;
}

export interface Blame {
  /** By finding id. */
  readonly causes: ReadonlyMap<string, Cause>;
  /** Why some findings have none. */
  readonly notes: readonly string[];
}

const pageSize = 100;
/** Auth0 pages searches no further than a thousand entries. */
const mostPages = 10;

/** Successful writes, newest first, read until every finding is explained or the log ends. */
export async function blame(client: ManagementClient, findings: readonly Finding[]): Promise<Blame> {
  const causes = new Map<string, Cause>();
  const writes: Write[] = [];
  let unexplained = [...findings];
  let oldest: string | undefined;
  try {
    for (let page = 0; page < mostPages && unexplained.length > 0; page += 1) {
      const query = { q: "type:sapi", sort: "date:-1", per_page: pageSize, page };
      const entries = (await client.get("logs", z.array(logEntrySchema), query)) ?? [];
      writes.push(...entries.flatMap(writeOf));
      oldest = entries.at(-1)?.date ?? oldest;
      for (const found of unexplained) {
        const write = explain(found, writes);
        if (write) causes.set(found.id, causeOf(write));
      }
      unexplained = findings.filter(({ id }) => !causes.has(id));
      if (entries.length < pageSize) break;
    }
  } catch (error) {
    if (error instanceof ManagementError && error.status === 403) return { causes, notes: [mayNotRead] };
    return { causes, notes: [`The tenant log could not be read, so nobody is named: ${messageOf(error)}`] };
  }
  const since = oldest === undefined ? "it is empty" : `it goes back to ${oldest}`;
  const notes =
    unexplained.length === 0
      ? []
      : [
          `The tenant log does not explain ${unexplained.length} of ${findings.length} differences: ${since}. ` +
            "Auth0 keeps it for 1 to 30 days, by plan.",
        ];
  return { causes, notes };
}

/** Said where the credential has no scope for the log. */
export const mayNotRead =
  "Nobody is named: the credential may not read the tenant log (it lacks the scope read:logs).";

function writeOf(entry: LogEntry): Write[] {
  const request = entry.details?.request;
  const method = request?.method.toUpperCase() ?? "";
  const [, below] = /\/api\/v2\/(.+)$/.exec(request?.path.split("?")[0] ?? "") ?? [];
  if (!request || below === undefined || method === "GET") return [];
  const path = below.split("/").map(decoded);
  return [{ entry, method, path, sent: request.body, answered: entry.details?.response?.body ?? {} }];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(decodeURIComponent(part));
  } catch {
    return part;
  }
}

/** The newest write that could have made the difference. */
function explain(found: Finding, writes: readonly Write[]): Write | undefined {
  const about = aboutObject(found, writes);
  const keys = keysOf(found);
  return writes.find((write) => about(write) && touches(found, write, keys));
}

type Test = (write: Write) => boolean;

function aboutObject({ resource: { object } }: Finding, writes: readonly Write[]): Test {
  const { id, clientId, audience } = object;
  const isId = (value: unknown) => value !== undefined && value === id;
  if (object.type === "resource_server") {
    return ({ path: [family, target], answered, sent }) =>
      family === "resource-servers" &&
      (target === undefined
        ? isId(answered.id) || sent.identifier === audience
        : isId(target) || target === audience);
  }
  if (object.type === "client") {
    return ({ path: [family, target], answered }) =>
      family === "clients" && isId(target ?? answered.client_id);
  }
  if (object.type === "credential") {
    return ({ path: [family, target, below, credential], answered }) =>
      family === "clients" &&
      target === clientId &&
      (below === undefined || (below === "credentials" && isId(credential ?? answered.id)));
  }
  const made = writes.filter(
    ({ path: [family, target], sent }) =>
      family === "client-grants" &&
      target === undefined &&
      sent.audience === audience &&
      (clientId === undefined ? sent.client_id === undefined : sent.client_id === clientId),
  );
  // A grant that is gone and was never recorded is known by the entry that made it.
  const ids = new Set<unknown>(id === undefined ? made.map(({ answered }) => answered.id) : [id]);
  return (write) =>
    write.path[0] === "client-grants" &&
    (write.path[1] === undefined
      ? ids.has(write.answered.id) || (id === undefined && made.includes(write))
      : ids.has(write.path[1]));
}

/** The keys of a request body that set the property. */
function keysOf({ property }: Finding): readonly string[] {
  const [key = ""] = /^\w+/.exec(property) ?? [];
  if (key === "token_endpoint_auth_method") return [key, "client_authentication_methods", "app_type"];
  if (key === "scope") return [key, "allow_all_scopes"];
  if (key === "credentials") return ["client_authentication_methods", "expires_at", "pem", "credential_type"];
  if (key === "cross_origin_authentication") return [key, "cross_origin_auth"];
  return [key];
}

function touches(found: Finding, write: Write, keys: readonly string[]): boolean {
  const gone = found.kind === "missing" && found.actual === null && found.property === "";
  if (write.method === "DELETE") return gone || found.property.startsWith("credentials");
  if (gone) return false;
  if (write.method === "POST" && isAboutMaking(found)) return true;
  return Object.keys(write.sent).length === 0 || keys.some((key) => Object.hasOwn(write.sent, key));
}

/** True where what is found is that an object was made: a grant, a key, or something in the place of what was there. */
function isAboutMaking({ property }: Finding): boolean {
  return /^(id|client_id)$|^(authorized_applications|grants|same_name|credentials)\b/.test(property);
}

function causeOf({ entry, method, path }: Write): Cause {
  const request = entry.details?.request;
  const dashboard = /manage\.|dashboard/i.test(request?.channel ?? "");
  const by = dashboard ? "dashboard" : request?.channel === "api" || entry.client_id ? "api" : "unknown";
  const user = request?.auth?.user;
  const userName = entry.user_name || user?.email || user?.name || entry.user_id || user?.user_id || "";
  const client = entry.client_name ? `${entry.client_name} (${entry.client_id})` : entry.client_id;
  return {
    logId: entry.log_id,
    date: entry.date,
    actor: (by === "dashboard" ? userName || client : client || userName) || "someone unknown",
    by,
    clientId: entry.client_id || null,
    user: userName && !userName.endsWith("@clients") ? userName : null,
    ip: entry.ip || request?.ip || null,
    description: entry.description,
    request: `${method} /api/v2/${path.join("/")}`,
  };
}
