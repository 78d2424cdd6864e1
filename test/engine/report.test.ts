/** How long work shows where it stands, on a terminal and in a log. */
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createReport, elapsed } from "../../engine/report.ts";

function written(stream: PassThrough): string {
  return String(stream.read() ?? "");
}

test("a log gets a plain progress line every ten seconds and every other line at once", () => {
  const stream = new PassThrough();
  let now = 0;
  const report = createReport(stream, { now: () => now });
  for (; now < 21_000; now += 1_000) report.progress(`at ${now / 1_000} s`);
  report.line("done");
  report.clear();
  expect(written(stream)).toBe("at 0 s\nat 10 s\nat 20 s\ndone\n");
});

test("a terminal gets one line that is rewritten and gone when something else is said", () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 10 });
  const report = createReport(stream);
  report.progress("first");
  report.progress("longer than the window");
  report.line("done");
  report.clear();
  const clear = "\r\u001B[2K";
  expect(written(stream)).toBe(`${clear}first${clear}longer th${clear}done\n`);
});

test("elapsed time is minutes and seconds", () => {
  expect(elapsed(0, 125_900)).toBe("2:05");
});
