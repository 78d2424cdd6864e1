/** Random models one after the other, on the real engine and both providers: no live object is lost. */
import fc from "fast-check";
import { afterEach, test } from "vitest";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { carryOut, modelSteps } from "../helpers/modelPairs.ts";
import { providers } from "../helpers/providers.ts";

let local: LocalStack;
afterEach(() => local.close());

/** `MODEL_PAIRS_SEED=7 npm run test:soak -- modelPairs` repeats what a failure names. */
const firstSeed = Number(process.env.MODEL_PAIRS_SEED ?? Date.now() % 1_000_000);
const runs = providers.flatMap((provider) =>
  Array.from({ length: 10 }, (_, index) => [provider, firstSeed + index] as const),
);

test.each(runs)("on the %s provider, from the seed %i", async (provider, seed) => {
  local = await startLocal({ provider });
  await carryOut(local, fc.sample(modelSteps, { seed, numRuns: 6 }));
});
