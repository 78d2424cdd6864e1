/** What bringing an object of a tenant in line with the model changes in it, as data. */
import { type Json, same, valueAt } from "./compare.ts";
import { isAmong, leftAlone } from "./leaveAlone.ts";
import { expectationOf, type Fields, type PropertyTable, wiresOf } from "./property.ts";

export interface Change {
  /** The property in the Management API's words, e.g. `token_lifetime`. */
  readonly property: string;
  /** The one element of a list that changes, e.g. a scope. */
  readonly element?: string;
  /** Null where it is not there. */
  readonly from: Json;
  /** Null where it will not be there. */
  readonly to: Json;
  /** It lowers security. */
  readonly weaker: boolean;
}

/**
 * The changes in the properties that the program sets; one that neither the model nor the component has a value for
 * stays as it is.
 * @param object As the Management API gives it, with what Auth0 leaves out filled in.
 * @param fields What the model states of it.
 */
export function changesOf(table: PropertyTable, object: Fields, fields: Fields): Change[] {
  const leave = leftAlone(table, fields);
  return wiresOf(table).flatMap((wire) => {
    if (isAmong(leave, wire.name)) return [];
    const { declared, value, accepts, weaker } = expectationOf(wire, fields);
    const actual = valueAt(object, wire.name);
    if (!declared || same(actual, value) || accepts?.(actual, fields)) return [];
    return {
      property: wire.name,
      from: actual ?? null,
      to: value ?? null,
      weaker: weaker?.(actual, value) ?? false,
    };
  });
}
