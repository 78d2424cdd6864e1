/** How progress of work is shown, on a terminal and in a log. */
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { ReportEvent } from "../../../lib/report.ts";
import { say } from "../../../scripts/terminal/output.ts";
import { createReporter } from "../../../scripts/terminal/reporter.ts";

const clear = "\r\u001B[2K";

const terminal = (columns: number) => Object.assign(new PassThrough(), { isTTY: true, columns });
const written = (stream: PassThrough) => String(stream.read() ?? "");
const event = (level: ReportEvent["level"], message: string, data?: ReportEvent["data"]): ReportEvent => ({
  level,
  code: "test",
  message,
  ...(data && { data }),
});

test("a log gets a line of progress where nothing was written for five seconds, and every other line at once", () => {
  const stderr = new PassThrough();
  let now = 0;
  const report = createReporter({ stderr, env: {} }, { now: () => now });
  for (; now < 11_000; now += 1_000) report(event("progress", `at ${now / 1_000} s`));
  report(event("info", "halfway"));
  for (; now < 17_000; now += 1_000) report(event("progress", `at ${now / 1_000} s`));
  report(event("info", "done"));
  expect(written(stderr)).toBe("at 5 s\nat 10 s\nhalfway\nat 16 s\ndone\n");
});

test("a terminal gets one line that is rewritten, and gone when something else is said", () => {
  const stderr = terminal(10);
  const report = createReporter({ stderr, env: {} });
  report(event("progress", "first"));
  report(event("progress", "longer than the window"));
  report(event("output", "engine\n"));
  report(event("progress", "second"));
  say({ stderr, env: {} }, "done");
  expect(written(stderr)).toBe(`${clear}first${clear}longer th${clear}engine\n${clear}second${clear}done\n`);
});

test.each([
  [80, "[===============         ] 62 %  1,240 rows"],
  [30, "[======    ] 62 %  1,240 rows"],
  [20, "62 %  1,240 rows"],
])("on %i columns the bar takes the room that the words leave", (columns, line) => {
  const stderr = terminal(columns);
  const report = createReporter({ stderr, env: {} });
  report(event("progress", "1,240 rows", { done: 62, total: 100 }));
  expect(written(stderr)).toBe(`${clear}${line}`);
});

test("a dumb terminal is a log: nothing moves its cursor, and nothing is coloured", () => {
  const stderr = terminal(80);
  let now = 0;
  const report = createReporter({ stderr, env: { TERM: "dumb" } }, { now: () => now });
  report(event("warning", "careful"));
  now = 5_000;
  report(event("progress", "1,240 rows", { done: 62, total: 100 }));
  expect(written(stderr)).toBe("careful\n62 %  1,240 rows\n");
});

test("a warning is yellow on a terminal, and plain where NO_COLOR asks for it", () => {
  const coloured = terminal(80);
  createReporter({ stderr: coloured, env: {} })(event("warning", "careful"));
  expect(written(coloured)).toBe("\u001b[33mcareful\u001b[39m\n");
  const plain = terminal(80);
  createReporter({ stderr: plain, env: { NO_COLOR: "1" } })(event("warning", "careful"));
  expect(written(plain)).toBe("careful\n");
});

test("a name that a tenant chose cannot steer a terminal, break a line or reorder what is read", () => {
  const name = 'API \u001b[2J\u001b[8m\n\u202E"evil';
  const escaped = 'API \\u001b[2J\\u001b[8m\\u000a\\u202e"evil';
  for (const level of ["info", "progress"] as const) {
    const stderr = terminal(200);
    createReporter({ stderr, env: {} })(event(level, name));
    expect(written(stderr)).toContain(escaped);
  }
  const stderr = terminal(200);
  createReporter({ stderr, env: {} })(event("warning", name));
  expect(written(stderr)).toBe(`\u001b[33m${escaped}\u001b[39m\n`);
});

test.each([40, 80])("a long line breaks between words on %i columns and hangs under its text", (columns) => {
  const stderr = terminal(columns);
  const changes = "scopes + approve:timesheets, tokenProfile auth0 -> rfc9068, name Hours -> Timesheets API";
  say({ stderr, env: {} }, `change   Timesheets API (5f7c8ec7c33c6c004bbafe82): ${changes}`);
  say(
    { stderr, env: {} },
    "Commit it, then run `auth0-m2m rotate key --stack production --keep-old` once more.",
  );
  const [first = "", ...lines] = written(stderr).trimEnd().split("\n");
  expect(first).toMatch(/^change {3}\S/);
  const end = lines.findIndex((line) => line.startsWith("Commit"));
  for (const line of lines.slice(0, end)) expect(line).toMatch(/^ {9}\S/);
  for (const line of [first, ...lines].filter((text) => !text.includes("`"))) {
    expect(line.length).toBeLessThanOrEqual(columns);
  }
  expect(lines.slice(end).join("|")).toContain("`auth0-m2m rotate key --stack production --keep-old`");
});

test("a log keeps its lines whole", () => {
  const stderr = new PassThrough();
  const line = "word ".repeat(60).trimEnd();
  say({ stderr, env: {} }, line);
  expect(written(stderr)).toBe(`${line}\n`);
});
