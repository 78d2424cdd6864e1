/** The language in which a resource type's properties are declared, once, for every operation. */
import type { Value } from "./values.ts";

interface Common {
  /** The field's name in the Management API. */
  readonly wire: string;
  readonly required?: true;
  /** Optional, filled in by the tenant: leaving it out of the program is never a difference. */
  readonly computed?: true;
  /** Comes from the tenant alone; a program cannot set it. */
  readonly output?: true;
  /** Only recorded: the official plugin can set it, this provider cannot. Together with `output`. */
  readonly officialOnly?: true;
  /** Recorded where the tenant has none. */
  readonly absent?: Value;
  /** A change makes a new object instead of updating this one. */
  readonly replace?: true;
  /** Always encrypted in state. */
  readonly secret?: true;
  /** Sent to the tenant, never read back nor kept in the outputs. */
  readonly writeOnly?: true;
  /** A change of it alone is no difference. */
  readonly unwatched?: true;
  /** Put into the inputs of a program that leaves it out. */
  readonly default?: Value;
  /** When it is part of a request; without this, of every create and update. */
  readonly sent?: "create" | "changed" | "never";
}

export interface Scalar extends Common {
  readonly type: "string" | "boolean" | "integer";
  /** The accepted values; compared without regard to case where `anyCase` is set. */
  readonly values?: readonly string[];
  readonly anyCase?: true;
  readonly minimumLength?: number;
  readonly maximumLength?: number;
  /** An RFC 3339 date and time. */
  readonly time?: true;
}

/** A list of strings, in an order that matters. */
export interface Strings extends Common {
  readonly type: "strings";
  readonly values?: readonly string[];
  /** Refuses empty strings. */
  readonly filled?: true;
}

/** Strings by key. */
export interface Dictionary extends Common {
  readonly type: "map";
}

export interface Nested extends Common {
  /** `set` is a list whose order has no meaning. */
  readonly type: "object" | "list" | "set";
  readonly properties: Table;
}

/** The official plugin has it, this provider does not, nor is it recorded: using it is an error that says so. */
export interface Unsupported {
  readonly type: "unsupported";
}

export type Property = Scalar | Strings | Dictionary | Nested;

/** The properties of a resource type by their name in Pulumi programs. */
export type Table = Readonly<Record<string, Property | Unsupported>>;

/** The supported entries of a table. */
export function entries(table: Table): [name: string, property: Property][] {
  return Object.entries(table).filter(
    (entry): entry is [string, Property] => entry[1].type !== "unsupported",
  );
}

/** Entries for names that only the official plugin supports. */
export function unsupported<Name extends string>(...names: Name[]): Record<Name, Unsupported> {
  return Object.fromEntries(names.map((name) => [name, { type: "unsupported" }])) as Record<
    Name,
    Unsupported
  >;
}

/** Marks a property that this provider records but leaves to the official plugin to set. */
export const onlyRecorded = { output: true, officialOnly: true } as const;
