/** How values of a tenant's objects are compared: Auth0 treats several of them alike. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Equal after what Auth0 treats alike: order and repetition in lists, and absent, null, false or empty. */
export function same(left: Json | undefined, right: Json | undefined): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: Json | undefined): string {
  return isUnset(value) ? "" : JSON.stringify(normalised(value));
}

function normalised(value: Json | undefined): Json {
  if (Array.isArray(value)) {
    return [...new Set(value.map((item) => JSON.stringify(normalised(item))))].sort();
  }
  if (isRecord(value)) {
    const entries = Object.entries(value).filter(([, item]) => !isUnset(item as Json));
    return Object.fromEntries(
      entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, normalised(item as Json)]),
    );
  }
  return (value ?? null) as Json;
}

/** The value at a path whose parts are joined by dots. */
export function valueAt(object: Readonly<Record<string, unknown>>, property: string): Json | undefined {
  let current: unknown = object;
  for (const part of property.split(".")) {
    if (!isRecord(current) || !Object.hasOwn(current, part)) return undefined;
    current = current[part];
  }
  return current as Json;
}

/** Puts a value at such a path of an object that is being made. */
export function setAt(into: Record<string, unknown>, property: string, value: unknown): void {
  const [name = "", below] = property.split(/\.(.*)/);
  if (below === undefined) {
    into[name] = value;
    return;
  }
  const inner: Record<string, unknown> = isRecord(into[name]) ? { ...into[name] } : {};
  setAt(inner, below, value);
  into[name] = inner;
}

/** Absent, null, false, empty, or made of nothing else: Auth0 treats these alike. */
export function isUnset(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every(isUnset);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
