/** Translates between a program's properties (camelCase) and the Management API's fields (snake_case). */
import { entries, type Property, type Table } from "./schema.ts";
import { isObject, isZero, mapValues, type Properties, type Value } from "./values.ts";

/** A JSON object of the Management API. */
export type Body = Record<string, unknown>;

/**
 * The request body for these inputs: on create everything that is set, on update what the official plugin sends
 * again each time, and of the rest only what changed.
 *
 * @param changed the paths that differ, without positions (`jwtConfiguration.alg`); absent on create
 */
export function toBody(table: Table, inputs: Properties, changed?: ReadonlySet<string>, prefix = ""): Body {
  const body: Body = {};
  for (const [name, property] of entries(table)) {
    const value = inputs[name];
    const path = `${prefix}${name}`;
    if (value === undefined || property.output || property.sent === "never") continue;
    if (changed && (property.sent === "create" || property.replace)) continue;
    if (changed && property.sent === "changed" && !changed.has(path)) continue;
    const sent =
      property.type === "object" && isObject(value)
        ? toBody(property.properties, value, changed, `${path}.`)
        : valueToWire(property, value);
    if (property.type !== "object" || !isZero(sent as Value)) body[property.wire] = sent;
  }
  return body;
}

function valueToWire(property: Property, value: Value): unknown {
  if (property.type === "list") return elements(value).map((element) => toBody(property.properties, element));
  if (property.type !== "set") return value;
  return inSetOrder(property.properties, elements(value)).map((element) =>
    toBody(property.properties, element),
  );
}

/**
 * The official plugin keeps sets in the order of a text made of all attributes by name, so that the same set always
 * gives the same request.
 */
export function inSetOrder(table: Table, values: readonly Properties[]): Properties[] {
  const wires = entries(table).sort(([, a], [, b]) => (a.wire < b.wire ? -1 : 1));
  const text = (element: Properties) =>
    wires.map(([name]) => (element[name] === undefined ? "~" : JSON.stringify(element[name]))).join(";");
  return values
    .map((element) => ({ element, order: Buffer.from(text(element)) }))
    .sort((a, b) => Buffer.compare(a.order, b.order))
    .map(({ element }) => element);
}

/** A resource's outputs from the tenant's answer; absent fields become what the official plugin records for them. */
export function fromAnswer(table: Table, answer: Body): Properties {
  const outputs: Properties = {};
  for (const [name, property] of entries(table)) {
    if (property.writeOnly) continue;
    const value = valueFromWire(property, answer[property.wire]);
    if (value !== undefined) outputs[name] = value;
  }
  return outputs;
}

function valueFromWire(property: Property, value: unknown): Value | undefined {
  const absent = value === undefined || value === null;
  if (absent && property.absent !== undefined) return property.absent;
  switch (property.type) {
    case "string":
      return absent ? "" : String(value);
    case "boolean":
      return value === true;
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : 0;
    case "strings":
      if (Array.isArray(value)) return value.map(String);
      return property.computed ? [] : undefined;
    case "map":
      if (absent) return undefined;
      return mapValues(value as Properties, (inner) => String(inner));
    case "object":
      return absent ? undefined : fromAnswer(property.properties, value as Body);
    case "list":
    case "set":
      if (Array.isArray(value))
        return value.map((element) => fromAnswer(property.properties, element as Body));
      return property.computed || property.required ? [] : undefined;
  }
}

function elements(value: Value): Properties[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
