/** The scopes that one plan needs beyond those of every bootstrap; pure. */
import { resourceTypes } from "../../../infra/names.ts";
import type { Plan } from "./plan.ts";

/** Sorted: for objects that leave the model, and keys that leave an application. */
export function scopesOfPlan({ removed, removedKeys, steps }: Plan): string[] {
  const gone = new Set(removed.map(({ type }) => type));
  const replaced = steps.some(({ action }) => action === "replace");
  const scopes = [
    ...(gone.has(resourceTypes.application) ? ["delete:clients"] : []),
    ...(gone.has(resourceTypes.api) || replaced ? ["delete:resource_servers"] : []),
    ...(gone.has(resourceTypes.grant) || replaced ? ["delete:client_grants"] : []),
    ...(removedKeys.length > 0 ? ["delete:client_credentials", "read:client_credentials"] : []),
  ];
  return scopes.sort();
}
