/** Compares the properties of one tenant object with what each should hold, and notices those nobody speaks of. */
import { isRecord, isUnset, same, valueAt } from "../../infra/model/properties/compare.ts";
import type { Fields } from "../../infra/model/properties/property.ts";
import { looksSecret } from "../../infra/model/secrets.ts";
import type { PropertyRule, PropertyRules } from "./expectations.ts";
import type { Json, Severity } from "./finding.ts";
import { element } from "./paths.ts";

export interface Difference {
  readonly property: string;
  readonly kind: "changed" | "unmanaged";
  readonly expected: Json;
  readonly actual: Json;
  readonly weakened: boolean;
  readonly severity: Severity;
  /** The fields of the model that would ask for the value that is there; absent where no model can. */
  readonly declaration?: Fields | undefined;
}

export type WireObject = Readonly<Record<string, unknown>>;

/**
 * Every property that is not as it should be; a property without a rule should be unset.
 * @param ignored Properties that say nothing, such as ids.
 */
export function compareProperties(
  rules: PropertyRules,
  ignored: readonly string[],
  actual: WireObject,
): Difference[] {
  const differences: Difference[] = [];
  for (const [property, rule] of Object.entries(rules)) {
    const found = valueAt(actual, property);
    if (rule.byKey) {
      differences.push(...compareKeys(property, rule, found));
      continue;
    }
    const value = rule.namesOnly ? namesOf(found) : found;
    const expected = rule.value;
    if (same(value, expected) || rule.accepts?.(value, rule.fields)) continue;
    const reported = shown(value, property);
    differences.push({
      property,
      kind: rule.declared ? "changed" : "unmanaged",
      expected: expected ?? null,
      actual: reported,
      weakened: rule.weaker?.(expected, value) ?? false,
      severity: rule.severity ?? "medium",
      // What must not be shown must not be written into a model either.
      declaration: value !== undefined && same(value, reported) ? rule.declare?.(value) : undefined,
    });
  }
  const known = new Set([...Object.keys(rules), ...ignored]);
  for (const [property, value, name] of leaves(actual, known)) {
    differences.push({
      property,
      kind: "unmanaged",
      expected: null,
      actual: shown(value, name),
      weakened: false,
      severity: "medium",
    });
  }
  return differences;
}

/** What was lost, changed and added in a map; each key is a property of its own. */
function compareKeys(map: string, { value: wanted, declare }: PropertyRule, found: unknown): Difference[] {
  const expected = isRecord(wanted) ? wanted : {};
  const actual = isRecord(found) ? found : {};
  return [...new Set([...Object.keys(expected), ...Object.keys(actual)])].flatMap((key) => {
    // Their values are JSON, as the maps are.
    const [from, to] = [expected[key], actual[key]] as [Json | undefined, Json | undefined];
    if (from === to || (from === undefined && isUnset(to))) return [];
    const reported = shown(to, key);
    return {
      property: element(map, key),
      kind: from === undefined ? ("unmanaged" as const) : ("changed" as const),
      expected: from ?? null,
      actual: reported,
      weakened: false,
      severity: "medium" as const,
      declaration: to !== undefined && same(to, reported) ? declare?.({ [key]: to }) : undefined,
    };
  });
}

/** Set properties below no known path, as deep as their objects go: path, value, and the last name of the path. */
function* leaves(
  object: WireObject,
  known: ReadonlySet<string>,
  parent?: string,
): Generator<[property: string, value: Json, name: string]> {
  for (const [key, value] of Object.entries(object)) {
    const property = parent === undefined ? key : element(parent, key);
    if (known.has(property) || isUnset(value)) continue;
    if (isRecord(value)) yield* leaves(value, known, property);
    else yield [property, value as Json, key];
  }
}

const secretName =
  /secret|passw|passphrase|passcode|pwd|private|token$|credential|api_?key|dsn$|hook|pem$|cert$|signing_keys?/i;
/** Name and password before the host of an address. */
const userInAddress = /:\/\/[^/\s@]*:[^/\s@]+@/;

/** A value fit for a report: whatever may be a secret is left out. */
export function shown(value: unknown, name = ""): Json {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") {
    return secretName.test(name.slice(name.lastIndexOf(".") + 1)) ||
      looksSecret(value) ||
      userInAddress.test(value)
      ? "(not shown)"
      : value;
  }
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((item) => shown(item, name));
  return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, shown(item, key)]));
}

/** What is switched on by being there, with or without settings of its own. */
function namesOf(value: Json | undefined): Json | undefined {
  if (!isRecord(value)) return value;
  const there = Object.entries(value).filter(([, item]) => isRecord(item) || !isUnset(item));
  return there.map(([name]) => name).sort();
}
