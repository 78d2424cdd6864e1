/** The rules over a resolved access model: what each one forbids, how much it matters, and the way out. */
import type { SoundParts } from "./accessModel.ts";
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
  /** A warning is printed and stops nothing, unless `--warnings-as-errors` asks for it. */
  severity: "error" | "warning";
  breaches: Breaches;
}

const error = (breaches: Breaches): Rule => ({ severity: "error", breaches });

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
      .map(({ key }) => ({
        path: ["apis", key, "tokenLifetime"],
        message: "tokens for machines live at most a day (86400 seconds)",
        fix: "Lower tokenLifetime; an application can ask for a new token at any time.",
      })),
  ),
};

function isOneOf(known: readonly string[], value: string | undefined): boolean {
  return value !== undefined && known.includes(value);
}
