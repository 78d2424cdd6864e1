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
  if (property.output || property.unwatched) return [];
  const replace = property.replace === true;
  const wanted = next ?? property.default;
  if (wanted === undefined || wanted === null) {
    // What the tenant fills in by itself is not the program's business until the program sets it.
    if (property.computed || isZero(old)) return [];
    return property.type === "map"
      ? compareMaps(path, old, {}, replace)
      : [{ path, kind: "delete", replace }];
  }
  // A write-only value is never in state; its version says when it changed.
  if (property.writeOnly) return [];
  if (holdsUnknown(wanted)) return [{ path, kind: old === undefined ? "add" : "update", replace }];
  if (Array.isArray(wanted) && isZero(old) !== isZero(wanted)) {
    return [{ path, kind: isZero(old) ? "add" : "delete", replace }];
  }
  switch (property.type) {
    case "strings":
      return compareLists(path, listOf(old), listOf(wanted), replace);
    case "map":
      return compareMaps(path, old, wanted, replace);
    case "object":
      return isObject(old) ? compareFields(property, path, old, wanted) : [{ path, kind: "add", replace }];
    case "list":
      return compareElements(property, path, pairByPosition(listOf(old), listOf(wanted)));
    case "set":
      return compareElements(property, path, pairByContent(property, listOf(old), listOf(wanted)));
    default:
      if (old === wanted || (old === undefined && isZero(wanted))) return [];
      return [{ path, kind: old === undefined ? "add" : "update", replace }];
  }
}

function compareFields(property: Nested, path: string, old: Value, next: Value): Difference[] {
  const before = isObject(old) ? old : {};
  const after = isObject(next) ? next : {};
  return entries(property.properties).flatMap(([name, field]) =>
    compare(field, `${path}.${name}`, before[name], after[name]),
  );
}

function compareMaps(path: string, old: Value | undefined, next: Value, replace: boolean): Difference[] {
  const before = isObject(old) ? old : {};
  const after = isObject(next) ? next : {};
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): Difference[] => {
    if (before[key] === after[key]) return [];
    const kind = before[key] === undefined ? "add" : after[key] === undefined ? "delete" : "update";
    const at = /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
    return [{ path: at, kind, replace }];
  });
}

/** Positions of deletions are those in the old list, of additions those in the new one. */
function compareLists(path: string, old: Value[], next: Value[], replace: boolean): Difference[] {
  const kept = commonSubsequence(old, next);
  const gone = [...old.keys()].filter((index) => !kept.some(([before]) => before === index));
  const come = [...next.keys()].filter((index) => !kept.some(([, after]) => after === index));
  return [
    ...gone.map((index): Difference => ({ path: `${path}[${index}]`, kind: "delete", replace })),
    ...come.map((index): Difference => ({ path: `${path}[${index}]`, kind: "add", replace })),
  ];
}

/** The longest list of equal elements that both have in the same order, as pairs of their positions. */
function commonSubsequence(a: Value[], b: Value[]): [number, number][] {
  let best: [number, number][][] = b.map(() => []);
  for (const [row, value] of a.entries()) {
    const next: [number, number][][] = [];
    for (const [column, other] of b.entries()) {
      const [above, left, corner] = [best[column] ?? [], next[column - 1] ?? [], best[column - 1] ?? []];
      if (value === other) next.push([...corner, [row, column]]);
      else next.push(left.length > above.length ? left : above);
    }
    best = next;
  }
  return best.at(-1) ?? [];
}

interface Pair {
  readonly old?: { readonly value: Value; readonly at: number };
  readonly next?: { readonly value: Value; readonly at: number };
}

function compareElements(property: Nested, path: string, pairs: readonly Pair[]): Difference[] {
  const replace = property.replace === true;
  return pairs.flatMap(({ old, next }): Difference[] => {
    const gone: Difference[] = old ? [{ path: `${path}[${old.at}]`, kind: "delete", replace }] : [];
    const come: Difference[] = next ? [{ path: `${path}[${next.at}]`, kind: "add", replace }] : [];
    if (!old || !next) return [...gone, ...come];
    const fields = compareFields(property, `${path}[${next.at}]`, old.value, next.value);
    // A path is read in the old list as well as in the new one, so it has to mean the same element in both.
    return fields.length === 0 || old.at === next.at ? fields : [...gone, ...come];
  });
}

function pairByPosition(old: Value[], next: Value[]): Pair[] {
  return Array.from({ length: Math.max(old.length, next.length) }, (_, at) => {
    const [before, after] = [old[at], next[at]];
    return {
      ...(before === undefined ? {} : { old: { value: before, at } }),
      ...(after === undefined ? {} : { next: { value: after, at } }),
    };
  });
}

/** Pairs the elements of two sets: equal ones first, then those with most in common, so that a diff reads well. */
export function pairByContent(property: Nested, old: readonly Value[], next: readonly Value[]): Pair[] {
  const candidates = next
    .flatMap((wanted, to) =>
      old.map((had, from) => ({ from, to, score: likeness(property.properties, had, wanted) })),
    )
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  const partners = new Map<number, number>();
  const taken = new Set<number>();
  for (const { from, to } of candidates) {
    if (partners.has(to) || taken.has(from)) continue;
    partners.set(to, from);
    taken.add(from);
  }
  const matched = next.map((value, at): Pair => {
    const from = partners.get(at);
    const had = from === undefined ? undefined : old[from];
    return {
      next: { value, at },
      ...(had === undefined || from === undefined ? {} : { old: { value: had, at: from } }),
    };
  });
  const left = old.flatMap((value, at): Pair[] => (taken.has(at) ? [] : [{ old: { value, at } }]));
  return [...matched, ...left];
}

/** How much two elements agree: the number of equal fields, of which the first counts most. */
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
