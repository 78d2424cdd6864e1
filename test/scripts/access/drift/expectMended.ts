/** Changes everything that the components set, and sees that drift finds all of it, mends it, and then finds nothing. */
import { expect } from "vitest";
import type { LocalStack } from "../../../helpers/localStack.ts";
import { disturb } from "./disturb.ts";
import { findingsOf } from "./driftTenant.ts";

/** @returns how many changes there were */
export async function expectMended(local: LocalStack): Promise<number> {
  const drift = (...argv: string[]) => local.run(["drift", "--stack", "local", "--json", ...argv]);
  const paths = await disturb(local, local.model());
  const disturbed = await drift("--no-blame");
  expect(disturbed.code).toBe(7);
  expect(
    findingsOf(disturbed)
      .map(({ path }) => path)
      .sort(),
  ).toEqual(paths);
  const mended = await drift("--fix", "--yes");
  expect(mended.code, mended.stdout + mended.stderr).toBe(0);
  expect(findingsOf(mended)).toEqual([]);
  expect((await drift()).code).toBe(0);
  return paths.length;
}
