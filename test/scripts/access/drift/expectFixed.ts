/** Changes everything that the components set, and sees that drift finds all of it, fixes it, and then finds nothing. */
import { expect } from "vitest";
import type { LocalStack } from "../../../helpers/localStack.ts";
import { disturb } from "./disturb.ts";
import { findingsOf } from "./driftTenant.ts";

/** @returns how many changes there were */
export async function expectFixed(local: LocalStack): Promise<number> {
  const drift = (...argv: string[]) => local.run(["drift", "--stack", "local", "--json", ...argv]);
  const paths = await disturb(local, local.model());
  const disturbed = await drift("--no-blame");
  expect(disturbed.code).toBe(7);
  expect(
    findingsOf(disturbed)
      .map(({ path }) => path)
      .sort(),
  ).toEqual(paths);
  const fixed = await drift("--fix", "--yes");
  expect(fixed.code, fixed.stdout + fixed.stderr).toBe(0);
  expect(findingsOf(fixed)).toEqual([]);
  expect((await drift()).code).toBe(0);
  return paths.length;
}
