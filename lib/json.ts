/** JSON that may be none: answers of servers, and files that a user or a crash may have changed. */

/** The value, for a schema to judge; undefined for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
