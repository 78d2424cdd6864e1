/** Property values as they travel between engine and provider: plain JSON, secrets in an envelope, unknowns as a marker. */

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = { [key: string]: Value };

/** Stands for a value that is only known after the update (`UnknownStringValue` of Pulumi's protocol). */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Wraps a value so that the engine encrypts it in state and hides it in its output. */
export function secret(value: Value): Value {
  return isSecret(value) ? value : { [signatureKey]: secretSignature, value };
}

export function isSecret(value: Value | undefined): boolean {
  return isObject(value) && value[signatureKey] === secretSignature;
}

export function isObject(value: Value | undefined): value is { [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isUnknown(value: Value | undefined): boolean {
  return value === unknown;
}

/** The value without its envelopes, at any depth. */
export function plain(value: Value): Value {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if (isSecret(value)) return plain(value.value ?? null);
  return mapValues(value, plain);
}

/** Plain properties, without the engine's own keys (`__defaults`, `__meta` and their like). */
export function plainProperties(properties: Properties): Properties {
  return withoutInternal(plain(properties)) as Properties;
}

/** True when a secret is anywhere in the value. */
export function holdsSecret(value: Value | undefined): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  if (!isObject(value)) return false;
  return isSecret(value) || Object.values(value).some(holdsSecret);
}

/** True when some part of the value is not known yet. */
export function holdsUnknown(value: Value | undefined): boolean {
  if (Array.isArray(value)) return value.some(holdsUnknown);
  if (isObject(value)) return Object.values(value).some(holdsUnknown);
  return isUnknown(value);
}

/** What an absent value and these have in common: nothing is set (`""`, `false`, `0`, empty list or object). */
export function isZero(value: Value | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return !value;
}

export function mapValues(
  properties: Properties,
  change: (value: Value, key: string) => Value | undefined,
): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(properties)) {
    const changed = change(value, key);
    if (changed !== undefined) result[key] = changed;
  }
  return result;
}

function withoutInternal(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutInternal);
  if (!isObject(value)) return value;
  return mapValues(value, (inner, key) =>
    key.startsWith("__") || inner === null ? undefined : withoutInternal(inner),
  );
}
