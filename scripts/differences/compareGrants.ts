/** Differences in what may be asked for: the declared grants, and those that someone added to an application of ours. */
import type { Application, ForeignApplication } from "../../infra/accessModel.ts";
import type { DeclaredGrant } from "../../infra/model/declaredGrants.ts";
import { isAmong } from "../../infra/model/properties/leaveAlone.ts";
import { isScopeName } from "../../infra/model/schema.ts";
import { isMachineGrant, type WireGrant } from "../tenant/objects.ts";
import type { Matched } from "./comparison.ts";
import { compareElements } from "./elements.ts";
import { grantRules, ignoredOfGrants } from "./expectations.ts";
import { type Finding, finding } from "./finding.ts";
import { adoptGrant, byHand, putBack, removeOrDeclare, settle } from "./fixes.ts";
import { element, extraGrantKey } from "./paths.ts";
import { compareProperties } from "./properties.ts";
import { apiNameOf, applicationResource, clientIdOf, grantObject, grantResource } from "./resources.ts";
import { declarationOf, declarationOfExtra } from "./suggestedGrants.ts";
import { describeGrant, sentence } from "./wording.ts";

/** @param declared The grants of one holder. */
export function compareGrants(comparison: Matched, declared: readonly DeclaredGrant[]): Finding[] {
  return declared.flatMap((one) => compareGrant(comparison, one));
}

/** Grants that an application of ours holds and the model does not give it. */
export function extraGrants(comparison: Matched, application: Application): Finding[] {
  const { view, matched } = comparison;
  const clientId = view.applications[application.key]?.client_id;
  if (clientId === undefined) return [];
  const declared = new Set(matched.values());
  return view.grants
    .filter((grant) => grant.client_id === clientId && !declared.has(grant))
    .map((grant) => extraGrant(comparison, application, grant));
}

function compareGrant(comparison: Matched, declared: DeclaredGrant): Finding[] {
  const { view, ids, matched } = comparison;
  const { api, holder, grant: wanted, record } = declared;
  const clientId = holder && clientIdOf(view, holder.key);
  // Grants go with their application; its own finding stands for them.
  if (holder && clientId === undefined) return [];
  const grant = matched.get(record);
  const recorded = ids.grants[record];
  const resource = grantResource(comparison, declared, grant?.id ?? recorded);
  const apiFound = view.apis[api.key] ?? view.foreignApis[api.key];
  if (!grant) {
    // Grants go with their API, too.
    if (!apiFound && !("management" in api)) return [];
    const missing = { kind: "missing", weakened: false, resource, property: "", actual: null } as const;
    return [
      finding({
        ...missing,
        expected: { audience: api.identifier ?? "", scope: [...wanted.scopes].sort() },
        message: apiFound
          ? `${whoIs(holder)} is no longer authorized on ${apiNameOf(comparison, declared)}${forUsers(wanted.subject)}.`
          : `${whoIs(holder)} cannot be authorized: no API has the identifier ${api.identifier}, and it is owned elsewhere.`,
        fix: apiFound
          ? putBack()
          : byHand("Correct the identifier under foreignApis, or take the grant out of the model."),
        blocksUp: apiFound ? undefined : "the API is not in the tenant.",
      }),
    ];
  }
  const parentMadeAgain =
    (holder !== undefined && (ids.applications[holder.key] ?? clientId) !== clientId) ||
    (ids.apis[api.key] ?? apiFound?.id) !== apiFound?.id;
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
  const { model } = comparison;
  return [
    ...madeAgain,
    ...compareProperties(grantRules(wanted), ignoredOfGrants(wanted), grant).map((difference) =>
      finding({
        ...difference,
        resource,
        message:
          difference.property === "allow_all_scopes" && difference.kind === "unmanaged"
            ? "The grant was widened to every scope of the API, those to come included."
            : sentence(difference),
        fix: settle(difference, "grant", (fields) =>
          declarationOf(model, declared, {
            ...wanted,
            ...fields,
            ...(fields.allScopes === true && { scopes: [] }),
            ...(fields.allScopes === false && {
              scopes: (grant.scope ?? []).filter(isScopeName),
              allScopes: undefined,
            }),
          }),
        ),
        undoneByUp: difference.property === "allow_all_scopes",
      }),
    ),
    ...(grant.allow_all_scopes || wanted.allScopes === true || isAmong(wanted.leaveAlone ?? [], "scope")
      ? []
      : compareScopes(comparison, declared, resource, grant.scope ?? [])),
  ];
}

function compareScopes(
  { model }: Matched,
  declared: DeclaredGrant,
  resource: Finding["resource"],
  actual: readonly string[],
): Finding[] {
  const { scopes } = declared.grant;
  const who = whoIs(declared.holder);
  return compareElements({
    resource,
    list: "scope",
    wanted: scopes,
    actual,
    lost: (scope) => `${who} may no longer ask for ${scope}.`,
    added: (scope) => `${who} may ask for ${scope}, which the model does not give it.`,
    fixOf: (scope) =>
      isScopeName(scope)
        ? removeOrDeclare(
            "Take the scope from the grant in the Dashboard, or grant it in the model.",
            declarationOf(model, declared, { ...declared.grant, scopes: [...scopes, scope] }),
          )
        : byHand("Take the scope from the grant in the Dashboard; the model takes no such name."),
  });
}

function extraGrant(comparison: Matched, application: Application, grant: WireGrant): Finding {
  const { model, managementAudience } = comparison;
  const api = Object.values(model.apis).find(({ identifier }) => identifier === grant.audience);
  const users = isMachineGrant(grant) ? "" : " for users";
  const where =
    grant.audience === managementAudience ? "the tenant's own Management API" : (api?.name ?? grant.audience);
  const declaration = declarationOfExtra(comparison, application.key, grant);
  return finding({
    kind: "unmanaged",
    weakened: true,
    resource: {
      ...applicationResource(application, grant.client_id ?? undefined),
      object: grantObject(grant),
    },
    property: element("grants", extraGrantKey(model, grant.audience, users !== "")),
    expected: null,
    actual: describeGrant(grant),
    message: `The application is authorized on ${where}${users}, which the model does not say.`,
    fix: declaration
      ? removeOrDeclare(`Delete the grant ${grant.id}, or declare it in the model.`, declaration)
      : byHand(`Delete the grant ${grant.id}; the model cannot declare it.`),
  });
}

function whoIs(holder: Application | ForeignApplication | undefined): string {
  return holder ? "The application" : "Every third-party application";
}

function forUsers(subject: string): string {
  return subject === "user" ? " for users" : "";
}
