/** What differs between a resource's state and what the program asks for, by the official plugin's rules. */
import { entries, type Nested, type Property, type Table } from "./schema.ts";
import { holdsUnknown, isObject, isZero, type Properties, type Value } from "./values.ts";

export interface Difference {
  /** As Pulumi writes property paths: `scopes[2].description`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  /** The object has to be replaced for it. */
  readonly replace: boolean;
}

/** All differences between the outputs in state and the inputs of the program; both without secret envelopes. */
export function differences(table: Table, state: Properties, inputs: Properties): Difference[] {
  return entries(table).flatMap(([name, property]) => compare(property, name, state[name], inputs[name]));
}

/** Every path that a list of differences touches, and those above it, without positions: `scopes`, `scopes.description`. */
export function touched(found: readonly Difference[]): Set<string> {
  const paths = new Set<string>();
  for (const { path } of found) {
    const parts = path.replaceAll(/\[[^\]]*\]/g, "").split(".");
    for (let length = 1; length <= parts.length; length++) paths.add(parts.slice(0, length).join("."));
  }
  return paths;
}

/** The top-level property of a path: `scopes` of `scopes[2].description`. */
export function topLevel(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? path;
}

function compare(
  property: Property,
  path: string,
  old: Value | undefined,
  next: Value | undefined,
): Difference[] {
  if (property.output) return [];
  const replace = property.replace === true;
  const wanted = next ?? property.default;
  if (wanted === undefined || wanted === null) {
    // What the tenant fills in by itself is not the program's business until the program sets it.
    return property.computed || isZero(old) ? [] : [{ path, kind: "delete", replace }];
  }
  // A write-only value is never in state; its version says when it changed.
  if (property.writeOnly) return [];
  if (holdsUnknown(wanted)) return [{ path, kind: old === undefined ? "add" : "update", replace }];
  switch (property.type) {
    case "strings":
      return compareLists(path, listOf(old), listOf(wanted), replace);
    case "map":
      return compareMaps(path, isObject(old) ? old : {}, isObject(wanted) ? wanted : {}, replace);
    case "object":
      return compareFields(property, path, old, wanted);
    case "list":
      return compareElements(property, path, pairByPosition(listOf(old), listOf(wanted)));
    case "set":
      return compareElements(property, path, pairByContent(property, listOf(old), listOf(wanted)));
    default:
      if (old === wanted || (old === undefined && isZero(wanted))) return [];
      return [{ path, kind: old === undefined || old === "" ? "add" : "update", replace }];
  }
}

function compareFields(property: Nested, path: string, old: Value | undefined, next: Value): Difference[] {
  const before = isObject(old) ? old : {};
  const after = isObject(next) ? next : {};
  return entries(property.properties).flatMap(([name, field]) =>
    compare(field, `${path}.${name}`, before[name], after[name]),
  );
}

function compareLists(path: string, old: Value[], next: Value[], replace: boolean): Difference[] {
  return pairByPosition(old, next).flatMap(([before, after], index): Difference[] => {
    if (before === after) return [];
    const kind = before === undefined ? "add" : after === undefined ? "delete" : "update";
    return [{ path: `${path}[${index}]`, kind, replace }];
  });
}

function compareMaps(path: string, old: Properties, next: Properties, replace: boolean): Difference[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].sort();
  return keys.flatMap((key): Difference[] => {
    if (old[key] === next[key]) return [];
    const kind = old[key] === undefined ? "add" : next[key] === undefined ? "delete" : "update";
    return [
      {
        path: /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`,
        kind,
        replace,
      },
    ];
  });
}

type Pair = [old: Value | undefined, next: Value | undefined];

function compareElements(property: Nested, path: string, pairs: readonly Pair[]): Difference[] {
  const replace = property.replace === true;
  return pairs.flatMap(([old, next], index): Difference[] => {
    const at = `${path}[${index}]`;
    if (old === undefined) return [{ path: at, kind: "add", replace }];
    if (next === undefined) return [{ path: at, kind: "delete", replace }];
    return compareFields(property, at, old, next);
  });
}

function pairByPosition(old: Value[], next: Value[]): Pair[] {
  return Array.from({ length: Math.max(old.length, next.length) }, (_, index) => [old[index], next[index]]);
}

/** Pairs the elements of two sets: equal ones first, then those with most in common, so that a diff reads well. */
export function pairByContent(property: Nested, old: Value[], next: Value[]): Pair[] {
  const left = new Set(old);
  const partners = new Map<Value, Value>();
  const candidates = next
    .flatMap((wanted) =>
      old.map((had) => ({ wanted, had, score: likeness(property.properties, had, wanted) })),
    )
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  for (const { wanted, had } of candidates) {
    if (partners.has(wanted) || !left.has(had)) continue;
    partners.set(wanted, had);
    left.delete(had);
  }
  const pairs: Pair[] = next.map((wanted) => [partners.get(wanted), wanted]);
  return [...pairs, ...[...left].map((had): Pair => [had, undefined])];
}

/** How much two elements agree: the number of equal fields, weighted by how much they tell apart. */
function likeness(table: Table, a: Value, b: Value): number {
  if (!isObject(a) || !isObject(b)) return 0;
  return entries(table).reduce((score, [name, field], position) => {
    if (field.output || isZero(b[name]) || a[name] !== b[name]) return score;
    return score + (position === 0 ? 10 : 1);
  }, 0);
}

function listOf(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}
