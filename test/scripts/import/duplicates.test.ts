/** Rows with the natural key of an earlier row of the input. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addText, sealDigest, startDigest } from "../../../scripts/import/read/keyDigest.ts";
import { SeenKeys } from "../../../scripts/import/read/seenKeys.ts";
import { readRejects, runImport, type Scenario, startScenario, summaryOf } from "./harness.ts";

let scenario: Scenario;

beforeEach(async () => {
  scenario = await startScenario();
});

afterEach(() => scenario[Symbol.asyncDispose]());

const rows =
  "user_id,date,project,hours\nc,2026-03-31,atlas,4\nd,2026-03-31,atlas,1\nc,2026-03-31,atlas,4\nc,2026-03-31,atlas,0.5\n";

test("are counted apart and reported with both lines where they are kept", async () => {
  const { code, summary, stderr } = await summaryOf(scenario, [
    scenario.file("a.csv", rows.replace("0.5", "4")),
  ]);
  expect({ code, ...summary }).toMatchObject({ code: 0, rows: 4, duplicates: 2 });
  expect(stderr).toContain("a.csv, line 4: line 2 has the same user_id, date, project");
  expect(stderr).toContain("a.csv, line 5: line 2 has");
});

test("are rejected with both lines where that is asked for", async () => {
  const file = scenario.file("a.csv", rows);
  const { code, summary } = await summaryOf(scenario, [file, "--duplicates", "reject"]);
  expect({ code, ...summary }).toMatchObject({ code: 10, accepted: 2, rejected: 2, duplicates: 2 });
  expect(readRejects(`${scenario.folder}/a.rejects.csv`)).toMatchObject([
    { _line: "4", _code: "duplicate_row", _reason: expect.stringContaining("Line 2 has the same") },
    { _line: "5", _code: "duplicate_row" },
  ]);
  expect(scenario.stored().get("c 2026-03-31 atlas")).toBe(4);
});

test("are found in another file of the same import, whatever the batches", async () => {
  const files = [scenario.file("a.csv", rows.slice(0, 48)), scenario.file("b.csv", rows.slice(0, 48))];
  const { summary } = await summaryOf(scenario, [...files, "--duplicates", "reject", "--batch-size", "1"]);
  expect(summary).toMatchObject({ rows: 2, rejected: 1 });
  expect(readFileSync(`${scenario.folder}/a.rejects.csv`, "utf8")).toContain("Line 2 of");
});

test("are summed into their first row, or rejected with all of it where the sum is too much", async () => {
  const args = ["--duplicates", "sum"];
  const { code, summary } = await summaryOf(scenario, [scenario.file("a.csv", rows), ...args]);
  expect({ code, ...summary }).toMatchObject({ code: 0, rows: 4, accepted: 2, merged: 2, duplicates: 2 });
  expect(scenario.stored()).toEqual(
    new Map([
      ["c 2026-03-31 atlas", 8.5],
      ["d 2026-03-31 atlas", 1],
    ]),
  );
  const much = rows.replaceAll(",4\n", ",20\n").replaceAll("2026", "2027");
  const refused = await summaryOf(scenario, [scenario.file("b.csv", much), ...args]);
  expect(refused).toMatchObject({ code: 10, summary: { accepted: 1, rejected: 3, merged: 0 } });
  expect(readFileSync(`${scenario.folder}/b.rejects.csv`, "utf8")).toContain(
    "The sum of line 2, line 4, line 5",
  );
});

test("cannot be summed from standard input, which is read once, unless it is kept", async () => {
  const args = ["-", "--duplicates", "sum"];
  const refused = await runImport(scenario, args, { stdin: rows });
  expect({ code: refused.code, stderr: refused.stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining("--spool"),
  });
  const kept = await summaryOf(scenario, [...args, "--spool", "spool"], { stdin: rows });
  expect(kept).toMatchObject({ code: 0, summary: { accepted: 2, merged: 2 } });
});

test("are found by a table that knows every key again and takes none for another, whatever was expected", () => {
  const keys = fc.uniqueArray(fc.string({ maxLength: 9 }), { maxLength: 3000 });
  fc.assert(
    fc.property(keys, fc.constantFrom(1, 1000, 100_000), (texts, expected) => {
      const seen = new SeenKeys(expected);
      const digest = { high: 0, low: 0 };
      const place = (text: string, at: number) => {
        startDigest(digest);
        addText(digest, text);
        sealDigest(digest);
        return seen.add(digest, at);
      };
      for (const [index, text] of texts.entries()) expect(place(text, index + 1)).toBe(0);
      for (const [index, text] of texts.entries())
        expect(place(text, texts.length + index + 1)).toBe(index + 1);
    }),
    { numRuns: 30 },
  );
});

test.each([
  ["3..5", 0],
  ["4", 0],
  ["4..", 0],
  ["5..", 2],
  ["0..3", 2],
  ["100", 2],
])("an input of four rows, with --expect-rows %s, ends with %i", async (range, code) => {
  const ended = await runImport(scenario, [scenario.file("a.csv", rows), "--expect-rows", range]);
  expect(ended.code === 10 ? 0 : ended.code).toBe(code);
  expect(scenario.stored().size).toBe(code === 0 ? 2 : 0);
  if (code === 2) expect(ended.stderr).toContain("4 rows, where");
});

test.each([
  ["hours.csv", "hours.csv"],
  ["hours.csv", "./hours.csv"],
  ["http://127.0.0.1:9/hours.csv?a", "http://127.0.0.1:9/hours.csv?a"],
])(
  "%s and %s are one input, which is refused twice, since its rows would be taken for each other",
  async (...names) => {
    scenario.file("hours.csv", rows);
    const { code, stderr } = await runImport(scenario, [...names, "--duplicates", "sum"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("is given twice") });
    expect(scenario.stored().size).toBe(0);
  },
);
