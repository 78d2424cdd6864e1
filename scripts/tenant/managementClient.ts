/** Reads and small writes on a tenant's Management API v2: objects, whole lists, and what a write answers. */
import { z } from "zod";
import { ToolError } from "../../lib/errors.ts";
import type { TenantAccess } from "../tokens/managementToken.ts";
import { isAbsent, type ManagementAnswer, valueIn } from "./managementAnswer.ts";
import {
  createManagementRequests,
  type ManagementMethod,
  type ManagementRequests,
  type Query,
  type RequestOptions,
} from "./managementRequests.ts";

export { ManagementError } from "./managementAnswer.ts";

export interface ManagementClient {
  /** The answer of a GET, or undefined where the object does not exist (404). */
  get<T>(path: string, schema: z.ZodType<T>, query?: Query): Promise<T | undefined>;
  /** Every item of a list, page after page, a hundred at a time; `key` names the list in the answer. */
  list<T>(path: string, key: string, item: z.ZodType<T>, query?: Query): Promise<T[]>;
  /** The same a page at a time, for those who may have enough before the end; the next is read when it is asked for. */
  pages<T>(path: string, key: string, item: z.ZodType<T>, query?: Query): AsyncGenerator<Page<T>, void>;
  /** Sends a body and parses the answer. */
  send<T>(
    method: Exclude<ManagementMethod, "GET">,
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
  ): Promise<T>;
  /** Scopes of the token in use; asks for it first. */
  scopes(): Promise<readonly string[]>;
  /** Requests sent so far, tokens not counted. */
  readonly requests: number;
}

/** What those need who only read. */
export type ManagementReads = Pick<ManagementClient, "get" | "list" | "pages">;

/** Up to a hundred items of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Whether another page follows. */
  readonly more: boolean;
}

/** A client for one tenant; the token is asked for with the first request. */
export function createManagementClient(tenant: TenantAccess, options: RequestOptions): ManagementClient {
  const requests = createManagementRequests(tenant, options);
  const pages: ManagementClient["pages"] = (path, key, item, query = {}) =>
    (byCheckpoint.includes(path) ? pagesByCheckpoint : pagesByNumber)(requests, path, key, item, query);
  return {
    get requests() {
      return requests.count;
    },
    async scopes() {
      return (await requests.token()).scopes;
    },
    async get(path, schema, query = {}) {
      const answer = await requests.send("GET", path, query);
      return isAbsent(answer) ? undefined : valueIn(answer, schema);
    },
    pages,
    async list<T>(path: string, key: string, item: z.ZodType<T>, query?: Query) {
      const all: T[] = [];
      for await (const { items } of pages(path, key, item, query)) all.push(...items);
      return all;
    },
    async send(method, path, body, schema) {
      return valueIn(await requests.send(method, path, {}, body), schema);
    },
  };
}

const pageSize = 100;

/** Families that page by `from` and `take`; pages counted by number end at 1,000 items. */
const byCheckpoint: readonly string[] = ["clients", "client-grants", "connections"];

/** @see https://auth0.com/docs/api/management/v2/clients/get-clients */
async function* pagesByCheckpoint<T>(
  requests: ManagementRequests,
  path: string,
  key: string,
  item: z.ZodType<T>,
  query: Query,
): AsyncGenerator<Page<T>, void> {
  const page = z.object({ [key]: z.array(item), next: z.string().nullish() });
  let from: string | null | undefined;
  do {
    const answer = await requests.send("GET", path, { ...query, take: pageSize, ...(from ? { from } : {}) });
    // A computed key is lost on the type of the schema.
    const { next, ...lists } = valueIn(answer, page) as { next?: string | null } & Record<string, T[]>;
    from = next;
    yield { items: lists[key] ?? [], more: Boolean(from) };
  } while (from);
}

async function* pagesByNumber<T>(
  requests: ManagementRequests,
  path: string,
  key: string,
  item: z.ZodType<T>,
  query: Query,
): AsyncGenerator<Page<T>, void> {
  const schema = z.object({ total: z.number(), [key]: z.array(item) });
  let count = 0;
  for (let page = 0; ; page += 1) {
    const paging = { page, per_page: pageSize, include_totals: true };
    const answer = await requests.send("GET", path, { ...query, ...paging });
    // As above.
    const { total, ...lists } = valueIn(answer, schema) as unknown as { total: number } & Record<string, T[]>;
    const items = lists[key] ?? [];
    count += items.length;
    const more = count < total;
    if (more && items.length < pageSize) throw shorterThanCounted(answer, total);
    yield { items, more };
    if (!more) return;
  }
}

function shorterThanCounted({ label }: ManagementAnswer, total: number): ToolError {
  return new ToolError("unexpected_answer", `${label} gave fewer items than the ${total} it counts.`, {
    hint: "If the tenant was being changed just then, run the command again.",
  });
}
