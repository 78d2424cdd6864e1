/** Creating a stack that the engine of a killed run creates at the same time. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStack } from "../../../scripts/pulumi/createStack.ts";
import { type LocalStack, startLocal } from "../../helpers/localStack.ts";

let local: LocalStack;
beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local.close());

test("a stack that is there by the time it is created is no failure", async () => {
  await createStack(local.pulumi);
  await createStack(local.pulumi);
  expect((await local.pulumi.run(["stack", "export"])).code).toBe(0);
});
