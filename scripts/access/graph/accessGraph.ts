/** Who may call what with which scopes, as a graph: applications, APIs, and the grants between them. */
import { declaredGrants, type GrantParts } from "../../../infra/model/declaredGrants.ts";

export interface ApiNode {
  readonly identifier: string;
  readonly name: string;
  /** Every scope it offers, sorted. */
  readonly scopes: readonly string[];
  /** False for what exists in the tenant and the model does not name. */
  readonly inModel: boolean;
  /** Present where the model names it as owned elsewhere. */
  readonly owner?: "elsewhere";
}

export interface ApplicationNode {
  /** Client id where it is known, else the key in the model. */
  readonly id: string;
  readonly name: string;
  readonly inModel: boolean;
  /** Present where the model names it as owned elsewhere. */
  readonly owner?: "elsewhere";
}

export interface GrantEdge {
  /** `id` of an application. */
  readonly application: string;
  /** `identifier` of an API. */
  readonly api: string;
  /** Sorted; empty for a grant without scopes, which is a token all the same. */
  readonly scopes: readonly string[];
  readonly inModel: boolean;
  /** Present where the grant is for the users of the application. */
  readonly forUsers?: true;
}

export interface AccessGraph {
  readonly apis: readonly ApiNode[];
  readonly applications: readonly ApplicationNode[];
  readonly grants: readonly GrantEdge[];
}

/** The graph that the model declares. */
export function modelGraph(model: GrantParts): AccessGraph {
  const foreign = Object.values(model.foreignApplications);
  const granted = declaredGrants(model).map(({ grant, api, holder }): GrantEdge => {
    const scopes = grant.allScopes === true ? [allScopes] : [...grant.scopes].sort();
    const forUsers = grant.subject === "user" ? { forUsers: true as const } : {};
    return {
      application: holder?.key ?? everyThirdParty,
      api: idOf(api),
      scopes,
      inModel: true,
      ...forUsers,
    };
  });
  const hasDefaults = granted.some(({ application }) => application === everyThirdParty);
  return {
    apis: [
      ...Object.values(model.apis).map(({ identifier, name, scopes }) => ({
        identifier,
        name,
        scopes: Object.keys(scopes).sort(),
        inModel: true,
      })),
      ...Object.values(model.foreignApis).map((api) => ({
        identifier: idOf(api),
        name: api.management ? managementApiName : idOf(api),
        scopes: [],
        inModel: true,
        owner: "elsewhere" as const,
      })),
    ],
    applications: [
      ...Object.values(model.applications).map(({ key, name }) => ({ id: key, name, inModel: true })),
      ...foreign.map(({ key, name }) => ({
        id: key,
        name: name ?? key,
        inModel: true,
        owner: "elsewhere" as const,
      })),
      ...(hasDefaults ? [{ id: everyThirdParty, name: everyThirdParty, inModel: true }] : []),
    ],
    grants: granted,
  };
}

/** Who holds a default grant. */
export const everyThirdParty = "every third-party application";
/** Stands for the scopes of a grant that has all. */
export const allScopes = "all scopes";
const managementApiName = "Auth0 Management API";

/** The Management API has an identifier only in a tenant. */
function idOf({ key, identifier }: { readonly key: string; readonly identifier?: string }): string {
  return identifier ?? key;
}
