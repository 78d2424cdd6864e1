/** Who may call what with which scopes, as a graph: applications, APIs, and the grants between them. */
import type { AccessModel } from "../../../infra/accessModel.ts";

export interface ApiNode {
  readonly identifier: string;
  readonly name: string;
  /** Every scope it offers, sorted. */
  readonly scopes: readonly string[];
  /** False for what exists in the tenant and the model does not name. */
  readonly inModel: boolean;
}

export interface ApplicationNode {
  /** Client id where it is known, else the key in the model. */
  readonly id: string;
  readonly name: string;
  readonly inModel: boolean;
}

export interface GrantEdge {
  /** `id` of an application. */
  readonly application: string;
  /** `identifier` of an API. */
  readonly api: string;
  /** Sorted; empty for a grant without scopes, which is a token all the same. */
  readonly scopes: readonly string[];
  readonly inModel: boolean;
  /** Present where the grant is for the users of the application; the model declares none of that kind. */
  readonly forUsers?: true;
}

export interface AccessGraph {
  readonly apis: readonly ApiNode[];
  readonly applications: readonly ApplicationNode[];
  readonly grants: readonly GrantEdge[];
}

/** The graph that the model declares. */
export function modelGraph(model: Pick<AccessModel, "apis" | "applications">): AccessGraph {
  const applications = Object.values(model.applications);
  return {
    apis: Object.values(model.apis).map(({ identifier, name, scopes }) => ({
      identifier,
      name,
      scopes: Object.keys(scopes).sort(),
      inModel: true,
    })),
    applications: applications.map(({ key, name }) => ({ id: key, name, inModel: true })),
    grants: applications.flatMap(({ key, grants }) =>
      Object.entries(grants).flatMap(([api, list]) => {
        const identifier = model.apis[api]?.identifier;
        if (identifier === undefined) return [];
        return list.map(({ scopes }) => ({
          application: key,
          api: identifier,
          scopes: [...scopes].sort(),
          inModel: true,
        }));
      }),
    ),
  };
}
