/** The least scopes that a management application needs for what a command does; pure (Auth0: Management API v2, each operation). */
import type { AccessModel } from "../../infra/accessModel.ts";

/** What a command does to a tenant. */
export type Purpose = "bootstrap" | "teardown";

/** Sorted; depends on the model, for keys of `private_key_jwt` take scopes that secrets do not. */
export function requiredScopes(model: AccessModel, purpose: Purpose): string[] {
  const applications = Object.values(model.applications);
  const withKeys = applications.some(({ authentication }) => authentication === "private_key_jwt");
  const withSecrets = applications.some(({ authentication }) => authentication !== "private_key_jwt");
  const verbs = purpose === "bootstrap" ? ["create", "read", "update"] : ["delete", "read", "update"];
  return [
    ...verbs.flatMap((verb) => [`${verb}:client_grants`, `${verb}:clients`, `${verb}:resource_servers`]),
    // Without it the engine reads an application without its secret, and the outputs lose it.
    ...(withSecrets ? ["read:client_keys"] : []),
    ...(withKeys ? [...verbs, "delete"].map((verb) => `${verb}:client_credentials`) : []),
  ]
    .filter((scope, index, all) => all.indexOf(scope) === index)
    .sort();
}

export interface ScopeComparison {
  readonly missing: readonly string[];
  /** Granted but not needed by this command; good to take away where a credential is kept for it alone. */
  readonly surplus: readonly string[];
}

export function compareScopes(required: readonly string[], granted: readonly string[]): ScopeComparison {
  return {
    missing: required.filter((scope) => !granted.includes(scope)),
    surplus: granted.filter((scope) => !required.includes(scope)),
  };
}
