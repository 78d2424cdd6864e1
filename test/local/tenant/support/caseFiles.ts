/** Recorded cases of real tenants: the format of their files, and how an answer is compared with one. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Case {
  id: string;
  precondition?: string;
  method: string;
  path: string;
  query?: string;
  request_body?: unknown;
  request_form?: Record<string, string>;
  request_headers?: Record<string, string | null>;
  expected_status: number;
  accept_statuses?: number[];
  expected_body?: unknown;
  expected_headers?: Record<string, string>;
  match: "exact" | "subset" | "shape" | "status_only";
}

export interface Scenario {
  id: string;
  title: string;
  preconditions: string[];
  cases: Case[];
}

/** Every scenario of every file in the folder, undefined when there is no such folder. */
export function readScenarios(folder: string): Scenario[] | undefined {
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .flatMap((file) => JSON.parse(readFileSync(join(folder, file), "utf8")).scenarios as Scenario[]);
}

/** Values of placeholders like `{{client_1}}`, found in answers and used in later requests. */
export type Bindings = Map<string, string>;

const placeholder = /\{\{(\w+)\}\}/g;

/** The value with every known placeholder replaced. */
export function fill<Value>(value: Value, bindings: Bindings): Value {
  if (typeof value === "string") {
    return value.replaceAll(placeholder, (whole, name) => bindings.get(name) ?? whole) as Value;
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, bindings)) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, fill(child, bindings)]),
  ) as Value;
}

/** The names of placeholders in it that have no value yet. */
export function unbound(value: unknown, bindings: Bindings): string[] {
  const names = [...JSON.stringify(value ?? null).matchAll(placeholder)].map(([, name]) => name ?? "");
  return [...new Set(names)].filter((name) => !bindings.has(name));
}

/** Where and how the answer differs; binds placeholders that appear for the first time. */
export function differences(
  expected: unknown,
  actual: unknown,
  match: Case["match"],
  bindings: Bindings,
): string[] {
  if (match === "status_only") return [];
  if (match === "shape") return shapeDifferences(expected, actual, "$");
  return valueDifferences(expected, actual, match === "exact", bindings, "$");
}

function valueDifferences(
  expected: unknown,
  actual: unknown,
  exact: boolean,
  bindings: Bindings,
  path: string,
): string[] {
  const different = [`${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`];
  if (typeof expected === "string") return stringMatches(expected, actual, bindings) ? [] : different;
  if (typeof expected !== "object" || expected === null) return expected === actual ? [] : different;
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return different;
    return expected.flatMap((item, index) =>
      valueDifferences(item, actual[index], exact, bindings, `${path}[${index}]`),
    );
  }
  if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return different;
  const [wanted, got] = [expected as Record<string, unknown>, actual as Record<string, unknown>];
  const extra = exact ? Object.keys(got).filter((key) => !(key in wanted)) : [];
  return [
    ...extra.map((key) => `${path}.${key}: not expected, got ${JSON.stringify(got[key])}`),
    ...Object.entries(wanted).flatMap(([key, child]) =>
      key in got
        ? valueDifferences(child, got[key], exact, bindings, `${path}.${key}`)
        : [`${path}.${key}: missing`],
    ),
  ];
}

const kinds: Readonly<Record<string, RegExp>> = {
  jwt: /^[\w-]+\.[\w-]+\.[\w-]*$/,
  iso8601: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  client_secret: /^[\w-]{1,}$/,
  cert: /^-----BEGIN CERTIFICATE-----\r\n[\s\S]+\r\n-----END CERTIFICATE-----$/,
  pkcs7: /^-----BEGIN PKCS7-----\r\n[\s\S]+\r\n-----END PKCS7-----\r\n$/,
};

function stringMatches(expected: string, actual: unknown, bindings: Bindings): boolean {
  const any = /^\{\{any(?::(\w+))?\}\}$/.exec(expected);
  if (any) {
    const text = typeof actual === "string" || typeof actual === "number" ? String(actual) : "";
    return (kinds[any[1] ?? ""] ?? /^[\s\S]+$/).test(text);
  }
  if (typeof actual !== "string") return false;
  const name = /^\{\{(\w+)\}\}$/.exec(expected)?.[1];
  if (name !== undefined && !bindings.has(name)) bindings.set(name, actual);
  return fill(expected, bindings) === actual;
}

function shapeDifferences(expected: unknown, actual: unknown, path: string): string[] {
  if (Array.isArray(expected)) return Array.isArray(actual) ? [] : [`${path}: expected an array`];
  if (typeof expected !== "object" || expected === null) return [];
  if (typeof actual !== "object" || actual === null) return [`${path}: expected an object`];
  const [wanted, got] = [Object.keys(expected).sort().join(), Object.keys(actual).sort().join()];
  return wanted === got ? [] : [`${path}: expected keys ${wanted}, got ${got}`];
}
