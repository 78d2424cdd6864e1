/** What drift reports: one difference between the access model and a tenant. */
import { createHash } from "node:crypto";
import type { Json } from "../../infra/model/properties/compare.ts";
import type { ResourceKind, resourceTypes } from "../../infra/names.ts";
import { joinPath } from "./paths.ts";

export type { Json } from "../../infra/model/properties/compare.ts";

/**
 * - `changed`: a property that the model or a component sets has another value
 * - `missing`: declared, not there
 * - `unmanaged`: not declared, and bearing on something that is
 */
export type FindingKind = "changed" | "missing" | "unmanaged";

/**
 * - `high`: security is lowered (the finding is `weakened`)
 * - `medium`: applications or verifiers may notice
 * - `low`: a label, or something that machine-to-machine use never touches
 */
export type Severity = "high" | "medium" | "low";

/** An object of the Management API that a finding is about. */
export interface TenantObject {
  readonly type: "resource_server" | "client" | "client_grant" | "credential";
  /** Absent where the object is gone and its id was never recorded. */
  readonly id?: string;
  /** The application that a grant or a credential belongs to. */
  readonly clientId?: string;
  /** The identifier of an API, or of the API that a grant is for. */
  readonly audience?: string;
}

/** A declared resource of the model, as the reader and Pulumi know it. */
export interface Resource {
  /** Path in the model, e.g. `applications.import-job.grants.timesheets`. */
  readonly path: string;
  /** What the Dashboard calls it. */
  readonly name: string;
  /** Name of the Pulumi resource that keeps it. */
  readonly pulumi: {
    readonly type: (typeof resourceTypes)[ResourceKind];
    readonly name: string;
    /** Type of its component, where the kind of the resource alone does not say. */
    readonly component?: string;
  };
  readonly object: TenantObject;
}

export interface Finding {
  /** The same for the same difference in every run and on every stack. */
  readonly id: string;
  readonly kind: FindingKind;
  /** Security is lower than the model says. */
  readonly weakened: boolean;
  readonly severity: Severity;
  readonly resource: Resource;
  /** The property in the Management API's words, e.g. `scopes["read:all"]`; empty for the resource itself. */
  readonly property: string;
  /** `resource.path` and `property` joined: what the ignore file names. */
  readonly path: string;
  /** Null where nothing is expected. */
  readonly expected: Json;
  /** Null where nothing is there. */
  readonly actual: Json;
  /** One sentence for people. */
  readonly message: string;
  readonly fix: Fix;
  /** True where `pulumi up` on this resource would take away what was added by hand. */
  readonly undoneByUp: boolean;
  /** Why `pulumi up` must not touch the resource before this is ended, one sentence; undefined where it may. */
  readonly blocksUp: string | undefined;
}

/** How to end a difference; at least one of the ways is given. */
export interface Fix {
  /** What to do, one sentence. */
  readonly text: string;
  /** A command to run. */
  readonly command?: string;
  /** What to write into the access model to keep the tenant as it is. */
  readonly yaml?: string;
}

export type FindingFields = Omit<Finding, "id" | "path" | "severity" | "undoneByUp" | "blocksUp"> & {
  /** @default high where weakened, else medium */
  readonly severity?: Severity;
  readonly undoneByUp?: boolean;
  readonly blocksUp?: string | undefined;
};

/** Completes a finding with its path, its stable id, and the severity that goes with `weakened`. */
export function finding(fields: FindingFields): Finding {
  const { kind, weakened, resource, property, expected, actual, message, fix } = fields;
  const path = joinPath(resource.path, property);
  return {
    id: createHash("sha256").update(`${kind} ${path}`).digest("hex").slice(0, 10),
    ...{ kind, weakened, resource, property, path, expected, actual, message, fix },
    severity: weakened ? "high" : (fields.severity ?? "medium"),
    undoneByUp: fields.undoneByUp ?? false,
    blocksUp: fields.blocksUp,
  };
}
