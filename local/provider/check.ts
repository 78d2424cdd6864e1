/** Checks a program's inputs against a resource type's table, and puts defaults into them. */
import type { CheckFailure, ResourceType } from "./resources/resourceType.ts";
import { entries, type Property, type Table } from "./schema.ts";
import { isObject, isSecret, isUnknown, type Properties, plain, secret, type Value } from "./values.ts";

/** The key under which inputs remember which of them are defaults, as the official plugin writes it. */
const defaultsKey = "__defaults";

export interface Checked {
  /** With secrets still in their envelopes. */
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

export interface CheckOptions {
  /** The resource's name in the program. */
  readonly name: string;
  readonly olds: Properties;
  readonly news: Properties;
  /** The same for the preview and the update that follows it. */
  readonly randomSeed: Uint8Array;
}

export function check(type: ResourceType, options: CheckOptions): Checked {
  const inputs = withDefaults(type.properties, options.news);
  if (type.autonamed && inputs.name === undefined) {
    inputs.name = generatedBefore(options.olds) ?? `${options.name}-${suffix(options.randomSeed)}`;
    addDefault(inputs, "name");
  }
  const values = plain(inputs) as Properties;
  const failures = checkFields(type.properties, values, "", type.type.split(":").at(-1) ?? "");
  if (failures.length === 0) failures.push(...(type.validate?.(values) ?? []));
  return { inputs, failures };
}

function withDefaults(table: Table, news: Properties): Properties {
  const inputs: Properties = {};
  for (const [name, value] of Object.entries(news)) {
    if (name.startsWith("__") || value === null) continue;
    const property = table[name];
    inputs[name] = property && property.type !== "unsupported" ? inputOf(property, value) : value;
  }
  inputs[defaultsKey] = [];
  for (const [name, property] of entries(table)) {
    if (property.default === undefined || inputs[name] !== undefined) continue;
    inputs[name] = property.default;
    addDefault(inputs, name);
  }
  return inputs;
}

function inputOf(property: Property, value: Value): Value {
  const input = isSecret(value) ? value : coerced(property, value);
  return property.secret ? secret(input) : input;
}

/** Numbers and booleans may come as text, from configuration for instance; nested objects have defaults as well. */
function coerced(property: Property, value: Value): Value {
  if (property.type === "integer" && typeof value === "string" && /^-?\d+$/.test(value)) return Number(value);
  if (property.type === "boolean" && (value === "true" || value === "false")) return value === "true";
  return "properties" in property ? nestedDefaults(property.properties, value) : value;
}

function nestedDefaults(table: Table, value: Value): Value {
  if (Array.isArray(value)) return value.map((element) => nestedDefaults(table, element));
  return isObject(value) && !isSecret(value) ? withDefaults(table, value) : value;
}

function addDefault(inputs: Properties, name: string): void {
  const names = inputs[defaultsKey];
  inputs[defaultsKey] = [...(Array.isArray(names) ? names : []), name].sort();
}

/** The name made up earlier: it stays until the resource is replaced. */
function generatedBefore(olds: Properties): Value | undefined {
  const defaults = olds[defaultsKey];
  return Array.isArray(defaults) && defaults.includes("name") ? olds.name : undefined;
}

function suffix(seed: Uint8Array): string {
  const bytes = seed.length >= 4 ? seed : crypto.getRandomValues(new Uint8Array(4));
  return Buffer.from(bytes).toString("hex").slice(0, 7);
}

/** @param owner what has these properties, for messages: `Client`, `Client.jwtConfiguration` */
function checkFields(table: Table, values: Properties, prefix: string, owner: string): CheckFailure[] {
  const known = entries(table).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const value = values[name];
    if (value !== undefined)
      return property.output ? [] : checkValue(property, path, value, `${owner}.${name}`);
    return property.required ? [{ property: path, reason: `Missing required property '${name}'` }] : [];
  });
  return [...misplaced(table, values, prefix, owner), ...known];
}

/** Properties that the table does not have, or has only to say that the official plugin supports them. */
function misplaced(table: Table, values: Properties, prefix: string, owner: string): CheckFailure[] {
  return Object.keys(values).flatMap((name) => {
    if (name.startsWith("__")) return [];
    const property = table[name];
    const supported = property !== undefined && property.type !== "unsupported" && !property.officialOnly;
    if (supported && !property.output) return [];
    const reason =
      property === undefined || supported
        ? `${owner} has no input \`${name}\``
        : `\`${owner}.${name}\` is not supported by the bundled provider; the official auth0 plugin has it`;
    return [{ property: `${prefix}${name}`, reason }];
  });
}

function checkValue(property: Property, path: string, value: Value, owner: string): CheckFailure[] {
  if (isUnknown(value)) return [];
  const wrong = (reason: string): CheckFailure[] => [{ property: path, reason }];
  switch (property.type) {
    case "string":
      if (typeof value !== "string") return wrong("must be a string");
      if (value.length < (property.minimumLength ?? 0)) {
        return wrong(`must have at least ${property.minimumLength} characters`);
      }
      if (value.length > (property.maximumLength ?? Number.POSITIVE_INFINITY)) {
        return wrong(`must have at most ${property.maximumLength} characters`);
      }
      if (property.time && Number.isNaN(Date.parse(value)))
        return wrong("must be a date and time, like 2030-01-31T12:00:00Z");
      return isAllowed(value, property.values, property.anyCase)
        ? []
        : wrong(expected(property.values, value));
    case "boolean":
      return typeof value === "boolean" ? [] : wrong("must be true or false");
    case "integer":
      return Number.isInteger(value) ? [] : wrong("must be a whole number");
    case "strings":
      if (!Array.isArray(value)) return wrong("must be a list of strings");
      return value.flatMap((element, index) => {
        const at = `${path}[${index}]`;
        if (isUnknown(element)) return [];
        if (typeof element !== "string") return [{ property: at, reason: "must be a string" }];
        if (property.filled && element === "") return [{ property: at, reason: "must not be empty" }];
        if (isAllowed(element, property.values)) return [];
        return [{ property: at, reason: expected(property.values, element) }];
      });
    case "map":
      return isObject(value) && Object.values(value).every((entry) => typeof entry === "string")
        ? []
        : wrong("must be an object of strings");
    case "object":
      return isObject(value)
        ? checkFields(property.properties, value, `${path}.`, owner)
        : wrong("must be an object");
    case "list":
    case "set":
      if (!Array.isArray(value)) return wrong("must be a list");
      return value.flatMap((element, index) => {
        const at = `${path}[${index}]`;
        if (isUnknown(element)) return [];
        if (!isObject(element)) return [{ property: at, reason: "must be an object" }];
        return checkFields(property.properties, element, `${at}.`, owner);
      });
  }
}

function isAllowed(value: string, values: readonly string[] | undefined, anyCase = false): boolean {
  if (!values) return true;
  return values.some((one) => one === value || (anyCase && one.toLowerCase() === value.toLowerCase()));
}

function expected(values: readonly string[] | undefined, value: string): string {
  return `must be one of ${(values ?? []).join(", ")}, not "${value}"`;
}
