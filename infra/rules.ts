/** The rules over a resolved access model: what each one forbids, how much it matters, and the way out. */
import type { SoundParts } from "./accessModel.ts";
import { grantLists, undeclaredScopes } from "./model/grantReferences.ts";
import type { Path } from "./model/problem.ts";
import { signingAlgorithms, tokenProfiles } from "./model/properties/api.ts";
import type { ruleNames } from "./model/schema.ts";

/** A place where a model breaks a rule. */
export interface Breach {
  /** The place; its first two steps are the API or application. */
  path: Path;
  message: string;
  fix: string;
}

type Breaches = (model: SoundParts) => Breach[];

interface Rule {
  /** Reading a model reports its breaches already, except where there is an exception. */
  isRead?: true;
  /** A warning is printed and stops nothing, unless `--warnings-as-errors` asks for it. */
  severity: "error" | "warning";
  breaches: Breaches;
}

const error = (breaches: Breaches): Rule => ({ severity: "error", breaches });
const warning = (breaches: Breaches): Rule => ({ severity: "warning", breaches });

const loginAddresses = ["callbacks", "logoutUrls", "origins", "webOrigins"] as const;

/** One day: the longest that a token for a machine may live. */
const longestLifetime = 86_400;

export const rules: Readonly<Record<(typeof ruleNames)[number], Rule>> = {
  "asymmetric-signing": error(({ apis }) =>
    Object.values(apis)
      .filter(({ signingAlgorithm }) => signingAlgorithm === "HS256")
      .map(({ key }) => ({
        path: ["apis", key, "signingAlgorithm"],
        message: "HS256 signs with a secret that every verifier would share",
        fix: "Use RS256 or PS256.",
      })),
  ),

  "client-credentials-only": error(({ applications }) =>
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
  ),

  "no-all-scopes": error((model) =>
    grantLists(model).flatMap(({ path, list }) =>
      list.some(({ allScopes }) => allScopes === true)
        ? [
            {
              path,
              message: "this grants every scope of the API, those to come included",
              fix: "List the scopes that are needed.",
            },
          ]
        : [],
    ),
  ),

  "no-login-on-machines": error(({ applications }) =>
    Object.values(applications).flatMap((application) =>
      loginAddresses
        .filter((property) => (application[property] ?? []).length > 0)
        .map((property) => ({
          path: ["applications", application.key, property],
          message: "nobody logs in to a machine-to-machine application",
          fix: "Remove the line; for logins, use an application of another type.",
        })),
    ),
  ),

  "no-undeclared-scopes": {
    ...error((model) =>
      grantLists(model).flatMap(({ path, api, list }) =>
        list
          .flatMap(({ scopes }) => undeclaredScopes(scopes, model.apis[api]?.scopes))
          .map((scope) => ({
            path,
            message: `apis.${api} declares no scope ${JSON.stringify(scope)}`,
            fix: `Declare it under apis.${api}.scopes.`,
          })),
      ),
    ),
    isRead: true,
  },

  "no-wildcard": error(({ apis }) =>
    Object.values(apis).flatMap(({ key, scopes = {} }) =>
      Object.keys(scopes)
        .filter((scope) => scope.includes("*") || /^all([:_.-]?scopes)?$/i.test(scope))
        .map((scope) => ({
          path: ["apis", key, "scopes", scope],
          message: "a scope that stands for others cannot be granted sparingly",
          fix: "Declare one scope for each action that an application may take.",
        })),
    ),
  ),

  "one-scope-owner": error(({ apis }) => {
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
  }),

  "scope-described": error(({ apis }) =>
    Object.values(apis).flatMap(({ key, scopes = {} }) =>
      Object.entries(scopes)
        .filter(([, description]) => description.trim() === "")
        .map(([scope]) => ({
          path: ["apis", key, "scopes", scope],
          message: "the scope has no description",
          fix: "Say in a few words what it allows.",
        })),
    ),
  ),

  // Auth0 fills in what is left out, and then nobody sees when it changes.
  "token-format": error(({ apis }) =>
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
  ),

  "token-lifetime": error(({ apis }) =>
    Object.values(apis)
      .filter(({ tokenLifetime = 0 }) => tokenLifetime > longestLifetime)
      .map(({ key, tokenLifetime }) => ({
        path: ["apis", key, "tokenLifetime"],
        message: `tokens for machines live at most a day (86400 seconds), not ${tokenLifetime}`,
        fix: "Lower tokenLifetime; an application can ask for a new token at any time.",
      })),
  ),

  // Auth0's own checker warns of it. A model that is silent means what it always meant, unless it grants users scopes.
  "users-need-grant": warning((model) => {
    const granted = new Set(
      grantLists(model).flatMap(({ api, list }) =>
        list.some(({ subject }) => subject === "user") ? [api] : [],
      ),
    );
    return Object.values(model.apis).flatMap(({ key, access }) => {
      if (access === undefined ? !granted.has(key) : access.users !== "any") return [];
      return [
        {
          path: ["apis", key, ...(access === undefined ? [] : ["access"])],
          message: "users of every application get tokens for the API, whether it has a grant or not",
          fix: "Write `access: { users: granted }`, or `none` where only machines call it.",
        },
      ];
    });
  }),
};

function isOneOf(known: readonly string[], value: string | undefined): boolean {
  return value !== undefined && known.includes(value);
}
