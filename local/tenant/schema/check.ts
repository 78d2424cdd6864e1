/** A checker for the part of JSON Schema that the Management API uses; it words its findings as Auth0 does. */
import { validationError } from "../errors.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

export interface Schema {
  /** One type or several, JSON Schema names. */
  type?: TypeName | readonly TypeName[];
  /** Shown in brackets after the property path. */
  description?: string;
  enum?: readonly Json[];
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: "date-time" | "uri" | "email";
  minimum?: number;
  maximum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  /** @default true */
  additionalProperties?: boolean | Schema;
  maxProperties?: number;
}

type TypeName = "string" | "number" | "integer" | "boolean" | "array" | "object" | "null";

/** Throws the 400 that Auth0 answers with when the payload breaks the schema; the first problem counts. */
export function checkPayload(value: unknown, schema: Schema): asserts value is JsonObject {
  const problem = findProblem(value, schema, "");
  if (problem !== undefined) throw validationError("Payload", problem);
}

/** The first problem as Auth0 words it, without the leading "Payload validation error: ". */
function findProblem(value: unknown, schema: Schema, path: string): string | undefined {
  const text = ownProblem(value, schema);
  if (text !== undefined) {
    const where = path === "" ? "" : ` on property ${path}`;
    const description = path !== "" && schema.description ? ` (${schema.description})` : "";
    return `'${text}'${where}${description}`;
  }
  if (Array.isArray(value) && schema.items) {
    for (const [index, item] of value.entries()) {
      const problem = findProblem(item, schema.items, `${path}[${index}]`);
      if (problem !== undefined) return problem;
    }
  }
  if (isObject(value)) {
    for (const [key, child] of Object.entries(value)) {
      const known =
        schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
      const extra = isObject(schema.additionalProperties)
        ? (schema.additionalProperties as Schema)
        : undefined;
      const childSchema = known ?? extra;
      if (!childSchema) continue;
      const problem = findProblem(child, childSchema, path === "" ? key : `${path}.${key}`);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function ownProblem(value: unknown, schema: Schema): string | undefined {
  const wrongType = typeProblem(value, schema);
  if (wrongType !== undefined) return wrongType;
  if (schema.enum && !schema.enum.some((choice) => choice === value)) {
    return `No enum match for: ${typeof value === "string" ? value : JSON.stringify(value)}`;
  }
  if (typeof value === "string") return stringProblem(value, schema);
  if (typeof value === "number") return numberProblem(value, schema);
  if (Array.isArray(value)) return arrayProblem(value, schema);
  if (isObject(value)) return objectProblem(value, schema);
  return undefined;
}

function typeProblem(value: unknown, schema: Schema): string | undefined {
  if (schema.type === undefined) return undefined;
  const expected = typeof schema.type === "string" ? [schema.type] : schema.type;
  const found = typeNameOf(value);
  if (expected.includes(found) || (found === "integer" && expected.includes("number"))) return undefined;
  return `Expected type ${expected.join(",")} but found type ${found}`;
}

function typeNameOf(value: unknown): TypeName {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (typeof value === "string") return "string";
  return typeof value === "boolean" ? "boolean" : "object";
}

function stringProblem(value: string, schema: Schema): string | undefined {
  const length = [...value].length;
  if (schema.minLength !== undefined && length < schema.minLength) {
    return `String is too short (${length} chars), minimum ${schema.minLength}`;
  }
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    return `String is too long (${length} chars), maximum ${schema.maxLength}`;
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value)) {
    return `String does not match pattern ${schema.pattern}: ${value}`;
  }
  if (schema.format !== undefined && !formats[schema.format](value)) {
    return `Object didn't pass validation for format ${schema.format}: ${value}`;
  }
  return undefined;
}

const formats = {
  "date-time": (value: string) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value) &&
    !Number.isNaN(Date.parse(value)),
  uri: (value: string) => URL.canParse(value),
  email: (value: string) => /^[^@\s]+@[^@\s]+$/.test(value),
};

function numberProblem(value: number, schema: Schema): string | undefined {
  if (schema.minimum !== undefined && value < schema.minimum) {
    return `Value ${value} is less than minimum ${schema.minimum}`;
  }
  if (schema.maximum !== undefined && value > schema.maximum) {
    return `Value ${value} is greater than maximum ${schema.maximum}`;
  }
  return undefined;
}

function arrayProblem(value: readonly unknown[], schema: Schema): string | undefined {
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    return `Array is too short (${value.length}), minimum ${schema.minItems}`;
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    return `Array is too long (${value.length}), maximum ${schema.maxItems}`;
  }
  if (schema.uniqueItems) {
    const seen = new Map<string, number>();
    for (const [index, item] of value.entries()) {
      const key = JSON.stringify(item);
      const first = seen.get(key);
      if (first !== undefined) return `Array items are not unique (indexes ${first} and ${index})`;
      seen.set(key, index);
    }
  }
  return undefined;
}

function objectProblem(value: JsonObject, schema: Schema): string | undefined {
  if (schema.additionalProperties === false) {
    const known = schema.properties ?? {};
    const extra = Object.keys(value).filter((key) => !Object.hasOwn(known, key));
    if (extra.length > 0) return `Additional properties not allowed: ${extra.join(",")}`;
  }
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(value, key)) return `Missing required property: ${key}`;
  }
  const count = Object.keys(value).length;
  if (schema.maxProperties !== undefined && count > schema.maxProperties) {
    return `Too many properties defined (${count}), maximum ${schema.maxProperties}`;
  }
  return undefined;
}
