/** One pair of models on the real engine; test/soak/modelPairs.soak.ts takes random ones, one after the other. */
import { afterAll, beforeAll, test } from "vitest";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { carryOut } from "../helpers/modelPairs.ts";

let local: LocalStack;
beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local.close());

test("objects renamed, dropped and released: no plan names one twice, and live ids and secrets stay", {
  tags: ["soak"],
  timeout: 240_000,
}, async () => {
  await carryOut(local, [
    { apis: ["keep", "keep"], applications: ["keep", "keep", "keep"] },
    { apis: ["rename", "release"], applications: ["rename, said by formerly", "drop", "release"] },
  ]);
});
