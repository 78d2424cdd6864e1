/** The inputs that a read reports: what the program would have to say to get the resource as it is. */
import { pairByContent } from "./diff.ts";
import { entries, type Property, type Table } from "./schema.ts";
import { isObject, isZero, type Properties, type Value } from "./values.ts";

/** After an import: every property that a program can set and that has a value. */
export function importedInputs(table: Table, outputs: Properties): Properties {
  const inputs: Properties = {};
  for (const [name, property] of entries(table)) {
    const value = outputs[name];
    if (value === undefined || property.output) continue;
    const input = importedValue(property, value);
    if (property.required || !isZero(input)) inputs[name] = input;
  }
  inputs.__defaults = [];
  return inputs;
}

function importedValue(property: Property, value: Value): Value {
  if (!("properties" in property)) return value;
  if (Array.isArray(value)) {
    return value.filter(isObject).map((element) => importedInputs(property.properties, element));
  }
  if (!isObject(value)) return value;
  const nested = importedInputs(property.properties, value);
  return Object.keys(nested).length === 1 ? {} : nested;
}

/** After a refresh: the properties that the inputs had already, with the values that the tenant has now. */
export function refreshedInputs(table: Table, olds: Properties, outputs: Properties): Properties {
  const inputs: Properties = {};
  const defaults = new Set(Array.isArray(olds.__defaults) ? olds.__defaults : []);
  for (const [name, old] of Object.entries(olds)) {
    if (name.startsWith("__")) continue;
    const property = table[name];
    if (property === undefined || property.type === "unsupported") continue;
    const value = property.writeOnly ? old : outputs[name];
    if (value === undefined) continue;
    inputs[name] = refreshedValue(property, old, value);
    // What somebody changed is no default any more.
    if (JSON.stringify(inputs[name]) !== JSON.stringify(old)) defaults.delete(name);
  }
  if ("__defaults" in olds) inputs.__defaults = [...defaults];
  return inputs;
}

function refreshedValue(property: Property, old: Value, value: Value): Value {
  if (property.type === "object" && isObject(old) && isObject(value)) {
    return refreshedInputs(property.properties, old, value);
  }
  if (property.type === "strings" && Array.isArray(old) && Array.isArray(value))
    return value.slice(0, old.length);
  if ((property.type === "list" || property.type === "set") && Array.isArray(old) && Array.isArray(value)) {
    return pairByContent(property, value, old).flatMap(({ old: now, next: before }) =>
      isObject(before?.value) && isObject(now?.value)
        ? [refreshedInputs(property.properties, before.value, now.value)]
        : [],
    );
  }
  return value;
}
