/** Plans what `--fix` writes back: what was changed or lost, and nothing that would take away an addition. */
import type { AccessModel } from "../../../infra/accessModel.ts";
import { type DeclaredGrant, declaredGrants } from "../../../infra/model/declaredGrants.ts";
import { apiNames, applicationNames, resourceTypes } from "../../../infra/names.ts";
import type { Finding, Resource } from "../../differences/finding.ts";

export interface FixPlan {
  /** Findings that `pulumi up` ends. */
  readonly fixable: readonly Finding[];
  /** Pulumi resources that `up` must not touch, by type and name. */
  readonly excluded: readonly Resource["pulumi"][];
  /**
   * One sentence for each change or loss that is left as it is, and for each addition that bootstrap would take away; what
   * is unmanaged is always left.
   */
  readonly leftAlone: readonly string[];
}

type PulumiName = Resource["pulumi"];

const keyOf = ({ type, name }: PulumiName) => `${type} ${name}`;

/** Plans over all open findings; accepted ones are kept as they are by leaving their resource alone. */
export function planFix(
  model: AccessModel,
  open: readonly Finding[],
  accepted: readonly Finding[] = [],
): FixPlan {
  const keep = [...open.filter(({ undoneByUp }) => undoneByUp), ...accepted];
  const kept = new Map(keep.map((found) => [keyOf(found.resource.pulumi), found]));
  const blocked = open
    .filter(({ blocksUp }) => blocksUp !== undefined)
    .flatMap((blocker) =>
      [blocker.resource.pulumi, ...dependentsOf(blocker.resource.pulumi, model)].map((name) => ({
        name,
        blocker,
      })),
    );
  const blockers = new Map(blocked.map(({ name, blocker }) => [keyOf(name), blocker]));
  const fixable: Finding[] = [];
  const leftAlone: string[] = [];
  for (const found of open) {
    if (found.kind === "unmanaged") {
      if (found.undoneByUp && found.fix.command !== undefined)
        leftAlone.push(`${found.path}: it was added; bootstrap takes it away.`);
      continue;
    }
    const addition = kept.get(keyOf(found.resource.pulumi));
    const blocker = blockers.get(keyOf(found.resource.pulumi));
    if (found.blocksUp !== undefined) {
      leftAlone.push(`${found.path}: ${found.blocksUp}`);
    } else if (addition) {
      leftAlone.push(`${found.path}: writing it would also undo ${addition.path}.`);
    } else if (blocker) {
      leftAlone.push(`${found.path}: ${blocker.path} has to be ended first.`);
    } else if (found.fix.command === undefined) {
      leftAlone.push(`${found.path}: pulumi up does not write it.`);
    } else {
      fixable.push(found);
    }
  }
  const excluded = new Map(
    [...keep.map(({ resource }) => resource.pulumi), ...blocked.map(({ name }) => name)].map(
      (name) => [keyOf(name), name] as const,
    ),
  );
  return { fixable, excluded: [...excluded.values()], leftAlone };
}

/** What Pulumi writes by the id of an API or an application, which is not the tenant's while that has to be adopted. */
function dependentsOf({ type, name }: PulumiName, model: AccessModel): PulumiName[] {
  const { apis, applications, foreignApplications } = model;
  const grantsThat = (concern: (grant: DeclaredGrant) => boolean): PulumiName[] =>
    declaredGrants(model)
      .filter(concern)
      .map(({ resource, component }) => ({
        type: resourceTypes.grant,
        name: resource,
        component: component.type,
      }));
  const api = Object.keys(apis).find((key) => apiNames(key).resourceServer === name);
  if (type === resourceTypes.api && api !== undefined) {
    return [
      { type: resourceTypes.scopes, name: apiNames(api).scopes },
      ...grantsThat((one) => one.api.key === api),
    ];
  }
  const application = Object.keys(applications).find((key) => applicationNames(key).client === name);
  if (type === resourceTypes.application && application !== undefined) {
    const credentials = { type: resourceTypes.credentials, name: applicationNames(application).credentials };
    return [credentials, ...grantsThat(({ holder }) => holder?.key === application)];
  }
  if (type === resourceTypes.application && Object.hasOwn(foreignApplications, name)) {
    return grantsThat(({ holder }) => holder?.key === name);
  }
  return [];
}
