/** The changes of a plan in words; pure. */
import { apiTable } from "../../../infra/model/properties/api.ts";
import { applicationTable } from "../../../infra/model/properties/application.ts";
import type { Change } from "../../../infra/model/properties/changes.ts";
import { isUnset, type Json } from "../../../infra/model/properties/compare.ts";
import { type Wire, wiresOf } from "../../../infra/model/properties/property.ts";

type Words = Pick<Wire, "title" | "unit" | "long">;

const authentication: Words = { title: "authentication" };
const words: ReadonlyMap<string, Words> = new Map([
  ["token_endpoint_auth_method", authentication],
  ...[apiTable, applicationTable].flatMap(wiresOf).map((wire) => [wire.name, wire] as const),
]);

/** A phrase for each property, and one for all scopes that are added, removed or described in another way. */
export function describeChanges(changes: readonly Change[]): string[] {
  const scopes = changes.filter(({ property }) => property === "scopes");
  return [
    ...changes.filter((change) => !scopes.includes(change)).map(describeChange),
    ...scopesThat("added", scopes, ({ from }) => from === null),
    ...scopesThat("removed", scopes, ({ to }) => to === null),
    ...scopes
      .filter(({ from, to }) => from !== null && to !== null)
      .map(
        ({ element, from, to }) => `scope ${element} described as ${quoted(to)} instead of ${quoted(from)}`,
      ),
  ];
}

function quoted(value: Json): string {
  return value === null || value === "" ? "nothing" : JSON.stringify(value);
}

function describeChange({ property, element, from, to }: Change): string {
  if (property === "identifier") return `identifier ${from} to ${to}, so it is deleted and created again`;
  if (property === "name") return `renamed from ${from ?? "no name"}`;
  if (element !== undefined) return from === null ? `key ${to} added` : `key ${from} removed`;
  const { title, unit, long } = words.get(property) ?? { title: property };
  if (long) return `${title} ${quoted(from)} to ${quoted(to)}`;
  return `${title} ${shown(from, unit)} to ${shown(to, unit)}`;
}

function scopesThat(what: string, scopes: readonly Change[], applies: (change: Change) => boolean): string[] {
  const names = scopes.filter(applies).flatMap(({ element }) => element ?? []);
  return names.length > 0 ? [`scopes ${what}: ${names.join(", ")}`] : [];
}

function shown(value: Json, unit?: string): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return [...value].sort().join(" ") || "none";
  if (value === null || (typeof value === "object" && isUnset(value))) return "nothing";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return unit === undefined ? text : `${text} ${unit}`;
}
