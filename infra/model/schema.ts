/** The shape of access.yaml: the validator, and the JSON Schema that editors complete from. */
import * as z from "zod";
import { grantShape } from "./grants.ts";
import { apiProperties } from "./properties/api.ts";
import { applicationProperties } from "./properties/application.ts";
import { foreignApplicationProperties, owners } from "./properties/foreignApplication.ts";
import { shapeOf } from "./properties/property.ts";
import { key, list, map, oneOf, scopeName, text } from "./properties/values.ts";

/** The rules of `infra/policy.ts`, as exceptions name them. */
export const ruleNames = [
  "asymmetric-signing",
  "client-credentials-only",
  "no-all-scopes",
  "no-login-on-machines",
  "no-undeclared-scopes",
  "no-wildcard",
  "one-scope-owner",
  "scope-described",
  "token-format",
  "token-lifetime",
  "users-need-grant",
] as const;

/** True for a name that the model takes for a scope. */
export const isScopeName = (name: string): boolean => scopeName.safeParse(name).success;

const api = z.strictObject(shapeOf(apiProperties), "a map");
const ownerSentence = "Whose the application is: ours, or elsewhere, where only its grants are ours.";
const application = z.strictObject(
  { owner: z.literal("ours").optional().describe(ownerSentence), ...shapeOf(applicationProperties) },
  "a map",
);
const foreignApplication = z.strictObject(
  {
    owner: z.literal("elsewhere").describe(ownerSentence),
    ...shapeOf({ ...foreignApplicationProperties, grants: applicationProperties.grants }),
  },
  "a map",
);

const foreignApi = text(
  "the word management, or an identifier of 1 to 600 characters without spaces",
  600,
  /^\S+$/,
);

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
    apis: map(key, api)
      .default({})
      .describe("The APIs, each under a key that Pulumi resources and outputs carry."),
    foreignApis: map(key, foreignApi)
      .default({})
      .describe(
        "APIs that are owned elsewhere, by their identifiers, or `management` for the tenant's Management API; only grants on them are ours.",
      ),
    applications: map(
      key,
      z.discriminatedUnion("owner", [application, foreignApplication], {
        error: ({ code }) => (code === "invalid_union" ? `one of ${owners.join(", ")}` : "a map"),
      }),
    )
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
export const entrySchemas = {
  apis: api,
  applications: application,
  foreignApis: foreignApi,
  foreignApplications: foreignApplication,
  exceptions: exception,
};

export type ApiFields = z.output<typeof api>;
export type ApplicationFields = Omit<z.output<typeof application>, "owner">;
export type ForeignApplicationFields = Omit<z.output<typeof foreignApplication>, "owner">;
export type ExceptionFields = z.output<typeof exception>;

/** The keys that may stand at a place, for "did you mean". @param entry What stands under the first two steps. */
export function knownKeys(path: readonly (string | number)[], entry?: unknown): readonly string[] {
  const [section, , property] = path;
  if (property === "grants" || property === "thirdPartyGrants") return Object.keys(grantShape);
  const isApplication = section === "applications" && path.length > 1;
  const owned = isForeign(entry) ? foreignApplication : application;
  const place = isApplication
    ? path.slice(2).reduce<z.core.$ZodType | undefined>(below, owned)
    : path.reduce<z.core.$ZodType | undefined>(below, accessModelSchema);
  const map = place && plainType(place);
  return map instanceof z.ZodObject ? Object.keys(map.shape) : [];
}

/** True for the entry of an application that others own. */
export function isForeign(entry: unknown): boolean {
  return typeof entry === "object" && entry !== null && "owner" in entry && entry.owner === "elsewhere";
}

function below(place: z.core.$ZodType | undefined, step: string | number): z.core.$ZodType | undefined {
  const type = place && plainType(place);
  if (type instanceof z.ZodObject) return type.shape[step];
  if (type instanceof z.ZodRecord) return type.valueType;
  return type instanceof z.ZodArray ? type.element : undefined;
}

/** A type without its default, or whether it may be left out. */
function plainType(type: z.core.$ZodType): z.core.$ZodType {
  return type instanceof z.ZodOptional || type instanceof z.ZodDefault ? plainType(type.unwrap()) : type;
}

/** Only an application whose credentials another tool keeps may be silent about how it proves who it is. */
const authenticatedSomehow = {
  anyOf: [
    { type: "object", properties: { authentication: { type: "string" } }, required: ["authentication"] },
    {
      type: "object",
      properties: { credentials: { const: "elsewhere" } },
      required: ["credentials"],
    },
  ],
};

/** The JSON Schema (2020-12) of access.yaml, as text with a final newline. */
export function jsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(accessModelSchema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === application) Object.assign(jsonSchema, authenticatedSomehow);
    },
  });
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
