/** The JSON values that the tenant stores, receives and answers with. */

export type Json = null | boolean | number | string | Json[] | JsonObject;

export interface JsonObject {
  [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How deeply arrays and objects lie in each other; an empty object counts 1. Never recurses. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === "\\") index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return deepest;
}

/** The object with its keys in the order that `order` gives; keys it does not name follow as they were. */
export function inOrder(object: JsonObject, order: readonly string[]): JsonObject {
  const sorted: JsonObject = {};
  for (const key of order) if (object[key] !== undefined) sorted[key] = object[key];
  for (const [key, value] of Object.entries(object)) if (!(key in sorted)) sorted[key] = value;
  return sorted;
}

/** A copy without the keys named. */
export function without(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
