/** The least scopes that a management application needs for what a command does; pure (Auth0: Management API v2, each operation). */
import type { AccessModel } from "../../../infra/accessModel.ts";
import { exitCodes, ToolError } from "../../../lib/errors.ts";

/** What a command does to a tenant. */
export type Purpose = "bootstrap" | "teardown";

/** Sorted; depends on the model, for keys of `private_key_jwt` take scopes that secrets do not. */
export function requiredScopes(model: AccessModel, purpose: Purpose): string[] {
  const applications = Object.values(model.applications);
  const withKeys = applications.some(({ authentication }) => authentication === "private_key_jwt");
  const withSecrets = applications.some(({ authentication }) => authentication !== "private_key_jwt");
  const owned = families.filter(
    (family) =>
      (family !== "clients" ||
        applications.length > 0 ||
        Object.keys(model.foreignApplications).length === 0) &&
      (family !== "resource_servers" ||
        Object.keys(model.apis).length > 0 ||
        Object.keys(model.foreignApis).length === 0),
  );
  if (purpose === "teardown") {
    return unique([
      ...owned.map((family) => `delete:${family}`),
      // An API is emptied of its scopes, and an application put back to a secret, before they go. What is deleted is read
      // before and after.
      ...["read:resource_servers", "read:clients"],
      ...owned.filter((family) => family !== "client_grants").map((family) => `update:${family}`),
      ...(withKeys ? ["read:client_credentials", "delete:client_credentials"] : []),
    ]);
  }
  return unique([
    // What others own is only read.
    ...families.map((family) => `read:${family}`),
    ...["create", "update"].flatMap((verb) => owned.map((family) => `${verb}:${family}`)),
    // Without it the engine reads an application without its secret, and the outputs lose it.
    ...(withSecrets ? ["read:client_keys"] : []),
    ...(withKeys ? ["create", "read", "update", "delete"].map((verb) => `${verb}:client_credentials`) : []),
  ]);
}

const families = ["client_grants", "clients", "resource_servers"] as const;

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

export function missingScopes(missing: readonly string[]): ToolError {
  return new ToolError(
    "management_scopes_missing",
    `The management application lacks scopes on the Auth0 Management API: ${missing.join(" ")}.`,
    {
      exitCode: exitCodes.credentials,
      hint: "Add them to its grant: Dashboard, Applications, the application, APIs, Auth0 Management API.",
    },
  );
}

function unique(scopes: readonly string[]): string[] {
  return [...new Set(scopes)].sort();
}
