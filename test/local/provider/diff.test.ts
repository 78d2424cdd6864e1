/** Differences between state and program, as the official plugin finds them. */
import { expect, test } from "vitest";
import { differences, touched } from "../../../local/provider/diff.ts";
import { resourceTypes } from "../../../local/provider/resources/index.ts";
import type { Properties } from "../../../local/provider/values.ts";
import { decisions } from "./decisions.ts";

function found(type: string, state: Properties, inputs: Properties): string[] {
  const table = [...resourceTypes.values()].find((one) => one.type.endsWith(`:${type}`))?.properties;
  if (!table) throw new Error(`no type ${type}`);
  return differences(table, state, inputs).map(
    ({ path, kind, replace }) => `${path}:${kind}${replace ? "!" : ""}`,
  );
}

test.each(decisions)("reports $title", ({ type, state, inputs, expected }) => {
  expect(found(type, state, inputs)).toEqual(expected);
});

test("knows the paths above a difference, without positions", () => {
  const paths = touched([{ path: "privateKeyJwt.credentials[1].pem", kind: "update", replace: false }]);
  expect([...paths]).toEqual(["privateKeyJwt", "privateKeyJwt.credentials", "privateKeyJwt.credentials.pem"]);
});
