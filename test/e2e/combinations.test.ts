/** All 36 combinations of token and authentication in one model, from nothing to nothing. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readStackOutputs } from "../../scripts/pulumi/pulumi.ts";
import {
  combinations,
  expectToken,
  inventory,
  modelOf,
  prepareCombinations,
} from "../helpers/combinations.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";

let local: LocalStack;

beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local.close());

test("every combination comes up, gives the right token, shows no change afterwards and goes without a trace", {
  tags: ["soak"],
  timeout: 180_000,
}, async () => {
  const privateKeyFile = await prepareCombinations(local);
  await local.setModel(modelOf(combinations));
  const before = await inventory(local);
  const argv = ["bootstrap", "--stack", "local", "--yes", "--private-key", privateKeyFile];
  const { code, stderr } = await local.run(argv);
  expect(code, stderr).toBe(0);

  const { applications } = await readStackOutputs(local.pulumi);
  const privateKey = await readFile(privateKeyFile, "utf8");
  for (const combination of combinations) {
    await expectToken(local, combination, applications, privateKey);
  }
  const preview = await local.pulumi.run(["preview", "--refresh", "--expect-no-changes"]);
  expect(preview.code, preview.stdout).toBe(0);
  await local.pulumi.must(["destroy", "--yes", "--skip-preview"]);
  expect(await inventory(local)).toEqual(before);
});
