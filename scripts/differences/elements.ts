/** Differences in a list whose elements the model names one by one: what is lost, and what was added by hand. */
import { type Finding, type Fix, finding } from "./finding.ts";
import { putBack, takenAwayByBootstrap } from "./fixes.ts";
import { element } from "./paths.ts";

/** A list of the model beside the one of the tenant. */
export interface Elements {
  readonly resource: Finding["resource"];
  /** Name of the list on the wire. */
  readonly list: string;
  readonly wanted: readonly string[];
  readonly actual: readonly string[];
  /** Says that an element is lost, one sentence. */
  readonly lost: (one: string) => string;
  /** Says that one was added, one sentence. */
  readonly added: (one: string) => string;
  /** What a person does about one that was added; bootstrap takes it away. */
  readonly fixOf: (one: string) => Fix;
}

/** The order does not matter, nor how often one is there. */
export function compareElements({ resource, list, wanted, actual, lost, added, fixOf }: Elements): Finding[] {
  const there = new Set(actual);
  return [
    ...wanted
      .filter((one) => !there.has(one))
      .map((one) =>
        finding({
          kind: "missing",
          weakened: false,
          resource,
          property: element(list, one),
          expected: one,
          actual: null,
          message: lost(one),
          fix: putBack(),
        }),
      ),
    ...[...there]
      .filter((one) => !wanted.includes(one))
      .map((one) =>
        finding({
          kind: "unmanaged",
          weakened: true,
          resource,
          property: element(list, one),
          expected: null,
          actual: one,
          message: added(one),
          fix: takenAwayByBootstrap(fixOf(one)),
          undoneByUp: true,
        }),
      ),
  ];
}
