/** Every combination by itself, on both providers: `up`, its token, no change afterwards, `destroy` without a trace. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readStackOutputs } from "../../scripts/pulumi/pulumi.ts";
import {
  combinations,
  expectToken,
  inventory,
  modelOf,
  prepareCombinations,
  titleOf,
} from "../helpers/combinations.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { providers } from "../helpers/providers.ts";

describe.each(providers)("on the %s provider", (provider) => {
  let local: LocalStack;
  let privateKey: string;
  let before: string[];

  beforeAll(async () => {
    local = await startLocal({ provider });
    privateKey = await readFile(await prepareCombinations(local), "utf8");
    before = await inventory(local);
    await local.pulumi.must(["stack", "init", "--no-select"]);
  });
  afterAll(() => local.close());

  test.each(combinations.map((combination) => [titleOf(combination), combination] as const))(
    "%s",
    async (_title, combination) => {
      await local.setModel(modelOf([combination]));
      await local.pulumi.must(["up", "--yes", "--skip-preview"]);
      const { applications } = await readStackOutputs(local.pulumi);
      await expectToken(local, combination, applications, privateKey);
      const preview = await local.pulumi.run(["preview", "--refresh", "--expect-no-changes"]);
      expect(preview.code, preview.stdout).toBe(0);
      await local.pulumi.must(["destroy", "--yes", "--skip-preview"]);
      expect(await inventory(local)).toEqual(before);
    },
  );
});
