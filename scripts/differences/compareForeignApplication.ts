/** Whether an application that others own, and that the model grants something, is there; nothing else of it is compared. */
import type { ForeignApplication } from "../../infra/accessModel.ts";
import { describeUnclear, isAbout } from "../tenant/ours.ts";
import type { Comparison } from "./comparison.ts";
import { type Finding, finding } from "./finding.ts";
import { byHand } from "./fixes.ts";
import { foreignResource } from "./resources.ts";

export function compareForeignApplication(
  { view, ids }: Comparison,
  application: ForeignApplication,
): Finding[] {
  const { key, name, clientId } = application;
  if (view.foreignApplications[key]) return [];
  const unclear = view.unclear.find((part) => isAbout(part, key));
  const known = clientId ?? ids.applications[key];
  return [
    finding({
      kind: "missing",
      weakened: false,
      resource: foreignResource(application, known),
      property: "",
      expected: { ...(name !== undefined && { name }), ...(known !== undefined && { client_id: known }) },
      actual: null,
      message: unclear ? describeUnclear(unclear) : `No application is called ${name ?? key}.`,
      fix: byHand("Give the right clientId or name in the model; the application is owned elsewhere."),
      blocksUp: "the application is not in the tenant, or it is not clear which one is meant.",
    }),
  ];
}
