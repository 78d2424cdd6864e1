/** A length of time as progress shows it. */
import { expect, test } from "vitest";
import { clockTime } from "../../lib/clockTime.ts";

test.each([
  [0, "0:00"],
  [125, "2:05"],
  [124.2, "2:05"],
  [3725, "1:02:05"],
])("%d seconds are %s", (seconds, shown) => {
  expect(clockTime(seconds)).toBe(shown);
});
