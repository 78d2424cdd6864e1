/** What must fit together across a model: names, identifiers, grants, keys and the objects of exceptions. */
import { applicationNames } from "../names.ts";
import type { Path, Position, Problem } from "./problem.ts";
import { showPath } from "./problem.ts";
import type { ApiFields, ApplicationFields, ExceptionFields } from "./schema.ts";
import { suggestion } from "./suggest.ts";

/** A model, or what is sound of one. */
export interface Parts {
  apis: Record<string, Partial<ApiFields>>;
  applications: Record<string, Partial<ApplicationFields>>;
  exceptions: readonly (ExceptionFields | undefined)[];
}

export type Locate = (path: Path, at?: "key" | "value") => Position;

/** Every reference that leads nowhere and every name that is taken twice. */
export function referenceProblems(parts: Parts, locate: Locate): Problem[] {
  const problems: Problem[] = [];
  const report = (path: Path, message: string, fix: string) => {
    problems.push({ ...locate(path), path: showPath(path), message, fix });
  };
  formerKeys("apis", parts.apis, report);
  formerKeys("applications", parts.applications, report);
  identifiers(parts, report);
  endpoints(parts, report);
  applicationsNames(parts, report);
  for (const [key, application] of Object.entries(parts.applications)) {
    keysAndMethod(key, application, report);
    grants(key, application, parts, report);
  }
  resourceNames(parts, report);
  exceptions(parts, report);
  return problems;
}

type Application = Parts["applications"][string];
type Report = (path: Path, message: string, fix: string) => void;

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
    if (/^https:\/\/[^/]+\.auth0\.com\/(api\/v2|me)\/?$|^urn:auth0:/i.test(identifier)) {
      report(
        path,
        "this identifier belongs to an API of Auth0 itself",
        "Give the identifier of an API of your own.",
      );
    }
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

function keysAndMethod(key: string, { authentication, publicKeys }: Application, report: Report): void {
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

function grants(key: string, application: Application, { apis }: Parts, report: Report): void {
  for (const [apiKey, scopes] of Object.entries(application.grants ?? {})) {
    const path = ["applications", key, "grants", apiKey];
    const api = Object.hasOwn(apis, apiKey) ? apis[apiKey] : undefined;
    if (api === undefined) {
      report(
        path,
        `no API has the key ${JSON.stringify(apiKey)}`,
        suggestion(apiKey, Object.keys(apis), "Declare it under `apis`."),
      );
      continue;
    }
    const seen = new Set<string>();
    for (const [index, scope] of scopes.entries()) {
      if (seen.has(scope))
        report([...path, index], "this scope is in the list already", "Remove one of the two.");
      seen.add(scope);
      if (api.scopes === undefined || Object.hasOwn(api.scopes, scope)) continue;
      report(
        [...path, index],
        `apis.${apiKey} declares no scope ${JSON.stringify(scope)}`,
        /^(\*|all)$|\*/.test(scope)
          ? "Name each scope; there is no wildcard."
          : suggestion(scope, Object.keys(api.scopes), `Declare it under apis.${apiKey}.scopes.`),
      );
    }
  }
}

/** Application `a` on API `b-c` and application `a-b` on API `c` would both have a grant `a-b-c`. */
function resourceNames({ applications }: Parts, report: Report): void {
  const owners = new Map<string, string>();
  for (const [key, application] of Object.entries(applications)) {
    for (const api of Object.keys(application.grants ?? {})) {
      const name = applicationNames(key).grant(api);
      const owner = owners.get(name);
      if (owner !== undefined) {
        report(
          ["applications", key, "grants", api],
          `its Pulumi resource would be called ${JSON.stringify(name)}, as that of applications.${owner}`,
          "Give one of the APIs or applications another key.",
        );
      }
      owners.set(name, owner ?? key);
    }
  }
}

function exceptions(parts: Parts, report: Report): void {
  const seen = new Set<string>();
  const objects = [
    ...Object.keys(parts.apis).map((key) => `apis.${key}`),
    ...Object.keys(parts.applications).map((key) => `applications.${key}`),
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
