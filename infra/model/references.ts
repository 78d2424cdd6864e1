/** What must fit together across a model: names, identifiers, grants, keys and the objects of exceptions. */
import { distance } from "fastest-levenshtein";
import { isManagementApi } from "./foreignApis.ts";
import { grantProblems } from "./grantReferences.ts";
import { leftAloneAndStated } from "./leftAloneProblems.ts";
import type { Locate, Parts, Report, Written } from "./parts.ts";
import type { Path, Problem } from "./problem.ts";
import { showPath } from "./problem.ts";
import { apiTable } from "./properties/api.ts";
import { applicationTable } from "./properties/application.ts";
import { suggestion } from "./suggest.ts";

/** Every reference that leads nowhere and every name that is taken twice. */
export function referenceProblems(parts: Parts, locate: Locate, written: Written): Problem[] {
  const problems: Problem[] = [];
  const report = (path: Path, message: string, fix: string) => {
    problems.push({ ...locate(path), path: showPath(path), message, fix });
  };
  formerKeys("apis", parts.apis, report);
  formerKeys("applications", parts.applications, report);
  identifiers(parts, report);
  foreignApis(parts, report);
  endpoints(parts, report);
  for (const [key, api] of Object.entries(parts.apis)) {
    roleBasedAccess(key, api, report);
    leftAloneAndStated(["apis", key], apiTable, api, report);
  }
  applicationsNames(parts, report);
  for (const [key, application] of Object.entries(parts.applications)) {
    keysAndMethod(key, application, report);
    leftAloneAndStated(["applications", key], applicationTable, application, report);
  }
  foreignApplications(parts, report);
  grantProblems(parts, report, written);
  exceptions(parts, report);
  return problems;
}

type Application = Parts["applications"][string];

/** A former key is nobody's present one, and the former one of a single entry. */
function formerKeys(
  section: "apis" | "applications",
  entries: Readonly<Record<string, { formerly?: readonly string[] | undefined }>>,
  report: Report,
): void {
  const owners = new Map<string, string>();
  for (const [key, { formerly = [] }] of Object.entries(entries)) {
    for (const [index, former] of formerly.entries()) {
      const path = [section, key, "formerly", index];
      const owner = owners.get(former);
      if (former === key) report(path, "this is its present key", "Remove it from the list.");
      else if (Object.hasOwn(entries, former)) {
        report(path, `${section}.${former} has this key now`, "Remove it, or rename the other entry.");
      } else if (owner !== undefined) {
        report(
          path,
          `${section}.${owner} had this key as well`,
          "One object has one key; remove one of the two.",
        );
      }
      owners.set(former, owner ?? key);
    }
  }
}

function identifiers({ apis }: Parts, report: Report): void {
  const owners = new Map<string, string>();
  for (const [key, { identifier }] of Object.entries(apis)) {
    if (identifier === undefined) continue;
    const path = ["apis", key, "identifier"];
    const owner = owners.get(identifier);
    if (owner !== undefined) {
      report(path, `apis.${owner} has this identifier already`, "Give each API an identifier of its own.");
    }
    owners.set(identifier, owner ?? key);
    if (isManagementApi(identifier)) {
      report(
        path,
        "this is the Management API of a tenant, which nobody may declare as their own",
        `Remove the entry, and grant scopes on it with \`foreignApis: { ${key}: management }\`.`,
      );
    } else if (/^https:\/\/[^/]+\.auth0\.com\/me\/?$|^urn:auth0:/i.test(identifier)) {
      report(
        path,
        "this identifier belongs to an API of Auth0 itself",
        `Give the identifier of an API of your own, or grant scopes on this one with \`foreignApis: { ${key}: ${identifier} }\`.`,
      );
    }
  }
}

function foreignApis({ apis, foreignApis }: Parts, report: Report): void {
  const owners = new Map<string, string>(
    Object.entries(apis).flatMap(([key, { identifier }]) =>
      identifier ? [[identifier, `apis.${key}`] as const] : [],
    ),
  );
  for (const [key, identifier] of Object.entries(foreignApis)) {
    const path = ["foreignApis", key];
    const same = isManagementApi(identifier) ? "management" : identifier;
    const owner = owners.get(same);
    if (identifier !== "management" && distance(identifier.toLowerCase(), "management") <= 2) {
      report(
        path,
        `${JSON.stringify(identifier)} is no identifier of an API but nearly the word management`,
        "Write `management` for the tenant's Management API.",
      );
    } else if (Object.hasOwn(apis, key)) {
      report(
        path,
        `apis.${key} has this key already`,
        "Give one of the two another key; grants name an API by it.",
      );
    } else if (owner !== undefined) {
      report(path, `${owner} stands for the same API`, "Remove one of the two.");
    }
    owners.set(same, owner ?? `foreignApis.${key}`);
  }
}

