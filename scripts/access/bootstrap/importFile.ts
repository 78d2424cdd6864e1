/** Writes the file for `pulumi import --file` that brings found objects under management, each under its component. */
import { resourceTypes } from "../../../infra/names.ts";
import { secretSignature } from "../../pulumi/engineState.ts";
import type { Step } from "./plan.ts";

interface ImportEntry {
  readonly type: string;
  readonly name: string;
  readonly logicalName: string;
  readonly id?: string;
  readonly component?: true;
  readonly parent?: string;
  readonly version?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

export interface ImportFile {
  readonly nameTable: Readonly<Record<string, string>>;
  readonly resources: readonly ImportEntry[];
}

/**
 * Auth0 shows the signing secret of an API that has or had a symmetric algorithm, and the plugin does not mark it: what
 * the engine imports lies in state, and in its history, in clear. An input that is a secret makes the output one. The
 * engine puts the imported value in the place of this one, which the plugin would not take for an input.
 */
const secretInputs = { signingSecret: { ...secretSignature, plaintext: '""' } };

/**
 * @param existing URNs by `<type>::<name>` of components that are in state already, which are referred to, not made again
 * @param version Version of the plugin, e.g. `3.49.0`
 */
export function importFile(
  steps: readonly Step[],
  existing: ReadonlyMap<string, string>,
  version: string,
): ImportFile {
  const nameTable: Record<string, string> = {};
  const resources: ImportEntry[] = [];
  for (const step of steps) {
    if (step.action !== "adopt" || step.id === undefined) continue;
    // Names are unique only within a type, but an entry's must be in the whole file.
    const parent = `component ${step.component.type} ${step.component.name}`;
    const urn = existing.get(`${step.component.type}::${step.component.name}`);
    if (urn !== undefined) nameTable[parent] = urn;
    else if (!resources.some(({ name }) => name === parent)) {
      resources.push({
        type: step.component.type,
        name: parent,
        logicalName: step.component.name,
        component: true,
      });
    }
    resources.push({
      type: resourceTypes[step.kind],
      name: `${step.kind} ${step.resource}`,
      logicalName: step.resource,
      id: step.id,
      parent,
      version,
      ...(step.hasSigningSecret === true ? { inputs: secretInputs } : {}),
    });
  }
  return { nameTable, resources };
}
