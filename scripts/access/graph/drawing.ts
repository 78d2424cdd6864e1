/** What both drawings need of a graph: safe short names for its nodes, and the texts that stand on them. */
import { plainText } from "../../../lib/text.ts";
import type { AccessGraph, ApiNode, ApplicationNode, GrantEdge } from "./accessGraph.ts";

/** Heading of the part that the model does not name. */
export const apartTitle = "Not in the access model";

/** Heading of what the model names as owned by others. */
export const elsewhereTitle = "Owned elsewhere";

/** Where a node is drawn. */
export type Part = "ours" | "elsewhere" | "apart";

export function partOf({ inModel, owner }: ApiNode | ApplicationNode): Part {
  if (!inModel) return "apart";
  return owner ?? "ours";
}

/** Names made here, so that nothing from a tenant is ever read as syntax. */
export function nodeNames({ apis, applications }: AccessGraph): {
  api: (identifier: string) => string;
  application: (id: string) => string;
} {
  const named = (prefix: string, ids: readonly string[]) => {
    const names = new Map(ids.map((id, index) => [id, `${prefix}${index + 1}`]));
    return (id: string) => names.get(id) ?? `${prefix}0`;
  };
  return {
    api: named(
      "api",
      apis.map(({ identifier }) => identifier),
    ),
    application: named(
      "application",
      applications.map(({ id }) => id),
    ),
  };
}

export function apiLines({ name, identifier }: ApiNode): string[] {
  return [...new Set([plainText(name), plainText(identifier)])];
}

export function applicationLines({ name, id, inModel }: ApplicationNode): string[] {
  // Two applications may have one name; an id distinguishes them.
  return inModel ? [plainText(name)] : [...new Set([plainText(name), plainText(id)])];
}

/** A drawing shows this many scopes of a grant; the JSON has all. */
const mostScopes = 12;

export function grantLines({ scopes, forUsers }: GrantEdge): string[] {
  return [...(forUsers ? ["for users:"] : []), ...scopeLines(scopes)];
}

function scopeLines(scopes: readonly string[]): string[] {
  if (scopes.length === 0) return ["(no scope)"];
  if (scopes.length <= mostScopes) return scopes.map(plainText);
  return [...scopes.slice(0, mostScopes - 1).map(plainText), `and ${scopes.length - mostScopes + 1} more`];
}
