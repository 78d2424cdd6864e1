/** What a row of a property table says, and what follows from every row alike. */
import * as z from "zod";
import { isUnset, type Json } from "./compare.ts";

/** What the model states of one object, by the keys of its table. */
export type Fields = Readonly<Record<string, unknown>>;

/** True where `to` lowers security in comparison with `from`; both as on the wire, undefined where unset. */
export type Weaker = (from: Json | undefined, to: Json | undefined) => boolean;

/** How a property of a tenant's object should be where the model is silent. */
export interface Undeclared {
  /** What Auth0 fills in. @default unset */
  readonly value?: Json;
  /** Further values that Auth0 fills in by itself. */
  readonly accepts?: (actual: Json | undefined, fields: Fields) => boolean;
  /** @default never */
  readonly weaker?: Weaker;
  /** Of a difference that does not lower security. @default medium */
  readonly severity?: "medium" | "low";
  /** Only the names of what stands below may be shown, since the values may be secrets. */
  readonly namesOnly?: boolean;
}

/** A property of the Management API's object that the program sets. */
export interface Wire<Argument extends string = string> {
  /** Its path in the object, parts joined by dots. */
  readonly name: string;
  /** The argument of the Pulumi resource, parts joined by dots. */
  readonly argument: Argument;
  /** What a plan calls it. */
  readonly title: string;
  /** What follows the value in a plan. */
  readonly unit?: "s";
  /** A plan names the property without its values. */
  readonly long?: boolean;
  /** What the model asks for, undefined where it is silent. @default the value under the row's key */
  readonly value?: (fields: Fields) => Json | undefined;
  /** The fields that ask for a value, in a model that states `fields`. @default the value under the row's key, where the row accepts it */
  readonly read?: (value: Json, fields: Fields) => Fields | undefined;
  /** Other values that mean the same as the expected one. */
  readonly accepts?: (actual: Json | undefined, expected: Json | undefined) => boolean;
  /** @default never */
  readonly weaker?: Weaker;
  /** Of a difference that does not lower security. @default medium */
  readonly severity?: "medium" | "low";
  /** A list whose elements are lost and added one by one. */
  readonly byElement?: boolean;
  /** A map whose keys are lost, changed and added one by one. */
  readonly byKey?: boolean;
  /** How it should be where the model is silent; such a property has no default. */
  readonly undeclared?: Undeclared;
  /** Where the model is silent, it is as if `leaveAlone` named the property. */
  readonly elseLeftAlone?: boolean;
}

/** A key of the model. */
export interface Property<Argument extends string = string> {
  /** What stands under it, with its default. */
  readonly accepts: z.ZodType;
  /** What it sets, one sentence. */
  readonly sentence: string;
  /** What it takes, for the documentation's table. */
  readonly values: string;
  /** The default, where `accepts` has none or does not show it. */
  readonly otherwise?: string;
  /** The line or lines of a model that set it. */
  readonly example: string;
  /** What to write where it is missing or of the wrong shape, one sentence. */
  readonly fix: string;
  /** What to do about values that others than the right ones are often taken for, one sentence for each. */
  readonly instead?: Readonly<Record<string, string>>;
  /** What to do about a bad key below it, one sentence. @default to write it as the key of an object */
  readonly keyFix?: string;
  /** Other names that people write for it; those on the wire need no mention. */
  readonly alsoCalled?: readonly string[];
  /** Absent where a resource of its own, or nothing in the tenant, carries it. */
  readonly wire?: readonly Wire<Argument>[];
}

/** Everything that is known of the properties of one kind of object. */
export interface PropertyTable<Argument extends string = string> {
  /** By the key in the model. */
  readonly properties: Readonly<Record<string, Property<Argument>>>;
  /** Set by the component, whatever the model says. */
  readonly fixed?: readonly Wire<Argument>[];
  /** Looked at although no model can set them, by path on the wire; a difference is a finding. */
  readonly undeclared: Readonly<Record<string, Undeclared>>;
  /**
   * The arguments of top-level properties that no row sets, by their names on the wire, so that `leaveAlone` may name
   * them; null where the provider never writes one.
   */
  readonly others: Readonly<Record<string, Argument | null>>;
  /** Never looked at: ids, labels that Auth0 makes, and what is compared by rules of its own. */
  readonly ignored: readonly string[];
  /** Paths that the provider writes null over where the program leaves them out. */
  readonly overwritten?: readonly string[];
}

