/** The engine killed at ten points of `up`, then `bootstrap`: the state of a run that was never interrupted. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inventory } from "../helpers/combinations.ts";
import { killEngine, progressOf } from "../helpers/killedEngine.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { providers } from "../helpers/providers.ts";
import { comparableState } from "../helpers/stackState.ts";

/** Before the program starts, while each of the objects is being made, and after each was made. */
const points = [1, 3, 4, 5, 6, 7, 8, 9, 10, 12];

describe.each(providers)("on the %s provider", (provider) => {
  let wanted: Awaited<ReturnType<typeof comparableState>>;
  let everything: string[];

  const kinds = async (local: LocalStack) =>
    (await inventory(local))
      .map((line) => line.replace(/cgr_\w+/, "cgr").replaceAll(local.record.domain, "tenant"))
      .sort();

  beforeAll(async () => {
    const local = await startLocal({ provider });
    const { code, stderr } = await local.run(["bootstrap", "--stack", "local", "--yes"]);
    expect(code, stderr).toBe(0);
    [wanted, everything] = [await comparableState(local), await kinds(local)];
    await local.close();
  });

  let local: LocalStack | undefined;
  afterAll(() => local?.close());

  test.each(points)("killed after %i lines of progress", async (point) => {
    await local?.close();
    local = await startLocal({ provider });
    await local.pulumi.must(["stack", "init", "--no-select"]);
    await killEngine(local, (output) => progressOf(output) >= point);
    const { code, stderr } = await local.run(["bootstrap", "--stack", "local", "--yes"]);
    expect(code, stderr).toBe(0);
    expect(await comparableState(local)).toEqual(wanted);
    expect(await kinds(local)).toEqual(everything);
  });
});
