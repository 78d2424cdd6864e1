/** From what a component is given to the arguments of its Pulumi resource, by a property table. */
import type * as pulumi from "@pulumi/pulumi";
import type * as z from "zod";
import { setAt } from "./model/properties/compare.ts";
import {
  defaultOf,
  type Fields,
  type Property,
  type PropertyTable,
  wiresOf,
} from "./model/properties/property.ts";

type Rows = Readonly<Record<string, Property>>;

/** Keys whose value on the wire is computed, so that it cannot be an output. */
type Computed<Row> = Row extends { wire: readonly { value: unknown }[] } ? true : false;

/** What a component takes: the keys of its table, plain or, where nothing is computed from them, as outputs. */
export type ComponentArguments<Table extends Rows> = {
  [Key in Optional<Table>]?: Argument<Table[Key], z.input<Table[Key]["accepts"]>> | undefined;
} & {
  [Key in Exclude<keyof Table, Optional<Table>>]: Argument<Table[Key], z.input<Table[Key]["accepts"]>>;
};

type Optional<Table extends Rows> = {
  [Key in keyof Table]: undefined extends z.input<Table[Key]["accepts"]> ? Key : never;
}[keyof Table];

type Argument<Row, Value> = Computed<Row> extends true ? Value : pulumi.Input<Exclude<Value, undefined>>;

/**
 * The arguments that a table's properties make, defaults filled in. Auth0 fills in whatever is left out, and Pulumi
 * then sees no change when someone changes it by hand; so what the model has a value for is always set.
 */
export function argumentsOf<Arguments>(table: PropertyTable, given: Fields): Arguments {
  const defaults = Object.entries(table.properties).map(([key, row]) => [key, defaultOf(row)]);
  const stated = Object.entries(given).filter(([, value]) => value !== undefined);
  const fields = Object.fromEntries([...defaults, ...stated]);
  const made: Record<string, unknown> = {};
  for (const { argument, value } of wiresOf(table)) {
    const wanted: unknown = value(fields);
    if (wanted !== undefined) setAt(made, argument, wanted);
  }
  // Each table's type ties its argument names to the resource's.
  return made as Arguments;
}
