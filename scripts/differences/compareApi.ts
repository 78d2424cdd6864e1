/** Differences in one API: its own properties, its scopes, and the applications that someone authorized on it. */
import type { Api } from "../../infra/accessModel.ts";
import { isScopeName } from "../../infra/model/schema.ts";
import type { WireApi, WireGrant } from "../tenant/objects.ts";
import type { Matched } from "./comparison.ts";
import { apiRules, ignoredOfApis } from "./expectations.ts";
import { type Finding, finding } from "./finding.ts";
import {
  adopt,
  adoptionNeeded,
  byHand,
  makeAgain,
  putBack,
  removeOrDeclare,
  restore,
  restoreOrDeclare,
  settle,
  takenAwayByBootstrap,
} from "./fixes.ts";
import { authorizedKey, element } from "./paths.ts";
import { compareProperties } from "./properties.ts";
import { apiResource, grantObject, isSetUp, scopesResource } from "./resources.ts";
import { declarationOfStranger } from "./suggestedGrants.ts";
import { describeGrant, sentence } from "./wording.ts";

export function compareApi(comparison: Matched, api: Api): Finding[] {
  const found = comparison.view.apis[api.key];
  const recorded = comparison.ids.apis[api.key];
  if (!found) return [missingApi(api, recorded, isSetUp(comparison.ids))];
  return [
    ...(recorded !== undefined && recorded !== found.id ? [madeAgain(api, recorded, found.id)] : []),
    ...properties(api, found),
    ...scopes(api, found),
    ...authorized(comparison, api, found),
  ];
}

function missingApi(api: Api, recorded: string | undefined, setUp: boolean): Finding {
  return finding({
    kind: "missing",
    weakened: false,
    resource: apiResource(api, recorded),
    property: "",
    expected: { identifier: api.identifier, ...(recorded === undefined ? {} : { id: recorded }) },
    actual: null,
    message: `No API has the identifier ${api.identifier}.`,
    fix: makeAgain("another id", recorded !== undefined, setUp),
  });
}

function madeAgain(api: Api, recorded: string, id: string): Finding {
  return finding({
    kind: "missing",
    weakened: false,
    resource: apiResource(api, id),
    property: "id",
    expected: recorded,
    actual: id,
    message: "The API was deleted and made again: the identifier is the same, the id is another.",
    fix: adopt(),
    blocksUp: adoptionNeeded,
  });
}

function properties(api: Api, found: WireApi): Finding[] {
  return compareProperties(apiRules(api), ignoredOfApis(api), found).map((difference) =>
    finding({
      ...difference,
      resource: apiResource(api, found.id),
      message: sentence(difference),
      fix: settle(difference, "API", (fields) => ({ apis: { [api.key]: fields } })),
    }),
  );
}

function scopes(api: Api, found: WireApi): Finding[] {
  const resource = scopesResource(api, found.id);
  // A scope may be there more than once, described in several ways.
  const there = Map.groupBy(found.scopes ?? [], ({ value }) => value);
  const declared = Object.entries(api.scopes).flatMap(([scope, description]) => {
    const property = element("scopes", scope);
    const same = there.get(scope);
    if (same === undefined) {
      return finding({
        kind: "missing",
        weakened: false,
        resource,
        property,
        expected: description,
        actual: null,
        message: `The API no longer has the scope ${scope}.`,
        fix: putBack(),
      });
    }
    const actual = same.map(describe).find((other) => other !== description);
    if (actual === undefined) return [];
    return finding({
      kind: "changed",
      weakened: false,
      severity: "low",
      resource,
      property,
      expected: description,
      actual,
      message: `The description of the scope ${scope} was changed.`,
      fix:
        same.length === 1
          ? restoreOrDeclare({ apis: { [api.key]: { scopes: { [scope]: actual } } } })
          : restore(),
    });
  });
  const added = [...there].flatMap(([scope, [first]]) => {
    const description = first ? describe(first) : "";
    return Object.hasOwn(api.scopes, scope)
      ? []
      : finding({
          kind: "unmanaged",
          weakened: true,
          resource,
          property: element("scopes", scope),
          expected: null,
          actual: description,
          message: `The scope ${scope} was added by hand.`,
          fix: takenAwayByBootstrap(
            isScopeName(scope)
              ? removeOrDeclare(
                  "Remove the scope from the API in the Dashboard, or declare it in the model.",
                  {
                    apis: { [api.key]: { scopes: { [scope]: description } } },
                  },
                )
              : byHand("Remove the scope from the API in the Dashboard; the model takes no such name."),
          ),
          undoneByUp: true,
        });
  });
  return [...declared, ...added];
}

const describe = ({ description }: { readonly description?: string | null | undefined }) => description ?? "";

/** Applications that the model does not name, and grants to whole groups of applications. */
function authorized(comparison: Matched, api: Api, found: WireApi): Finding[] {
  const { view, matched } = comparison;
  const ours = new Set(
    Object.values(view.applications).flatMap((application) => application?.client_id ?? []),
  );
  const declared = new Set(matched.values());
  return view.grants
    .filter(
      (grant) =>
        grant.audience === api.identifier &&
        !(grant.client_id && ours.has(grant.client_id)) &&
        !declared.has(grant),
    )
    .map((grant) => {
      const declaration = declarationOfStranger(comparison, api.key, grant);
      return finding({
        kind: "unmanaged",
        weakened: true,
        resource: {
          ...apiResource(api, found.id),
          object: grantObject(grant),
        },
        property: element("authorized_applications", authorizedKey(grant)),
        expected: null,
        actual: describeGrant(grant, grant.client_id ? view.others.get(grant.client_id) : undefined),
        message: `${holder(grant, view.others)} is authorized on the API${grant.subject_type === "user" ? " for users" : ""}, and the model does not say so.`,
        fix: declaration
          ? removeOrDeclare(`${endOf(grant, api)}, or declare it in the model.`, declaration)
          : byHand(`${endOf(grant, api)}; the model cannot declare it.`),
      });
    });
}

function endOf({ id, client_id, subject_type }: WireGrant, api: Api): string {
  const forMachine = client_id && subject_type !== "user";
  return forMachine
    ? `Delete the grant ${id} (Dashboard: APIs, ${api.name}, Machine to Machine Applications)`
    : `Delete the grant ${id} (Management API: DELETE client-grants/${id})`;
}

function holder(grant: WireGrant, names: ReadonlyMap<string, string>): string {
  if (!grant.client_id) return `Every application of the group ${grant.default_for ?? "everyone"}`;
  return `The application ${names.get(grant.client_id) ?? grant.client_id}`;
}
