/** The shape of access.yaml: the validator, and the JSON Schema that editors complete from. */
import * as z from "zod";
import { apiProperties } from "./properties/api.ts";
import { applicationProperties } from "./properties/application.ts";
import { shapeOf } from "./properties/property.ts";
import { key, list, map, oneOf, scopeName, text } from "./properties/values.ts";

/** The rules of `infra/policy.ts`, as exceptions name them. */
export const ruleNames = [
  "asymmetric-signing",
  "client-credentials-only",
  "no-wildcard",
  "one-scope-owner",
  "scope-described",
  "token-format",
  "token-lifetime",
] as const;

/** True for a name that the model takes for a scope. */
export const isScopeName = (name: string): boolean => scopeName.safeParse(name).success;

const api = z.strictObject(shapeOf(apiProperties), "a map");
const application = z.strictObject(shapeOf(applicationProperties), "a map");

const exception = z.strictObject(
  {
    rule: oneOf(ruleNames).describe("The rule that is set aside."),
    on: text(
      "the path of an API or application, such as apis.timesheets",
      100,
      /^(apis|applications)\.\S+$/,
    ).describe("The API or application it is set aside for, such as apis.timesheets."),
    reason: text("text that says why", 500, /\S/).describe("Why; for the reviewers of the exception."),
    until: z.iso
      .date("a date such as 2027-03-31")
      .describe("The last day on which the exception holds (UTC)."),
  },
  "a map",
);

/** The validator of a whole model, defaults filled in. */
export const accessModelSchema = z.strictObject(
  {
    apis: map(key, api).describe("The APIs, each under a key that Pulumi resources and outputs carry."),
    applications: map(key, application)
      .default({})
      .describe("The applications that call them, each under a key that Pulumi resources and outputs carry."),
    protectedStacks: list(text("the name of a stack", 100, /^[A-Za-z0-9_.-]+$/))
      .default([])
      .describe("Stacks whose APIs and applications Pulumi refuses to delete."),
    exceptions: list(exception).default([]).describe("Rules set aside for one object, for a time."),
  },
  "a map",
);

/** The validators of single entries, so that the good ones are still checked when others are broken. */
export const entrySchemas = { apis: api, applications: application, exceptions: exception };

export type ApiFields = z.output<typeof api>;
export type ApplicationFields = z.output<typeof application>;
export type ExceptionFields = z.output<typeof exception>;

/** The keys that may stand at a place, for "did you mean". */
export function knownKeys(path: readonly (string | number)[]): readonly string[] {
  if (path.length === 0) return Object.keys(accessModelSchema.shape);
  const section = entrySchemas[path[0] as keyof typeof entrySchemas] as z.ZodObject | undefined;
  return section && path.length === 2 ? Object.keys(section.shape) : [];
}

/** The JSON Schema (2020-12) of access.yaml, as text with a final newline. */
export function jsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(accessModelSchema, { io: "input" });
  const described = {
    $schema,
    title: "Access model",
    description: "Which APIs exist, with which scopes, and which applications may call them.",
    ...schema,
  };
  return `${JSON.stringify(described, null, 2).replace(/\[\n\s+("[^[\]{}]*?")\n\s+\]/g, oneLine)}\n`;
}

/** A short list of words reads better on one line. */
function oneLine(list: string, words: string): string {
  const line = `[${words.replace(/,\n\s+/g, ", ")}]`;
  return line.length <= 80 ? line : list;
}
