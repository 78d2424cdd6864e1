/** Plans what `--fix` writes back: what was changed or lost, and nothing that would take away an addition. */
import { componentTypes, resourceTypes } from "../../infra/names.ts";
import { stackBaseName } from "../../infra/stackSettings.ts";
import type { Finding, Resource } from "./finding.ts";

export interface Mending {
  /** Findings that `pulumi up` ends. */
  readonly mended: readonly Finding[];
  /** Pulumi resources that `up` must not touch, by type and name. */
  readonly excluded: readonly Resource["pulumi"][];
  /** One sentence for each change or loss that is left as it is; what is unmanaged always is. */
  readonly leftAlone: readonly string[];
}

const keyOf = ({ pulumi }: Resource) => `${pulumi.type} ${pulumi.name}`;

/** Plans over all open findings; accepted ones are kept as they are by leaving their resource alone. */
export function planMending(open: readonly Finding[], accepted: readonly Finding[] = []): Mending {
  const keep = [...open.filter(({ undoneByUp }) => undoneByUp), ...accepted];
  const blocking = open.filter(({ blocksUp }) => blocksUp !== undefined);
  const kept = new Map(keep.map((found) => [keyOf(found.resource), found]));
  const blocked = new Map(blocking.map((found) => [keyOf(found.resource), found]));
  const mended: Finding[] = [];
  const leftAlone: string[] = [];
  for (const found of open) {
    if (found.kind === "unmanaged") continue;
    const addition = kept.get(keyOf(found.resource));
    const blocker = blocked.get(keyOf(found.resource));
    if (found.blocksUp !== undefined) {
      leftAlone.push(`${found.path}: ${found.blocksUp}`);
    } else if (addition) {
      leftAlone.push(`${found.path}: writing it would also undo ${addition.path}.`);
    } else if (blocker) {
      leftAlone.push(`${found.path}: ${blocker.path} has to be ended first.`);
    } else if (found.fix.command === undefined) {
      leftAlone.push(`${found.path}: pulumi up does not write it.`);
    } else {
      mended.push(found);
    }
  }
  const excluded = new Map(
    [...keep, ...blocking].map(({ resource }) => [keyOf(resource), resource.pulumi] as const),
  );
  return { mended, excluded: [...excluded.values()], leftAlone };
}

/** The URN that Pulumi gives a resource of the program. */
export function urnOf(stack: string, { type, name }: Resource["pulumi"]): string {
  const parent =
    type === resourceTypes.api || type === resourceTypes.scopes
      ? componentTypes.protectedApi
      : componentTypes.machineApp;
  return `urn:pulumi:${stackBaseName(stack)}::timesheets::${parent}$${type}::${name}`;
}
