/** Differences in one application: its own properties, its grant types, and how it authenticates. */
import type { Application } from "../../infra/accessModel.ts";
import {
  applicationTable,
  grantTypes as declarableGrantTypes,
} from "../../infra/model/properties/application.ts";
import { isAmong } from "../../infra/model/properties/leaveAlone.ts";
import type { WireApplication } from "../tenant/objects.ts";
import { describeUnclear, isAbout, type Unclear } from "../tenant/ours.ts";
import { compareCredentials } from "./compareCredentials.ts";
import type { Comparison } from "./comparison.ts";
import { compareElements } from "./elements.ts";
import { applicationRules, ignoredOfApplications } from "./expectations.ts";
import { type Finding, finding } from "./finding.ts";
import { adopt, adoptionNeeded, byHand, makeAgain, removeOrDeclare, settle } from "./fixes.ts";
import { element } from "./paths.ts";
import { compareProperties } from "./properties.ts";
import { applicationResource, isSetUp } from "./resources.ts";
import { sentence } from "./wording.ts";

export function compareApplication(comparison: Comparison, application: Application): Finding[] {
  const found = comparison.view.applications[application.key];
  const recorded = comparison.ids.applications[application.key];
  const unclear = comparison.view.unclear.find((part) => isAbout(part, application.key));
  if (unclear) return [notClear(application, recorded, unclear)];
  if (!found) return [missing(application, recorded, isSetUp(comparison.ids))];
  return [
    ...(recorded !== undefined && recorded !== found.client_id
      ? [madeAgain(application, recorded, found.client_id)]
      : []),
    ...properties(application, found),
    ...grantTypes(application, found),
    ...compareCredentials(comparison, application, found),
    ...namesakes(comparison, application, found),
  ];
}

/** What findings on an application that was not found share. */
function notFound(application: Application, recorded: string | undefined) {
  return {
    kind: "missing",
    weakened: false,
    resource: applicationResource(application, recorded),
    property: "",
    expected: { name: application.name, ...(recorded === undefined ? {} : { client_id: recorded }) },
  } as const;
}

function missing(application: Application, recorded: string | undefined, setUp: boolean): Finding {
  const anew =
    application.authentication === "private_key_jwt" ? "another client id" : "another client id and secret";
  return finding({
    ...notFound(application, recorded),
    actual: null,
    message:
      recorded === undefined
        ? `No application is called ${application.name}.`
        : `The application ${recorded} is gone, and no other is called ${application.name}.`,
    fix: makeAgain(anew, recorded !== undefined, setUp),
  });
}

/** To write anything back could make one application more. */
function notClear(application: Application, recorded: string | undefined, unclear: Unclear): Finding {
  const choice = `--client-id ${application.key}=<client id>`;
  return finding({
    ...notFound(application, recorded),
    actual:
      unclear.why === "several" ? unclear.candidates.map(({ client_id }) => client_id) : unclear.clientId,
    message: describeUnclear(unclear),
    fix: byHand(`Choose one: npx auth0-m2m bootstrap ${choice}; then delete or rename the others.`),
    blocksUp: "it is not clear which application is meant.",
  });
}

function madeAgain(application: Application, recorded: string, clientId: string): Finding {
  return finding({
    kind: "missing",
    weakened: false,
    resource: applicationResource(application, clientId),
    property: "client_id",
    expected: recorded,
    actual: clientId,
    message: `The application was deleted and made again: the client id ${recorded} is gone, and ${clientId} has its place.`,
    fix: adopt(),
    blocksUp: adoptionNeeded,
  });
}

function properties(application: Application, found: WireApplication): Finding[] {
  const resource = applicationResource(application, found.client_id);
  return compareProperties(applicationRules(application), ignoredOfApplications(application), found).map(
    (difference) =>
      finding({
        ...difference,
        resource,
        message: sentence(difference),
        fix: settle(difference, "application", (fields) => ({ applications: { [application.key]: fields } })),
        undoneByUp:
          difference.kind === "unmanaged" && isAmong(applicationTable.overwritten ?? [], difference.property),
      }),
  );
}

function grantTypes(application: Application, found: WireApplication): Finding[] {
  if (isAmong(application.leaveAlone ?? [], "grant_types")) return [];
  return compareElements({
    resource: applicationResource(application, found.client_id),
    list: "grant_types",
    wanted: application.grantTypes,
    actual: found.grant_types ?? [],
    lost: (grantType) => `The application may no longer use the grant type ${grantType}.`,
    added: (grantType) => `The grant type ${grantType} was switched on.`,
    fixOf: (grantType) =>
      declarableGrantTypes.some((known) => known === grantType)
        ? removeOrDeclare(
            "Switch it off in the application's advanced settings, or declare it in the model (the rules ask for an exception).",
            { applications: { [application.key]: { grantTypes: [...application.grantTypes, grantType] } } },
          )
        : byHand("Switch it off in the application's advanced settings; the model cannot declare it."),
  });
}

/** Others of the same name that a scan brought up; those that are authorized are reported with the API. */
function namesakes({ view }: Comparison, application: Application, found: WireApplication): Finding[] {
  const authorized = new Set(view.grants.flatMap(({ client_id }) => client_id ?? []));
  return [...view.others]
    .filter(([id, name]) => name === application.name && !authorized.has(id))
    .map(([id, name]) =>
      finding({
        kind: "unmanaged",
        weakened: false,
        resource: { ...applicationResource(application, found.client_id), object: { type: "client", id } },
        property: element("same_name", id),
        expected: null,
        actual: { client_id: id, name },
        message: `A second application is called ${name}.`,
        fix: byHand(`Delete or rename the application ${id}; the declared one is ${found.client_id}.`),
      }),
    );
}
