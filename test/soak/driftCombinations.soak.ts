/**
 * All 36 combinations of token and authentication on each provider, brought up by the engine: no difference; everything
 * changed behind its back is found; and after `--fix` there is none again.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { combinations, modelOf, prepareCombinations } from "../helpers/combinations.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { providers } from "../helpers/providers.ts";
import { findingsOf } from "../scripts/access/drift/driftTenant.ts";
import { expectFixed } from "../scripts/access/drift/expectFixed.ts";

describe.each(providers)("on the %s provider", (provider) => {
  let local: LocalStack;
  const drift = (...argv: string[]) => local.run(["drift", "--stack", "local", "--json", ...argv]);

  beforeAll(async () => {
    local = await startLocal({ provider });
    await prepareCombinations(local);
    await local.setModel(modelOf(combinations));
    await local.pulumi.must(["stack", "init", "--no-select"]);
    await local.pulumi.must(["up", "--yes", "--skip-preview"]);
  });
  afterAll(() => local.close());

  test("what up leaves differs in nothing, and a scan finds no more", async () => {
    const clean = await drift("--scan-applications");
    expect([clean.code, findingsOf(clean)]).toEqual([0, []]);
  });

  test.each(["by natural keys", "by recorded ids"])("what was changed is found and fixed %s", async () => {
    const changes = await expectFixed(local);
    console.info(`${provider}: ${changes} changes of ${combinations.length} combinations fixed`);
  });
});
