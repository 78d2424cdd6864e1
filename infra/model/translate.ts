/** Turns the validator's findings into problems that name the place and the fix. */
import type * as z from "zod";
import { type Path, type Problem, showPath } from "./problem.ts";
import { authenticationMethods, knownKeys, ruleNames, signingAlgorithms, tokenProfiles } from "./schema.ts";
import { locate, type Tree } from "./source.ts";
import { closest, suggestion } from "./suggest.ts";

/** What to write where something is missing or of the wrong shape, by property. */
const fixes: Record<string, string> = {
  apis: "Start with `apis:` and, one level in, a key for each API.",
  applications: "Write a map: a key for each application.",
  exceptions: "Write a list of exceptions, each with rule, on, reason and until; `[]` for none.",
  protectedStacks: "Write a list, such as `[production]`.",
  name: "Give it the name that the Auth0 Dashboard is to show.",
  identifier: "Give the API's audience, usually a URL such as https://api.exampleco.com/timesheets.",
  signingAlgorithm: `Write one of ${signingAlgorithms.join(", ")}.`,
  tokenProfile: `Write one of ${tokenProfiles.join(", ")}.`,
  permissionsInToken: "Write true or false, without quotation marks.",
  tokenLifetime: "Write seconds as a plain number, such as 3600 for an hour.",
  scopes: "Write each scope with what it allows, such as `read:timesheets: Read timesheets`.",
  description: "Shorten it to what a reader of the Auth0 Dashboard needs.",
  adopts: "Give the present name of the application in the tenant, or remove the line.",
  authentication: `Write one of ${authenticationMethods.join(", ")}.`,
  publicKeys: "List one or two PEM files with public keys, such as `[keys/import-job.pem]`.",
  grantTypes: "Write `[client_credentials]`, or remove the line.",
  grants: "Write, for each API, the list of its scopes, such as `timesheets: [batch:upload]`.",
  rule: `Write one of ${ruleNames.join(", ")}.`,
  on: "Name the API or application, such as apis.timesheets.",
  reason: "Say why, for whoever reviews the exception.",
  until: "Write the last day as year-month-day, such as 2027-03-31.",
};

/** All problems of one validation; `tree` is the tree that `value` was taken from. */
export function translate(issues: readonly z.core.$ZodIssue[], value: unknown, tree: Tree): Problem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key], tree));
    if (issue.code === "invalid_key") return [badKey(path, issue.issues[0]?.message ?? "a plain word", tree)];
    return [badValue(issue, path, follow(value, path), tree)];
  });
}

function unknownKey(path: Path, tree: Tree): Problem {
  return {
    ...locate(tree, path, "key"),
    path: showPath(path.slice(0, -1)),
    message: `unknown key ${JSON.stringify(path.at(-1))}`,
    fix: suggestion(String(path.at(-1)), knownKeys(path.slice(0, -1)), "Remove it."),
  };
}

function badKey(path: Path, expected: string, tree: Tree): Problem {
  const isScope = path[2] === "scopes";
  return {
    ...locate(tree, path, "key"),
    path: showPath(path),
    message: `the key must be ${expected}`,
    fix: isScope ? "Rename the scope." : `Write it like ${JSON.stringify(asKey(String(path.at(-1))))}.`,
  };
}

function badValue(issue: z.core.$ZodIssue, path: Path, value: unknown, tree: Tree): Problem {
  const property = [...path].reverse().find((step) => typeof step === "string" && step in fixes);
  const at = locate(tree, path);
  const told = { ...at, path: showPath(path) };
  const fix = describeScope(path) ?? (property === undefined ? shapeFix(path) : (fixes[property] ?? ""));
  if (value === undefined) return { ...told, message: "this is missing", fix };
  if (value === null) return { ...told, message: "this has no value", fix };
  if (issue.code === "invalid_value" && typeof value === "string") {
    const match = closest(value, issue.values.map(String));
    if (match !== undefined)
      return { ...told, message: `must be ${issue.message}`, fix: `Did you mean ${match}?` };
  }
  const wrongKind =
    issue.code === "invalid_type" || (issue.code === "invalid_value" && typeof value !== "string");
  if (!wrongKind) return { ...told, message: `must be ${issue.message}`, fix };
  const quotable = issue.code === "invalid_type" && issue.expected === "string" && typeof value !== "object";
  return {
    ...told,
    message: `must be ${issue.message}, not ${kindOf(value)}`,
    fix: quotable ? "Put the value in quotation marks." : fix,
  };
}

/** Scopes' descriptions stand under keys of the user's own making. */
function describeScope(path: Path): string | undefined {
  return path.length === 4 && path[2] === "scopes" ? "Say in a few words what the scope allows." : undefined;
}

function shapeFix(path: Path): string {
  if (path.length === 0) return "Start with `apis:` and, one level in, a key for each API.";
  const known = knownKeys(path);
  return known.length === 0 ? "Remove it." : `Write a map with ${known.slice(0, 3).join(", ")} and so on.`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return "text";
  if (typeof value === "number") return Number.isInteger(value) ? "a number" : "a number with a fraction";
  return typeof value === "boolean" ? "true or false" : "nothing";
}

function follow(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = Object.hasOwn(current, step) ? (current as Record<string | number, unknown>)[step] : undefined;
  }
  return current;
}

/** The closest text that is a valid key of an API or application. */
function asKey(text: string): string {
  const words = text
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[-0-9]+|-+$/g, "")
    .slice(0, 60);
  return words === "" ? "timesheets" : words.replace(/-$/, "");
}
