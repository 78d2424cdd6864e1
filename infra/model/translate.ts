/** Turns the validator's findings into problems that name the place and the fix. */
import type * as z from "zod";
import { asKey } from "./asKey.ts";
import { type Path, type Problem, showPath } from "./problem.ts";
import { apiProperties } from "./properties/api.ts";
import { applicationProperties } from "./properties/application.ts";
import { foreignApplicationProperties } from "./properties/foreignApplication.ts";
import { grantProperties } from "./properties/grant.ts";
import type { Property } from "./properties/property.ts";
import { isForeign, knownKeys, ruleNames } from "./schema.ts";
import { quoted } from "./secrets.ts";
import { closest, suggestion } from "./suggest.ts";
import { locate, type Tree } from "./tree.ts";

/** What to write where something is missing or of the wrong shape, for what is no property of an object. */
const fixes: Record<string, string> = {
  apis: "Start with `apis:` and, one level in, a key for each API.",
  applications: "Write a map: a key for each application.",
  foreignApis:
    "Write a map: a key for each API, such as `auth0: management` or `billing: https://api.exampleco.com/billing`.",
  owner: "Write ours, or elsewhere where others own the application.",
  exceptions: "Write a list of exceptions, each with rule, on, reason and until; `[]` for none.",
  protectedStacks: "Write a list, such as `[production]`.",
  rule: `Write one of ${ruleNames.join(", ")}.`,
  on: "Name the API or application, such as apis.timesheets.",
  reason: "Say why, for the reviewers of the exception.",
  until: "Write the last day as year-month-day, such as 2027-03-31.",
};

/** The rows of what stands under a key of a section. */
const rows: Record<string, Readonly<Record<string, Property>>> = {
  apis: apiProperties,
  applications: { ...foreignApplicationProperties, ...applicationProperties },
  grants: grantProperties,
};

/** Auth0's and its tools' names for the same property, without underscores and capitals. */
const synonyms = new Map(
  [
    ["clients", "applications"],
    ["resourceServers", "apis"],
    ["externalApis", "foreignApis"],
    ...Object.values(rows).flatMap((properties) =>
      Object.entries(properties).flatMap(([key, { alsoCalled = [], wire = [] }]) =>
        [...alsoCalled, ...wire.map(({ name }) => name)].map((name) => [name, key] as const),
      ),
    ),
  ].map(([name = "", key = ""]) => [withoutCase(name), key]),
);

/** All problems of one validation; `tree` is the tree that `value` was taken from. */
export function translate(issues: readonly z.core.$ZodIssue[], value: unknown, tree: Tree): Problem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    if (issue.code === "invalid_union" && issue.errors.length > 0) {
      const meant = alternative(issue.errors);
      if (meant) {
        const inner = meant.map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
        return translate(inner, value, tree);
      }
    }
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => unknownKey([...path, key], value, tree));
    if (issue.code === "invalid_key") return [badKey(path, issue.issues[0]?.message ?? "a plain word", tree)];
    return [badValue(issue, path, follow(value, path), tree)];
  });
}

/** Of the shapes that a value may have, the one that it is nearest to; none where it has the kind of none. */
function alternative(
  errors: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  const depth = (issues: readonly z.core.$ZodIssue[]) =>
    Math.min(...issues.map(({ code, path }) => path.length + (code === "invalid_type" ? 0 : 0.5)));
  const [nearest] = [...errors].sort((a, b) => depth(b) - depth(a));
  return nearest && depth(nearest) > 0 ? nearest : undefined;
}

function unknownKey(path: Path, value: unknown, tree: Tree): Problem {
  const key = String(path.at(-1));
  const entry = follow(value, path.slice(0, 2));
  const known = knownKeys(path.slice(0, -1), entry);
  const synonym = synonyms.get(withoutCase(key));
  const isOwners = path[0] === "applications" && path.length === 3 && isForeign(entry);
  return {
    ...locate(tree, path, "key"),
    path: showPath(path.slice(0, -1)),
    message: `unknown key ${JSON.stringify(key)}`,
    fix:
      synonym !== undefined && known.includes(synonym)
        ? `Did you mean ${JSON.stringify(synonym)}?`
        : isOwners && Object.hasOwn(applicationProperties, key)
          ? "Remove it: of an application that is owned elsewhere, only its grants are set here."
          : suggestion(key, known, "Remove it."),
  };
}

function withoutCase(name: string): string {
  return name.toLowerCase().replace(/_/g, "");
}

function badKey(path: Path, expected: string, tree: Tree): Problem {
  return {
    ...locate(tree, path, "key"),
    path: showPath(path),
    message: `the key must be ${expected}`,
    fix: rowAt(path)?.keyFix ?? `Write it like ${JSON.stringify(asKey(String(path.at(-1))))}.`,
  };
}

function badValue(issue: z.core.$ZodIssue, path: Path, value: unknown, tree: Tree): Problem {
  const place = { ...locate(tree, path), path: showPath(path) };
  const fix = fixFor(path);
  if (value === undefined) return { ...place, message: "this is missing", fix };
  if (value === null) return { ...place, message: "this has no value", fix };
  const wrongKind = ["invalid_type", "invalid_value", "invalid_union"].includes(issue.code);
  const found = quoted(value) ?? (wrongKind ? kindOf(value) : undefined);
  const message = `must be ${issue.message}${found === undefined ? "" : `, not ${found}`}`;
  if (issue.code === "invalid_value" && typeof value === "string") {
    const instead = rowAt(path)?.instead?.[value];
    if (instead !== undefined) return { ...place, message, fix: instead };
    const match = closest(value, issue.values.map(String));
    const meaning = "docs/access-model.md says what each of them does.";
    const listed = issue.values.every((known) => issue.message?.includes(String(known)));
    return {
      ...place,
      message,
      fix: match !== undefined ? `Did you mean ${match}?` : listed ? meaning : fix,
    };
  }
  const quotable = issue.code === "invalid_type" && issue.expected === "string" && typeof value !== "object";
  return { ...place, message, fix: quotable ? "Put the value in quotation marks." : fix };
}

/** The row of the property that a path leads to or below. */
function rowAt([section, , property]: Path): Property | undefined {
  return rows[String(section)]?.[String(property)];
}

/** What to write at a path: by its property, or the shape of the entry that it is. */
function fixFor(path: Path): string {
  const [section, , property] = path;
  if (section === undefined) return fixes.apis ?? "";
  if (path.length === 1 || section === "protectedStacks" || section === "foreignApis")
    return fixes[section] ?? "";
  const inGrant = path.slice(property === "grants" ? 4 : 3).findLast((step) => typeof step === "string");
  if ((property === "grants" || property === "thirdPartyGrants") && inGrant !== undefined) {
    return rows.grants?.[inGrant]?.fix ?? "";
  }
  if (property === "scopes" && path.length > 3) return "Say in a few words what the scope allows.";
  if (property !== undefined) return rowAt(path)?.fix ?? fixes[property] ?? "";
  return `Write a map with ${knownKeys(path).slice(0, 3).join(", ")} and so on.`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? "text" : "nothing";
}

/** What stands at a path of plain data. */
export function follow(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = Object.hasOwn(current, step) ? (current as Record<string | number, unknown>)[step] : undefined;
  }
  return current;
}
