/** Rules over the resolved access model, and the exceptions from them. */
import {
  type AccessModel,
  AccessModelError,
  type AccessModelSource,
  type Exception,
  type Problem,
  readAccessModel,
  type SoundParts,
} from "./accessModel.ts";
import { type Path, showPath } from "./model/problem.ts";
import { signingAlgorithms, tokenProfiles } from "./model/properties/api.ts";
import type { Locate } from "./model/references.ts";
import { ruleNames } from "./model/schema.ts";

/** A rule that an object breaks. */
export interface Violation {
  rule: RuleName;
  /** The API or application, e.g. `apis.timesheets`, as an exception's `on` names it. */
  on: string;
  /** The place within it. */
  path: Path;
  message: string;
  fix: string;
}

export type RuleName = (typeof ruleNames)[number];

/** One day: the longest that a token for a machine may live. */
const longestLifetime = 86_400;

const rules: Record<RuleName, (model: SoundParts) => Omit<Violation, "rule" | "on">[]> = {
  "asymmetric-signing": ({ apis }) =>
    Object.values(apis)
      .filter(({ signingAlgorithm }) => signingAlgorithm === "HS256")
      .map(({ key }) => ({
        path: ["apis", key, "signingAlgorithm"],
        message: "HS256 signs with a secret that every verifier would share",
        fix: "Use RS256 or PS256.",
      })),

  "client-credentials-only": ({ applications }) =>
    Object.values(applications).flatMap(({ key, grantTypes = [] }) =>
      grantTypes.flatMap((grantType, index) =>
        grantType === "client_credentials"
          ? []
          : [
              {
                path: ["applications", key, "grantTypes", index],
                message: `a machine-to-machine application does not use ${grantType}`,
                fix: "Keep only client_credentials in the list.",
              },
            ],
      ),
    ),

  "no-wildcard": ({ apis }) =>
    Object.values(apis).flatMap(({ key, scopes = {} }) =>
      Object.keys(scopes)
        .filter((scope) => scope.includes("*") || /^all([:_.-]?scopes)?$/i.test(scope))
        .map((scope) => ({
          path: ["apis", key, "scopes", scope],
          message: "a scope that stands for others cannot be granted sparingly",
          fix: "Declare one scope for each action that an application may take.",
        })),
    ),

  "one-scope-owner": ({ apis }) => {
    const owners = new Map<string, string>();
    return Object.values(apis).flatMap(({ key, identifier }) => {
      if (identifier === undefined) return [];
      const same = identifier.toLowerCase().replace(/\/+$/, "");
      const owner = owners.get(same);
      if (owner === undefined) owners.set(same, key);
      // The very same identifier is wrong whatever the rules say, so reading the model has reported it.
      return owner === undefined || apis[owner]?.identifier === identifier
        ? []
        : [
            {
              path: ["apis", key, "identifier"],
              message: `this identifier is that of apis.${owner} but for its case or final slash`,
              fix: "Let one API own the scopes, or give this one a clearly different identifier.",
            },
          ];
    });
  },

  "scope-described": ({ apis }) =>
    Object.values(apis).flatMap(({ key, scopes = {} }) =>
      Object.entries(scopes)
        .filter(([, description]) => description.trim() === "")
        .map(([scope]) => ({
          path: ["apis", key, "scopes", scope],
          message: "the scope has no description",
          fix: "Say in a few words what it allows.",
        })),
    ),

  // Auth0 fills in what is left out, and then nobody sees when it changes.
  "token-format": ({ apis }) =>
    Object.values(apis)
      .filter(
        ({ signingAlgorithm, tokenProfile }) =>
          !isOneOf(signingAlgorithms, signingAlgorithm) || !isOneOf(tokenProfiles, tokenProfile),
      )
      .map(({ key }) => ({
        path: ["apis", key],
        message: "the signing algorithm and the token profile are not both set",
        fix: "Set signingAlgorithm and tokenProfile.",
      })),

  "token-lifetime": ({ apis }) =>
    Object.values(apis)
      .filter(({ tokenLifetime = 0 }) => tokenLifetime > longestLifetime)
      .map(({ key }) => ({
        path: ["apis", key, "tokenLifetime"],
        message: "tokens for machines live at most a day (86400 seconds)",
        fix: "Lower tokenLifetime; an application can ask for a new token at any time.",
      })),
};

function isOneOf(known: readonly string[], value: string | undefined): boolean {
  return value !== undefined && known.includes(value);
}

/** Every rule that the model breaks, exceptions not considered. */
export function violations(model: SoundParts): Violation[] {
  return ruleNames.flatMap((rule) =>
    rules[rule](model).map((found) => ({ rule, on: showPath(found.path.slice(0, 2)), ...found })),
  );
}

/** The rules' verdict: violations that no exception covers, and exceptions that are expired or cover nothing. */
export function policyProblems(model: SoundParts, locate: Locate, today: Date): Problem[] {
  const found = violations(model);
  const excused = (violation: Violation) =>
    model.exceptions.some((exception) => exception !== undefined && covers(exception, violation));
  const problem = (path: Path, message: string, fix: string) => ({
    ...locate(path),
    path: showPath(path),
    message,
    fix,
  });
  const broken = found
    .filter((violation) => !excused(violation))
    .map(({ rule, path, message, fix }) => {
      const exceptionally = "Where it has to be, add an exception with a reason and an end date.";
      return problem(path, `${message} (rule ${rule})`, `${fix} ${exceptionally}`);
    });
  const outdated = model.exceptions.flatMap((exception, index) => {
    // What is said of an object that the model does not have is reported already.
    if (exception === undefined || !has(model, exception.on)) return [];
    const { rule, on, until } = exception;
    if (!found.some((violation) => covers(exception, violation))) {
      const fix = "Remove the exception; nothing needs it.";
      return [problem(["exceptions", index], `${on} does not break the rule ${rule}`, fix)];
    }
    if (until >= today.toISOString().slice(0, 10)) return [];
    const message = `the exception from ${rule} for ${on} ended on ${until}`;
    return [
      problem(["exceptions", index, "until"], message, "Fix what it was for, or agree on a new end date."),
    ];
  });
  return [...broken, ...outdated];
}

function covers(exception: Exception, { rule, on }: Violation): boolean {
  return exception.rule === rule && exception.on === on;
}

function has({ apis, applications }: SoundParts, on: string): boolean {
  return (
    Object.keys(apis).some((key) => on === `apis.${key}`) ||
    Object.keys(applications).some((key) => on === `applications.${key}`)
  );
}

/**
 * The model, whole and within the rules.
 * @throws {AccessModelError} with every problem of both kinds at once
 */
export function loadCheckedModel(source: AccessModelSource = {}, today: Date = new Date()): AccessModel {
  const { model, sound, problems, locate } = readAccessModel(source);
  const all = [...problems, ...policyProblems(sound, locate, today)];
  if (model === undefined || all.length > 0) throw new AccessModelError(all);
  return model;
}
