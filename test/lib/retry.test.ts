/** Transient failures are retried, final ones are not. */
import { expect, test } from "vitest";
import { backOff, type RetryLimits, retry } from "../../lib/retry.ts";

/** A policy on a clock that moves only while something waits. */
function policy(settings: Partial<RetryLimits> = {}) {
  const waited: number[] = [];
  const sleep = async (milliseconds: number) => waited.push(milliseconds);
  const now = () => waited.reduce((sum, wait) => sum + wait, 0);
  return { base: 100, longest: 1_000, random: () => 1, now, sleep, waited, ...settings };
}

const transient = () => ({ reason: "not yet" });

/** Fails so many times, then succeeds. */
function failing(times: number) {
  let attempts = 0;
  return async () => {
    attempts += 1;
    if (attempts <= times) throw new Error("not yet");
    return "done";
  };
}

test("attempts until one succeeds, waiting after each failure", async () => {
  const kept = policy();
  const result = await retry(
    failing(2),
    (outcome) => ("error" in outcome ? { reason: "not yet" } : undefined),
    kept,
  );
  expect(result).toBe("done");
  expect(kept.waited).toEqual([100, 200]);
});

test("a final failure is thrown as it is, without a wait", async () => {
  const final = new Error("refused");
  const kept = policy();
  await expect(
    retry(
      () => Promise.reject(final),
      () => undefined,
      kept,
    ),
  ).rejects.toBe(final);
  expect(kept.waited).toEqual([]);
});

test("an interrupted wait ends the attempts with the signal's reason", async () => {
  const interruption = new Error("interrupted");
  const controller = new AbortController();
  const attempt = retry(failing(1), transient, {
    base: 60_000,
    longest: 60_000,
    random: () => 1,
    signal: controller.signal,
    beforeWait: () => setImmediate(() => controller.abort(interruption)),
  });
  await expect(attempt).rejects.toBe(interruption);
});

test("a result may be transient too, and the last one is returned once the retries are used up", async () => {
  const kept = policy({ retries: 2 });
  let status = 500;
  const last = await retry(
    async () => status++,
    () => ({ reason: "500" }),
    kept,
  );
  expect(last).toBe(502);
  expect(kept.waited).toEqual([100, 200]);
});

test("what the server asked for replaces the back-off, and a rate limit uses up no retry", async () => {
  const kept = policy({ retries: 1 });
  const limited = () => ({ reason: "429", asked: 7, free: kept.waited.length < 3 });
  await expect(retry(failing(9), limited, kept)).rejects.toThrow("not yet");
  expect(kept.waited).toEqual([7, 7, 7, 7]);
});

test("no wait begins that would end too late", async () => {
  const kept = policy({ within: 700 });
  await expect(retry(failing(9), transient, kept)).rejects.toThrow("not yet");
  expect(kept.waited).toEqual([100, 200, 400]);
});

test("the longest wait doubles with every failure up to a bound", () => {
  const longest = (failures: number) => backOff(failures, { base: 200, longest: 1_000, random: () => 1 });
  expect([1, 2, 3, 4, 99].map(longest)).toEqual([200, 400, 800, 1_000, 1_000]);
});
