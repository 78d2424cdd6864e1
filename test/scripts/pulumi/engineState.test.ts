/** What is read out of the engine's exported state. */
import { expect, test } from "vitest";
import { readEngineState } from "../../../scripts/pulumi/engineState.ts";

const urn =
  "urn:pulumi:dev::timesheets::auth0-m2m:access:MachineApp$auth0:index/clientGrant:ClientGrant::job-hours";

test.each([
  ["imported with none, and never updated since", {}, [urn]],
  ["that the program gives none", { scopes: [] }, []],
  ["with some", { scopes: ["batch:upload"] }, []],
  ["for all scopes", { allowAllScopes: true }, []],
])("a grant %s is adopted again only where its import was not finished", (_, inputs, expected) => {
  const type = "auth0:index/clientGrant:ClientGrant";
  const resource = { urn, type, custom: true, id: "cgr_1", inputs: { audience: "https://a", ...inputs } };
  const state = readEngineState(JSON.stringify({ deployment: { resources: [resource] } }));
  expect(state.grantsWithoutScopes).toEqual(expected);
});
