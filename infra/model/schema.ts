/** The shape of access.yaml: the validator, and the JSON Schema that editors complete from. */
import * as z from "zod";

export const signingAlgorithms = ["RS256", "PS256", "HS256"] as const;
export const tokenProfiles = ["auth0", "rfc9068"] as const;
export const authenticationMethods = [
  "client_secret_post",
  "client_secret_basic",
  "private_key_jwt",
] as const;
/** What an application may do at the token endpoint; everything but the first needs an exception. */
export const grantTypes = [
  "client_credentials",
  "authorization_code",
  "refresh_token",
  "password",
  "implicit",
  "urn:ietf:params:oauth:grant-type:device_code",
] as const;
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

/** Thirty days, the longest that Auth0 lets an access token live. */
const longestLifetime = 2_592_000;

// A failed check's message completes "must be ..."; translate.ts adds the rest of the sentence.
const text = (expected: string, most: number, pattern: RegExp) =>
  z.string(expected).min(1, expected).max(most, expected).regex(pattern, expected);
const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, `one of ${values.join(", ")}`);
const list = <Item extends z.ZodType>(item: Item) => z.array(item, "a list");
const displayName = (most: number) =>
  text(`text of 1 to ${most} characters without < and >, on one line`, most, /^(?=\s*\S)[^<>\t\r\n]*$/);

const key = text(
  "1 to 60 lower-case letters, digits and single hyphens, starting with a letter",
  60,
  /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
);
// RFC 6749, section 3.3: printable ASCII without space, quotation mark and backslash.
const scopeName = text(
  "1 to 280 printable ASCII characters without spaces, quotation marks and backslashes",
  280,
  /^[\x21\x23-\x5b\x5d-\x7e]+$/,
);
// A path as RFC 9110 and 6570 write it, without a query: what stands in braces differs from call to call.
const endpoint = text(
  "a method and a path such as POST /timesheets/upload or DELETE /timesheets/{id}",
  500,
  /^(GET|HEAD|POST|PUT|PATCH|DELETE) \/([A-Za-z0-9._~!$&'()*+,;=:@%/-]|\{[A-Za-z0-9_]+\})*$/,
);
/** True for a name that the model takes for a scope. */
export const isScopeName = (name: string): boolean => scopeName.safeParse(name).success;
const map = <Key extends z.ZodString, Value extends z.ZodType>(keys: Key, values: Value) =>
  z.record(keys, values, "a map");

const api = z.strictObject(
  {
    name: displayName(200).describe("What the Auth0 Dashboard calls the API."),
    identifier: text("text of 1 to 600 characters without spaces", 600, /^\S+$/).describe(
      "The audience of its tokens. Auth0 never lets it change: another identifier is another API.",
    ),
    signingAlgorithm: oneOf(signingAlgorithms)
      .default("RS256")
      .describe("How access tokens are signed; HS256 shares one secret and needs an exception."),
    tokenProfile: oneOf(tokenProfiles)
      .default("auth0")
      .describe("auth0: the client in claim azp. rfc9068: claim client_id and the header typ at+jwt."),
    permissionsInToken: z
      .boolean("true or false")
      .default(false)
      .describe("Puts the claim permissions in tokens and switches role-based access control on."),
    tokenLifetime: z
      .int(`a whole number of seconds from 1 to ${longestLifetime}`)
      .min(1, `a whole number of seconds from 1 to ${longestLifetime}`)
      .max(longestLifetime, `a whole number of seconds from 1 to ${longestLifetime}`)
      .default(86_400)
      .describe("How long an access token is valid, in seconds; more than a day needs an exception."),
    scopes: map(
      scopeName,
      z.string("text of at most 500 characters").max(500, "text of at most 500 characters"),
    )
      .default({})
      .describe("Every scope of the API with what it allows."),
    endpoints: map(endpoint, scopeName)
      .default({})
      .describe(
        "What verify --api-url may try: a method and a path below the API's address, and the scope that it takes.",
      ),
  },
  "a map",
);

const application = z.strictObject(
  {
    name: displayName(200).describe("What the Auth0 Dashboard calls the application."),
    description: text("text of 1 to 140 characters", 140, /\S/)
      .optional()
      .describe("Shown in the Auth0 Dashboard."),
    adopts: displayName(200)
      .optional()
      .describe(
        "The name of an application that exists already and is to become this one, ids and secret kept.",
      ),
    authentication: oneOf(authenticationMethods).describe(
      "How the application proves at the token endpoint who it is.",
    ),
    publicKeys: list(text("the path of a PEM file", 1000, /\S/))
      .min(1, "a list of one or two PEM files")
      .max(2, "a list of one or two PEM files")
      .optional()
      .describe("For private_key_jwt: one or two PEM files with public keys, relative to this file."),
    grantTypes: list(oneOf(grantTypes))
      .min(1, "a list of at least one grant type")
      .default(["client_credentials"])
      .describe(
        "What the application may use at the token endpoint; others than client_credentials need an exception.",
      ),
    grants: map(key, list(scopeName))
      .default({})
      .describe("Which scopes of which APIs the application may ask for."),
  },
  "a map",
);

const exception = z.strictObject(
  {
    rule: oneOf(ruleNames).describe("The rule that is set aside."),
    on: text(
      "the path of an API or application, such as apis.timesheets",
      100,
      /^(apis|applications)\.\S+$/,
    ).describe("The API or application it is set aside for, such as apis.timesheets."),
    reason: text("text that says why", 500, /\S/).describe("Why; read by whoever reviews the exception."),
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

/** The validators of single entries, to go on with the good ones when others are broken. */
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