/** The arguments of a Pulumi resource, as a table may name them. */
export type ArgumentOf<Arguments> = (keyof Arguments & string) | `${keyof Arguments & string}.${string}`;

/** A property on the wire, bound to the key of its row. */
export interface BoundWire extends Omit<Wire, "value" | "read"> {
  /** Absent where the component sets it by itself. */
  readonly key?: string;
  value(fields: Fields): Json | undefined;
  read(value: Json, fields: Fields): Fields | undefined;
}

/** Every property that the program may set on an object of this kind. */
export function wiresOf({
  properties,
  fixed = [],
}: Pick<PropertyTable, "properties" | "fixed">): BoundWire[] {
  const declared = Object.entries(properties).flatMap(([key, { accepts, wire = [] }]) =>
    wire.map((one) => ({
      key,
      ...one,
      // Every value of a model is plain data.
      value: one.value ?? ((fields: Fields) => fields[key] as Json | undefined),
      read:
        one.read ?? ((value: Json) => (z.safeParse(accepts, value).success ? { [key]: value } : undefined)),
    })),
  );
  return [...declared, ...fixed.map((one) => ({ value: () => undefined, read: () => undefined, ...one }))];
}

/** What the model or, where it is silent, Auth0 puts in a property, and when another value is a weaker one. */
export interface Expectation extends Undeclared {
  /** The model or a component sets it. */
  readonly declared: boolean;
}

/** How a property that the program may set should be in a tenant, for an object with these fields. */
export function expectationOf(wire: BoundWire, fields: Fields): Expectation {
  const value = wire.value(fields);
  if (value === undefined && wire.undeclared) return { ...wire.undeclared, declared: false };
  const { accepts, weaker, severity } = wire;
  return {
    declared: true,
    ...(value !== undefined && { value }),
    ...(accepts && { accepts: (actual: Json | undefined) => accepts(actual, value) }),
    ...(weaker && { weaker }),
    ...(severity && { severity }),
  };
}

/** The default of a property; undefined where it has none. */
export function defaultOf({ accepts }: Property): unknown {
  return z.safeParse(accepts, undefined).data;
}

/** Whether a model may leave the property out, and then says nothing of it. */
export function mayBeSilent({ accepts }: Property): boolean {
  const { success, data } = z.safeParse(accepts, undefined);
  return success && data === undefined;
}

/** The shape of an object's entry in the model, each property with its sentence. */
export function shapeOf<Rows extends Readonly<Record<string, Property>>>(
  rows: Rows,
): { [Key in keyof Rows]: Rows[Key]["accepts"] } {
  const described = Object.entries(rows).map(([key, { accepts, sentence }]) => [
    key,
    accepts.describe(sentence),
  ]);
  // Every key keeps its row's type: describing a validator changes nothing else.
  return Object.fromEntries(described) as { [Key in keyof Rows]: Rows[Key]["accepts"] };
}

export const whenSet: Weaker = (_, to) => !isUnset(to);
export const whenUnset: Weaker = (_, to) => isUnset(to);
/** A list that holds something it did not hold before. */
export const whenAdded: Weaker = (from, to) =>
  Array.isArray(to) && to.some((item) => !(Array.isArray(from) && from.includes(item)));
export const whenLonger: Weaker = (from, to) =>
  typeof to !== "number" || (typeof from === "number" && to > from);
/** Signatures that every verifier could make. */
export const whenSymmetric: Weaker = (_, to) => typeof to !== "string" || to.startsWith("HS");
export const when =
  (...values: readonly (Json | undefined)[]): Weaker =>
  (_, to) =>
    values.includes(to);