function endpoints({ apis }: Parts, report: Report): void {
  for (const [key, { scopes, endpoints = {} }] of Object.entries(apis)) {
    for (const [endpoint, scope] of Object.entries(endpoints)) {
      if (scopes === undefined || Object.hasOwn(scopes, scope)) continue;
      report(
        ["apis", key, "endpoints", endpoint],
        `apis.${key} declares no scope ${JSON.stringify(scope)}`,
        suggestion(scope, Object.keys(scopes), `Declare it under apis.${key}.scopes.`),
      );
    }
  }
}

function applicationsNames({ applications }: Parts, report: Report): void {
  const names = new Map<string, string>();
  const adopted = new Map<string, string>();
  for (const [key, { name, adopts }] of Object.entries(applications)) {
    const owner = name === undefined ? undefined : names.get(name);
    if (owner !== undefined) {
      report(
        ["applications", key, "name"],
        `applications.${owner} has this name already`,
        "Give each application a name of its own; bootstrap finds them by it.",
      );
    }
    if (name !== undefined) names.set(name, owner ?? key);
    if (adopts === undefined) continue;
    const adopter = adopted.get(adopts);
    if (adopter !== undefined) {
      report(
        ["applications", key, "adopts"],
        `applications.${adopter} adopts the same application`,
        "An application can become only one of them; remove one of the two lines.",
      );
    }
    adopted.set(adopts, adopter ?? key);
  }
  for (const [adopts, key] of adopted) {
    const owner = names.get(adopts);
    if (owner === undefined || owner === key) continue;
    report(
      ["applications", key, "adopts"],
      `applications.${owner} has the name that this adopts`,
      "Adopt an application that the model does not declare.",
    );
  }
}

/** Auth0 puts no permissions in tokens where it does not look at them. */
function roleBasedAccess(key: string, api: Parts["apis"][string], report: Report): void {
  if (api.permissionsInToken !== true || api.roleBasedAccess !== false) return;
  report(
    ["apis", key, "roleBasedAccess"],
    "permissionsInToken switches role-based access control on",
    "Remove the line, or write `permissionsInToken: false`.",
  );
}

function keysAndMethod(
  key: string,
  { authentication, credentials, publicKeys }: Application,
  report: Report,
): void {
  if (credentials === "elsewhere") {
    if (publicKeys === undefined) return;
    report(
      ["applications", key, "publicKeys"],
      "another tool keeps the keys of this application",
      "Remove the line, or write `credentials: ours`.",
    );
    return;
  }
  if (authentication === "private_key_jwt" && publicKeys === undefined) {
    report(
      ["applications", key, "authentication"],
      "private_key_jwt needs publicKeys",
      "List one or two PEM files with public keys under `publicKeys`.",
    );
  }
  if (authentication !== undefined && authentication !== "private_key_jwt" && publicKeys !== undefined) {
    report(
      ["applications", key, "publicKeys"],
      "public keys are for private_key_jwt alone",
      "Remove them, or write `authentication: private_key_jwt`.",
    );
  }
}

function foreignApplications({ foreignApplications }: Parts, report: Report): void {
  const owners = new Map<string, string>();
  for (const [key, { name, clientId }] of Object.entries(foreignApplications)) {
    if (name === undefined && clientId === undefined) {
      report(
        ["applications", key],
        "nothing says which application this is",
        "Give its clientId, in the stack's file where it differs between tenants, or its name.",
      );
    }
    if (clientId === undefined) continue;
    const owner = owners.get(clientId);
    if (owner !== undefined) {
      report(
        ["applications", key, "clientId"],
        `applications.${owner} has this client id already`,
        "Remove one of the two.",
      );
    }
    owners.set(clientId, owner ?? key);
  }
}

function exceptions(parts: Parts, report: Report): void {
  const seen = new Set<string>();
  const objects = [
    ...Object.keys(parts.apis).map((key) => `apis.${key}`),
    ...Object.keys({ ...parts.applications, ...parts.foreignApplications }).map(
      (key) => `applications.${key}`,
    ),
  ];
  for (const [index, exception] of parts.exceptions.entries()) {
    if (exception === undefined) continue;
    const { rule, on } = exception;
    if (!objects.includes(on)) {
      report(
        ["exceptions", index, "on"],
        `the model has no ${JSON.stringify(on)}`,
        suggestion(on, objects, "Remove the exception."),
      );
    }
    const same = `${rule} ${on}`;
    if (seen.has(same)) {
      report(
        ["exceptions", index],
        "an exception for this rule and object stands above",
        "Remove one of the two.",
      );
    }
    seen.add(same);
  }
}
