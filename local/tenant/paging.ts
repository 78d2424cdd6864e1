/** The two ways in which the Management API pages: by page number, and by checkpoint (`from`, `take`). */
import { jsonAnswer } from "./answer.ts";
import { apiError } from "./errors.ts";
import { booleanQuery, integerQuery, type Request } from "./http.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Listed, Page } from "./store/page.ts";

/**
 * How far `page` reaches where Auth0 documents an end: organizations and logs. For the other families none is known,
 * and exports of tenants with thousands of clients page on.
 */
export const furthestRecord = 1000;

export interface PageLimits {
  /** Least `per_page`. @default 1 */
  smallest?: number;
  /** Records that can be reached. @default all */
  furthest?: number;
}

/** `page` and `per_page`. @throws Refusal `invalid_paging` beyond the last record that can be reached. */
export function pageQuery(
  request: Request,
  { smallest = 1, furthest = Number.POSITIVE_INFINITY }: PageLimits = {},
): Page {
  const page = integerQuery(request, "page", { minimum: 0 }) ?? 0;
  const limit = integerQuery(request, "per_page", { minimum: smallest, maximum: 100 }) ?? 50;
  const start = page * limit;
  if (start > 0 && start + limit > furthest) {
    throw apiError(
      400,
      `Requesting page exceeds the allowed maximum of ${furthest} records.`,
      "invalid_paging",
    );
  }
  return { start, limit };
}

/** A bare array, or `{total, start, limit, <name>}` when `include_totals` asks for it. */
export function paged<Item>(
  request: Request,
  name: string,
  listed: Listed<Item>,
  show: (item: Item) => Json,
): Response {
  const items = listed.items.map(show);
  if (booleanQuery(request, "include_totals") !== true) return jsonAnswer(items);
  const { start, limit } = listed.page;
  return jsonAnswer({ total: listed.total(), start, limit, [name]: items });
}

export interface Checkpoint {
  /** The cursor of the answer before, undefined for the first. */
  from: string | undefined;
  take: number;
}

/** Undefined when the request does not page by checkpoint. */
export function checkpointQuery(request: Request): Checkpoint | undefined {
  const take = integerQuery(request, "take", { minimum: 1, maximum: 100 });
  const from = request.req.query("from");
  if (take === undefined && (from === undefined || from === "")) return undefined;
  return { from: from || undefined, take: take ?? 50 };
}

/**
 * `{<name>}`, and `next` before it only when there is more.
 *
 * @param found one item more than `take` asks for, if there is one.
 */
export function checkpointed<Item>(
  name: string,
  found: readonly Item[],
  take: number,
  show: (item: Item) => Json,
  cursorOf: (item: Item) => string,
): Response {
  const items = found.slice(0, take);
  const answer: JsonObject = {};
  const last = items.at(-1);
  if (found.length > take && last !== undefined) answer.next = encodeCursor(cursorOf(last));
  answer[name] = items.map(show);
  return jsonAnswer(answer);
}

const encodeCursor = (value: string): string => Buffer.from(value).toString("base64url");

/** @throws Refusal when the cursor is not one that this tenant gave. */
export function decodeCursor(from: string | undefined): string {
  if (from === undefined) return "";
  const value = Buffer.from(from, "base64url").toString("utf8");
  if (!/^[\w-]+$/.test(value)) throw apiError(400, "Invalid checkpoint: from", "invalid_paging");
  return value;
}
