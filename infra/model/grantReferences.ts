/** What must fit together about grants: the APIs and scopes that they name, their settings, and what they are called. */
import { apiNames, applicationNames } from "../names.ts";
import { isManagementApi } from "./foreignApis.ts";
import type { Grant } from "./grants.ts";
import { leftAloneAndStated } from "./leftAloneProblems.ts";
import type { Parts, Report, Written } from "./parts.ts";
import { type Path, showPath } from "./problem.ts";
import { grantTable } from "./properties/grant.ts";
import { suggestion } from "./suggest.ts";

/** Every list of grants with its place: those of applications, and those for all third parties. */
export function grantLists({
  apis,
  applications,
  foreignApplications,
}: {
  readonly apis: Readonly<Record<string, { thirdPartyGrants?: readonly Grant[] | undefined }>>;
  readonly applications: Readonly<Record<string, Holder>>;
  readonly foreignApplications: Readonly<Record<string, Holder>>;
}) {
  const holders = [...Object.entries(applications), ...Object.entries(foreignApplications)];
  const held = holders.flatMap(([key, { grants = {} }]) =>
    Object.entries(grants).map(([api, list]) => ({ path: ["applications", key, "grants", api], api, list })),
  );
  const byDefault = Object.entries(apis).flatMap(([api, { thirdPartyGrants: list }]) =>
    list ? [{ path: ["apis", api, "thirdPartyGrants"], api, list }] : [],
  );
  return [...byDefault, ...held];
}

interface Holder {
  grants?: Readonly<Record<string, readonly Grant[]>> | undefined;
}

/** Granted scopes that the API does not declare, each once. */
export function undeclaredScopes(
  granted: readonly string[],
  declared: Readonly<Record<string, string>> | undefined,
): string[] {
  if (declared === undefined) return [];
  const unknown = granted.filter((scope) => !Object.hasOwn(declared, scope));
  return [...new Set(unknown)];
}

/** What is wrong with grants: their APIs, scopes and settings, and the names of their resources. */
export function grantProblems(parts: Parts, report: Report, written: Written): void {
  grants(parts, report, written);
  resourceNames(parts, report);
}

function grants(parts: Parts, report: Report, written: Written): void {
  const { apis, foreignApis } = parts;
  const keys = [...Object.keys(apis), ...Object.keys(foreignApis)];
  for (const { path, api: apiKey, list } of grantLists(parts)) {
    const api = Object.hasOwn(apis, apiKey) ? apis[apiKey] : undefined;
    if (api === undefined && !Object.hasOwn(foreignApis, apiKey)) {
      report(
        path,
        `no API has the key ${JSON.stringify(apiKey)}`,
        suggestion(apiKey, keys, "Declare it under `apis`."),
      );
      continue;
    }
    const identifier = foreignApis[apiKey] ?? "";
    const isSystem = identifier === "management" || isManagementApi(identifier);
    const isSeveral =
      Array.isArray(written(path)) && list.length > 0 && typeof written([...path, 0]) === "object";
    for (const [index, grant] of list.entries()) {
      const place = isSeveral ? [...path, index] : path;
      wholeGrant(place, grant, isSystem, report);
      // Scopes have to be stated: those that a grant starts with.
      const stated = { ...grant, scopes: undefined, subject: undefined };
      leftAloneAndStated(place, grantTable, stated, report);
      if (list.findIndex(({ subject }) => subject === grant.subject) !== index) {
        report(
          place,
          `there is a grant for subject ${grant.subject} already`,
          "Put all of its scopes into one.",
        );
      }
      const listed = Array.isArray(written(place)) ? place : [...place, "scopes"];
      repeatedScopes(listed, grant.scopes, report);
      const unknown = undeclaredScopes(grant.scopes, api?.scopes);
      if (unknown.length === 0) continue;
      // Its name in an exception is that of the first two steps of the place.
      if (!isExcepted(parts, "no-undeclared-scopes", showPath(path.slice(0, 2)))) {
        undeclared(listed, grant.scopes, unknown, apiKey, api?.scopes, report);
      }
    }
  }
}

function wholeGrant(path: Path, { scopes, allScopes }: Grant, isSystem: boolean, report: Report): void {
  if (allScopes !== true) return;
  if (scopes.length > 0) {
    report([...path, "scopes"], "allScopes leaves no choice of scopes", "Remove the list, or allScopes.");
  }
  if (isSystem) {
    report(
      [...path, "allScopes"],
      "Auth0 grants no application all scopes of its Management API",
      "List the scopes that the application needs, such as read:users.",
    );
  }
}

function repeatedScopes(path: Path, granted: readonly string[], report: Report): void {
  for (const [index, scope] of granted.entries()) {
    if (granted.indexOf(scope) !== index)
      report([...path, index], "this scope is in the list already", "Remove one of the two.");
  }
}

/** Reported whether the rules apply or not: as a rule it has exceptions, but a misspelt scope is never what was meant. */
function undeclared(
  path: Path,
  granted: readonly string[],
  unknown: readonly string[],
  apiKey: string,
  declared: Readonly<Record<string, string>> | undefined,
  report: Report,
): void {
  for (const [index, scope] of granted.entries()) {
    if (!unknown.includes(scope)) continue;
    report(
      [...path, index],
      `apis.${apiKey} declares no scope ${JSON.stringify(scope)} (rule no-undeclared-scopes)`,
      /^(\*|all)$|\*/.test(scope)
        ? "Name each scope; there is no wildcard."
        : suggestion(scope, Object.keys(declared ?? {}), `Declare it under apis.${apiKey}.scopes.`),
    );
  }
}

function isExcepted({ exceptions }: Parts, rule: string, on: string): boolean {
  return exceptions.some((exception) => exception?.rule === rule && exception.on === on);
}

/** Application `a` on API `b-c` and application `a-b` on API `c` would both have a grant `a-b-c`. */
function resourceNames(parts: Parts, report: Report): void {
  const owners = new Map<string, string>();
  for (const { path, api, list } of grantLists(parts)) {
    const [section = "", key = ""] = path;
    for (const subject of new Set(list.map((grant) => grant.subject))) {
      const name =
        section === "apis"
          ? apiNames(api).thirdPartyGrant(subject)
          : applicationNames(key).grant(api, subject);
      const owner = owners.get(name);
      if (owner !== undefined) {
        report(
          path,
          `its Pulumi resource would be called ${JSON.stringify(name)}, as that of ${owner}`,
          "Give one of the APIs or applications another key.",
        );
      }
      owners.set(name, owner ?? `${section}.${key}`);
    }
  }
}
