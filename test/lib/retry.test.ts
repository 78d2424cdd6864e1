/** What may pass is tried again, what is final is not. */
import { expect, test } from "vitest";
import { backOff, retry } from "../../lib/retry.ts";

test("attempts until one succeeds, waiting after each failure", async () => {
  const waited: number[] = [];
  let attempts = 0;
  const result = await retry(
    async () => {
      attempts += 1;
      if (attempts < 3) throw new Error("not yet");
      return "done";
    },
    (_error, failures) => 100 * (failures + 1),
    async (milliseconds) => waited.push(milliseconds),
  );
  expect(result).toBe("done");
  expect(waited).toEqual([100, 200]);
});

test("a final failure is thrown as it is, without a wait", async () => {
  const final = new Error("refused");
  const attempt = retry(
    () => Promise.reject(final),
    () => undefined,
    () => Promise.reject(new Error("it waited")),
  );
  await expect(attempt).rejects.toBe(final);
});

test("an interrupted wait ends the attempts", async () => {
  const interruption = new Error("interrupted");
  const attempt = retry(
    () => Promise.reject(new Error("not yet")),
    () => 1,
    () => Promise.reject(interruption),
  );
  await expect(attempt).rejects.toBe(interruption);
});

test("the longest wait doubles with every failure up to a bound", () => {
  const longest = (failures: number) => backOff(failures, { base: 200, longest: 1_000, random: () => 1 });
  expect([0, 1, 2, 3, 99].map(longest)).toEqual([200, 400, 800, 1_000, 1_000]);
});
