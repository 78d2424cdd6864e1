/** `auth0-m2m drift --fix` on the real engine: a tenant that `up` left differs in nothing, nor does a fixed one. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { combinations, modelOf, prepareCombinations } from "../../../helpers/combinations.ts";
import { type LocalStack, startLocal } from "../../../helpers/localStack.ts";
import { findingsOf } from "./driftTenant.ts";
import { expectFixed } from "./expectFixed.ts";

let local: LocalStack;
beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local.close());

const drift = (...argv: string[]) => local.run(["drift", "--stack", "local", "--json", ...argv]);

test("what the engine brought up differs in nothing, and everything that was changed is written back", async () => {
  await prepareCombinations(local);
  const furthestFromDefaults = combinations.filter(
    ({ profile, permissions, algorithm, authentication }) =>
      profile === "rfc9068" &&
      permissions &&
      algorithm === "PS256" &&
      authentication !== "client_secret_basic",
  );
  await local.setModel(modelOf(furthestFromDefaults));
  await local.pulumi.must(["stack", "init", "--no-select"]);
  await local.pulumi.must(["up", "--yes", "--skip-preview"]);
  const clean = await drift();
  expect([clean.code, findingsOf(clean)]).toEqual([0, []]);

  await expectFixed(local);
});
