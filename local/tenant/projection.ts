/** `fields` and `include_fields`: which keys of an object an answer shows. */
import { booleanQuery, type Request } from "./http.ts";
import type { JsonObject } from "./json.ts";

export interface Projection {
  fields: readonly string[];
  include: boolean;
}

/** Undefined when the request asks for whole objects. */
export function projectionQuery(request: Request): Projection | undefined {
  const include = booleanQuery(request, "include_fields") ?? true;
  const fields = (request.req.query("fields") ?? "").split(",").filter((field) => field !== "");
  return fields.length > 0 ? { fields, include } : undefined;
}

/** Keys that the object does not have stay absent; `always` are shown whatever was asked. */
export function project(
  object: JsonObject,
  projection: Projection | undefined,
  always: readonly string[] = [],
): JsonObject {
  if (!projection) return object;
  const { fields, include } = projection;
  return Object.fromEntries(
    Object.entries(object).filter(([key]) => always.includes(key) || fields.includes(key) === include),
  );
}
