/** A row whose entry is made from bytes is what the rules for text make of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { jobSchema } from "../../../scripts/import/job/schema.ts";
import { timesheetsJob } from "../../../scripts/import/job/timesheets.ts";
import { readCsv } from "../../../scripts/import/read/csvReader.ts";
import { Fields } from "../../../scripts/import/read/fields.ts";
import { type EntryJson, PlainRow } from "../../../scripts/import/read/plainLines.ts";
import type { Row } from "../../../scripts/import/read/row.ts";
import { requestBody } from "../../../scripts/import/send/requestBody.ts";

const header = ["hours", "user_id", "note", "date", "project"];

const everyKind = jobSchema.parse({
  endpoint: "POST /any",
  fields: {
    source: { constant: "export" },
    2: { column: "project", required: false },
    note: { required: false, longest: 5 },
    day: { column: "date", type: "day" },
    date: { type: "date", required: false },
    hours: { type: "number", decimals: 3, least: 0, most: 1000 },
    "size €": { column: "hours", type: "number", as: "text", required: false },
    user: { column: "user_id", pattern: "[a-z]+.*" },
  },
  key: ["source", "user", "day", "hours", "note"],
});

const cells = {
  hours: [
    "8",
    "8.5",
    "08",
    "8.50",
    "0",
    "0.25",
    ".5",
    "8.",
    "-1",
    "24.01",
    "1e3",
    "1.1234567",
    "12345678901",
    "1.0001",
    "999.999",
  ],
  user_id: ["anna", " anna", "Anna", "a\\b", "é", "a\u0000", "x".repeat(201), "anna o'neil", "~"],
  note: ["", " ", "note", "too long", "\t"],
  date: [
    "2026-03-31",
    "2026-02-29",
    "2024-02-29",
    "2026-3-31",
    "2026-03-31T08:00:00+02:00",
    " 2026-03-31",
    "0000-01-01",
  ],
  project: ["atlas", "", "漢", "\u200b", "7"],
} as const;

const usual = { hours: "7.25", user_id: "anna", note: "note", date: "2026-03-31", project: "atlas" };

/** Cells of which most are as most are. */
const cell = (column: keyof typeof cells) =>
  fc.oneof(
    { weight: 20, arbitrary: fc.constant(usual[column]) },
    { weight: 1, arbitrary: fc.constantFrom<string>(...cells[column]) },
  );

const line = fc
  .tuple(
    fc.tuple(cell("hours"), cell("user_id"), cell("note"), cell("date"), cell("project")),
    fc.constantFrom<(line: string[]) => string[]>(
      (all) => all,
      (all) => all,
      (all) => all,
      (all) => all,
      (all) => all,
      (all) => all,
      (all) => all,
      (all) => all,
      (all) => all,
      (all) => all.slice(0, 4),
      (all) => [...all, ""],
      (all) => [...all, "more"],
      () => ["", "", "", "", ""],
      () => [],
    ),
    fc.constantFrom("\n", "\n", "\r\n", "\r"),
  )
  .map(([all, change, end]) => ({ cells: change(all), end }));

async function read(
  bytes: Buffer,
  size: number,
  delimiter: string,
  fields: Fields | undefined,
  sources: Fields["sources"],
): Promise<Row[]> {
  const found: Row[] = [];
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const options = { sources, maxCellLines: undefined, onSuspicion: () => {}, ...(fields && { fields }) };
  const layout = { delimiter, header, lineEnd: "\n" as const, hasSeparatorLine: false };
  for await (const rows of readCsv(pieces(), "rows.csv", options, layout)) found.push(...rows);
  return found;
}

const json = (entry: EntryJson) =>
  typeof entry === "string" ? entry : entry.json.toString("utf8", entry.from, entry.to);

function judged(rows: readonly Row[], fields: Fields) {
  return rows.map((row) => {
    const { line, firstLine, values, original, isBinary, fault } = row;
    const parsed = fields.parseRow(row, { high: 0, low: 0 });
    const became = parsed?.ok ? { entry: json(parsed.entry), high: parsed.high, low: parsed.low } : parsed;
    return { line, firstLine, values: [...values], original, isBinary, fault, became };
  });
}

test.each([
  ["the built-in job", timesheetsJob],
  ["a job with fields of every kind", everyKind],
])("rows become the same with and without the shortcut: %s", async (_what, job) => {
  const fields = new Fields(job, { map: [], decimal: undefined, dateFormat: undefined });
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 30 }),
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom(",", ";", "\t"),
      async (lines, size, by) => {
        const text = lines.map(({ cells, end }) => cells.join(by) + end).join("");
        const bytes = Buffer.from(`${header.join(by)}\n${text}`);
        const shortcut = await read(bytes, size, by, fields, fields.sources);
        const rules = await read(bytes, size, by, undefined, fields.sources);
        plain += shortcut.filter((row) => row instanceof PlainRow).length;
        expect(judged(shortcut, fields)).toEqual(judged(rules, fields));
      },
    ),
    { numRuns: 300 },
  );
  expect(plain).toBeGreaterThan(500);
});

test("a body holds the entries in their order, whichever way they were made", async () => {
  const fields = new Fields(timesheetsJob, { map: [], decimal: undefined, dateFormat: undefined });
  const users = Array.from({ length: 3000 }, (_, index) =>
    index % 7 === 3 ? `Zoë ${index}` : `anna-${index}`,
  );
  const text = users.map((user) => `8,${user},,2026-03-31,atlas\n`).join("");
  const rows = await read(Buffer.from(`${header.join(",")}\n${text}`), 10_000, ",", fields, fields.sources);
  const entries = rows.flatMap((row) => {
    const parsed = fields.parseRow(row);
    return parsed?.ok ? [parsed.entry] : [];
  });
  const expected = users.map((user_id) => ({ user_id, date: "2026-03-31", project: "atlas", hours: 8 }));
  const body = (chosen: readonly EntryJson[], batch: Parameters<typeof requestBody>[1]) =>
    JSON.parse(String(requestBody(chosen, batch)));
  const list = { most: 500, lone: "list" } as const;
  expect(body(entries, list)).toEqual(expected);
  expect(body(entries.slice(1, 2), { ...list, lone: "object" })).toEqual(expected[1]);
  expect(body(entries.slice(1, 2), list)).toEqual([expected[1]]);
  expect(body(entries.slice(3, 4), { ...list, in: "späte" })).toEqual({ späte: [expected[3]] });
  const odd = (_each: unknown, index: number) => index % 2 === 1;
  expect(body(entries.filter(odd), { ...list, in: "rows" })).toEqual({ rows: expected.filter(odd) });
});
