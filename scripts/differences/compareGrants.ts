/** Differences in what one application may ask for: its declared grants, and those that someone added. */
import type { Api, Application } from "../../infra/accessModel.ts";
import { machineScopes } from "../../infra/model/declaredGrants.ts";
import { isScopeName } from "../../infra/model/schema.ts";
import { isMachineGrant, type WireGrant } from "../tenant/objects.ts";
import { grantOf } from "../tenant/ours.ts";
import type { Comparison } from "./comparison.ts";
import { grantRules, ignoredOfGrants } from "./expectations.ts";
import { type Finding, finding } from "./finding.ts";
import { adoptGrant, byHand, putBack, removeOrDeclare, takenAwayByBootstrap } from "./fixes.ts";
import { element } from "./paths.ts";
import { compareProperties } from "./properties.ts";
import { apiWith, applicationResource, grantResource, recordedGrant } from "./resources.ts";
import { describeGrant, sentence } from "./wording.ts";

export function compareGrants(comparison: Comparison, application: Application): Finding[] {
  const { model, view } = comparison;
  const clientId = view.applications[application.key]?.client_id;
  // Grants go with their application; its own finding stands for them.
  if (clientId === undefined) return [];
  const own = view.grants.filter(({ client_id }) => client_id === clientId);
  const declared = new Set<WireGrant>();
  const findings = Object.entries(application.grants).flatMap(([key]) => {
    const api = model.apis[key];
    const scopes = api && machineScopes(application, api);
    if (!scopes) return [];
    const grant = grantOf(own, clientId, api.identifier);
    if (grant) declared.add(grant);
    return compareGrant(comparison, application, api, scopes, grant);
  });
  const extra = own.filter((grant) => !declared.has(grant));
  return [...findings, ...extra.map((grant) => extraGrant(comparison, application, grant))];
}

function compareGrant(
  { view, ids }: Comparison,
  application: Application,
  api: Api,
  scopes: readonly string[],
  grant: WireGrant | undefined,
): Finding[] {
  const clientId = view.applications[application.key]?.client_id;
  const recorded = recordedGrant(ids, application.key, api.key);
  const resource = grantResource(application, api, grant?.id ?? recorded, clientId);
  if (!grant) {
    // Grants go with their API, too.
    if (!view.apis[api.key]) return [];
    return [
      finding({
        kind: "missing",
        weakened: false,
        resource,
        property: "",
        expected: { audience: api.identifier, scope: [...scopes].sort() },
        actual: null,
        message: `The application ${application.name} is no longer authorized on ${api.name}.`,
        fix: putBack(),
      }),
    ];
  }
  const parentMadeAgain =
    (ids.applications[application.key] ?? clientId) !== clientId ||
    (ids.apis[api.key] ?? view.apis[api.key]?.id) !== view.apis[api.key]?.id;
  const madeAgain =
    recorded !== undefined && recorded !== grant.id && !parentMadeAgain
      ? [
          finding({
            kind: "missing",
            weakened: false,
            severity: "low",
            resource,
            property: "id",
            expected: recorded,
            actual: grant.id,
            message: "The grant was deleted and made again.",
            fix: adoptGrant(),
          }),
        ]
      : [];
  return [
    ...madeAgain,
    ...compareProperties(grantRules, ignoredOfGrants, grant).map((difference) =>
      finding({
        ...difference,
        resource,
        message:
          difference.property === "allow_all_scopes"
            ? "The grant was widened to every scope of the API, those to come included."
            : sentence(difference),
        fix: byHand(
          `The model cannot declare ${difference.property}: take it back from the grant ${grant.id}.`,
        ),
        undoneByUp: difference.property === "allow_all_scopes",
      }),
    ),
    ...(grant.allow_all_scopes ? [] : compareScopes(resource, application, api, scopes, grant.scope ?? [])),
  ];
}

function compareScopes(
  resource: Finding["resource"],
  application: Application,
  api: Api,
  scopes: readonly string[],
  actual: readonly string[],
): Finding[] {
  const there = new Set(actual);
  const lost = scopes
    .filter((scope) => !there.has(scope))
    .map((scope) =>
      finding({
        kind: "missing",
        weakened: false,
        resource,
        property: element("scope", scope),
        expected: scope,
        actual: null,
        message: `The application may no longer ask for ${scope}.`,
        fix: putBack(),
      }),
    );
  const added = [...there]
    .filter((scope) => !scopes.includes(scope))
    .map((scope) =>
      finding({
        kind: "unmanaged",
        weakened: true,
        resource,
        property: element("scope", scope),
        expected: null,
        actual: scope,
        message: `The application may ask for ${scope}, which the model does not give it.`,
        fix: takenAwayByBootstrap(
          isScopeName(scope)
            ? removeOrDeclare("Take the scope from the grant in the Dashboard, or grant it in the model.", {
                applications: { [application.key]: { grants: { [api.key]: [...scopes, scope] } } },
              })
            : byHand("Take the scope from the grant in the Dashboard; the model takes no such name."),
        ),
        undoneByUp: true,
      }),
    );
  return [...lost, ...added];
}

function extraGrant(
  { model, managementAudience }: Comparison,
  application: Application,
  grant: WireGrant,
): Finding {
  const api = apiWith(model, grant.audience);
  const forUsers = !isMachineGrant(grant);
  const management = grant.audience === managementAudience;
  const where = management ? "the tenant's own Management API" : (api?.name ?? grant.audience);
  const text = `Delete the grant ${grant.id}, or declare it in the model.`;
  return finding({
    kind: "unmanaged",
    weakened: true,
    resource: {
      ...applicationResource(application, grant.client_id ?? undefined),
      object: {
        type: "client_grant",
        id: grant.id,
        audience: grant.audience,
        ...(grant.client_id ? { clientId: grant.client_id } : {}),
      },
    },
    property: element("grants", (api?.key ?? grant.audience) + (forUsers ? " (user)" : "")),
    expected: null,
    actual: describeGrant(grant),
    message: `The application is authorized on ${where}${forUsers ? " for users" : ""}, which the model does not say.`,
    fix:
      api && !forUsers && !grant.allow_all_scopes
        ? removeOrDeclare(text, {
            applications: { [application.key]: { grants: { [api.key]: [...(grant.scope ?? [])] } } },
          })
        : byHand(`Delete the grant ${grant.id}; the model cannot declare it.`),
  });
}
