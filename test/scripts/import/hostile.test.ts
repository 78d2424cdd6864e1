/** Input that is broken, huge or meant to do harm: one clear outcome each. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { timesheetsJob } from "../../../scripts/import/job/timesheets.ts";
import { readCsv, readLayout } from "../../../scripts/import/read/csvReader.ts";
import { Fields } from "../../../scripts/import/read/fields.ts";
import { readJsonArray } from "../../../scripts/import/read/jsonReader.ts";
import { readRejects, runImport, type Scenario, startScenario } from "./harness.ts";

let scenario: Scenario;

beforeAll(async () => {
  scenario = await startScenario();
});

afterAll(() => scenario[Symbol.asyncDispose]());

const header = "user_id,date,project,hours\n";
const good = "contractor-1,2026-03-31,atlas,8\n";
const megabyte = 1024 * 1024;

async function dryRun(name: string, content: string | Buffer) {
  const { code, stderr } = await runImport(scenario, [scenario.file(name, content), "--dry-run"]);
  return { code, said: stderr };
}

const { sources } = new Fields(timesheetsJob, { map: [], decimal: undefined, dateFormat: undefined });

async function readCsvOf(bytes: AsyncIterable<Buffer>): Promise<void> {
  const layout = readLayout(Buffer.from(header), "hours.csv", sources, undefined);
  const options = { sources, maxCellLines: undefined, onSuspicion: () => {} };
  for await (const _rows of readCsv(bytes, "hours.csv", options, layout));
}

async function readArrayOf(bytes: AsyncIterable<Buffer>): Promise<void> {
  for await (const _rows of readJsonArray(bytes, "hours.json", sources));
}

test.each<[string, string, string | Buffer, string]>([
  ["an empty file", "hours.csv", "", "is empty"],
  [
    "a quote that is never closed",
    "hours.csv",
    `${header}${good}"${good}${good}`,
    "line 3 on: a quote is opened",
  ],
  [
    "a quote that swallows a megabyte",
    "hours.csv",
    `${header}"${good.repeat(40_000)}`,
    "line 2 on: a quote is opened",
  ],
  ["a damaged gzip file", "hours.csv.gz", gzipSync(header + good).subarray(0, -9), "does not unpack"],
  [
    "a gzip bomb",
    "hours.jsonl.gz",
    gzipSync(`${"x".repeat(megabyte - 1)}\n`.repeat(70)),
    "more than 200 times",
  ],
  ["UTF-16", "hours.csv", Buffer.from(`\u{feff}${header}`, "utf16le"), "is UTF-16"],
  ["a spreadsheet", "hours.csv", "PK\u0003\u0004", "Export it as CSV"],
  ["an array that is not closed", "hours.json", `[{"user_id":"c"}`, "not closed"],
  ["JSON that is no array", "hours.json", `[1] 2`, "something follows"],
])("refuses %s with exit code 2", async (_what, name, content, said) => {
  const outcome = await dryRun(name, content);
  expect(outcome).toEqual({ code: 2, said: expect.stringContaining(said) });
  expect(outcome.said).not.toMatch(/\n\s+at /);
});

test.each<[string, string, string | Buffer, string]>([
  ["NUL bytes", "nul.csv", `${header}contractor\0,2026-03-31,atlas,8\n${good}`, "invalid_user_id"],
  [
    "half a UTF-8 sequence",
    "half.csv",
    Buffer.from(`${header}caf\u00c3,2026-03-31,atlas,8\n${good}`, "latin1"),
    "invalid_user_id",
  ],
  [
    "more columns than the header",
    "wide.csv",
    `${header}c,2026-03-31,atlas,8,5\n${good}`,
    "too_many_columns",
  ],
  ["fewer columns than the header", "narrow.csv", `${header}c,2026-03-31,atlas\n${good}`, "missing"],
])("rejects a row with %s and takes the rest", async (_what, name, content, rejectCode) => {
  expect((await dryRun(name, content)).code).toBe(10);
  const rejects = readRejects(`${scenario.folder}/${name.replace(".csv", ".rejects.csv")}`);
  expect(rejects.map(({ _line, _code }) => [_line, _code])).toEqual([["2", rejectCode]]);
});

test.each<[string, string, string | Buffer, number]>([
  ["mixed line ends", "mixed.csv", `${header.trim()}\r\n${good.trim()}\r${good}\r\n\n${good.trim()}`, 3],
  [
    "10,000 columns",
    "broad.csv",
    `${header.trim()}${Array.from({ length: 9996 }, (_, index) => `,x${index}`).join("")}\n${good.trim()}${",".repeat(9996)}\n`,
    1,
  ],
  ["a quote in the middle of a value", "inch.csv", `${header}contractor-1,2026-03-31,5" pipe,8\n`, 1],
  [
    "a quoted value with its delimiter",
    "quoted.csv",
    `${header}"contractor, 1",2026-03-31,"the ""atlas""",8\n`,
    1,
  ],
])("takes %s", async (_what, name, content, rows) => {
  const outcome = await dryRun(name, content);
  expect(outcome).toEqual({
    code: 0,
    said: expect.stringContaining(`${rows === 1 ? "1 row" : `${rows} rows`} read: ${rows} valid`),
  });
});

test("rejects an element of two megabytes with its line and takes those around it", async () => {
  const row = JSON.stringify({ user_id: "c", date: "2026-03-31", project: "atlas", hours: 8 });
  const content = `[${row},\n{"user_id":"${"x".repeat(2 * megabyte)}"},\n${row.replace('"c"', '"d"')}]`;
  const { code, said } = await dryRun("element.json", content);
  expect({ code, said }).toEqual({ code: 10, said: expect.stringContaining("3 rows read: 2 valid") });
  const [reject, ...others] = readFileSync(`${scenario.folder}/element.rejects.jsonl`, "utf8")
    .trim()
    .split("\n");
  expect(others).toEqual([]);
  expect(JSON.parse(reject ?? "")).toMatchObject({ _line: 2, _code: "row_too_long" });
});

const long = "x".repeat(2 * megabyte);
const element = '{"user_id":"c","date":"2026-03-31","project":"atlas","hours":8}';

test.each<[string, string, string, number]>([
  ["a line", "long.csv", `${header}${good}${long}\n${good}`, 3],
  ["a last line", "last.csv", `${header}${good}${good}${long}`, 4],
  ["a line that ends in CR", "returns.csv", `${header}${good}${long}\r${good}`, 3],
  ["a quoted cell", "cell.csv", `${header}${good}c,2026-03-31,"${long}, ""a""",8\n${good}`, 3],
  [
    "a quoted cell of lines",
    "lines.csv",
    `${header}${good}"${good.repeat(40_000)}",2026-03-31,x,8\n${good}`,
    3,
  ],
  [
    "a line with a quote in a value",
    "first.csv",
    `"user_id",date,project,hours\n${good}${long}"\n${good}`,
    3,
  ],
  ["a last element", "last.json", `[${element},\n${element},\n["${long}"]]`, 3],
])("rejects %s of two megabytes with its place and takes the rest", async (_what, name, content, line) => {
  const outcome = await dryRun(name, content);
  expect(outcome).toEqual({ code: 10, said: expect.stringContaining("3 rows read: 2 valid, 1 rejected") });
  const file = `${scenario.folder}/${name.replace(".", ".rejects.").replace(/json$/, "jsonl")}`;
  const rejects = name.endsWith("csv")
    ? readRejects(file)
    : [JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>];
  expect(rejects.map(({ _line, _code }) => [Number(_line), _code])).toEqual([[line, "row_too_long"]]);
});

test.each([
  ["CSV", "user_id,date,project,hours\n", readCsvOf],
  ["a JSON array", "[", readArrayOf],
])("holds no more than a little of a row of %s without end", async (_what, beginning, read) => {
  let peak = 0;
  const before = process.memoryUsage().arrayBuffers;
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from(beginning);
    for (let piece = 0; piece < 100; piece++) {
      yield Buffer.from(`${piece === 0 ? '"' : ""}${"x".repeat(megabyte)}`);
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
  }
  await expect(read(endless())).rejects.toThrow(/not closed/);
  expect(peak).toBeLessThan(40 * megabyte);
});

test("rejects a line of JSON that is too long, broken or no object, each with its line", async () => {
  const line = JSON.stringify({ user_id: "c", date: "2026-03-31", project: "atlas", hours: 8 });
  const content = [
    line,
    "{broken",
    "x".repeat(2 * megabyte),
    "[1]",
    '{"user_id":"caf\u00c3"}',
    "",
    line,
  ].join("\n");
  const { code } = await dryRun("hours.jsonl", Buffer.from(content, "latin1"));
  expect(code).toBe(10);
  const rejects = readFileSync(`${scenario.folder}/hours.rejects.jsonl`, "utf8").trim().split("\n");
  expect(rejects.map((text) => JSON.parse(text)).map(({ _line, _code }) => [_line, _code])).toEqual([
    [2, "invalid_json"],
    [3, "row_too_long"],
    [4, "not_an_object"],
    [5, "invalid_utf8"],
  ]);
});

test("defuses cells that a spreadsheet would run, and takes that back on the way in", async () => {
  const cells = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "'=1"];
  const rows = cells.map((cell) => `"${cell}",2026-03-31,atlas,99`).join("\n");
  await dryRun("formulas.csv", `${header}${rows}\nplain,2026-03-31,atlas,-5\n`);
  const file = `${scenario.folder}/formulas.rejects.csv`;
  const written = readRejects(file);
  expect(written.map(({ user_id }) => user_id)).toEqual([...cells.map((cell) => `'${cell}`), "plain"]);
  expect(written.at(-1)?.hours).toBe("-5");
  const corrected = readFileSync(file, "utf8").replaceAll(",99,", ",9,").replace(",-5,", ",5,");
  expect((await runImport(scenario, [scenario.file("corrected.csv", corrected)])).code).toBe(0);
  const names = [...scenario.stored().keys()].map((key) => key.split(" ")[0]);
  expect(names).toEqual(["=1+1", "+1+1", "-1+1", "@SUM(A1)", "=1", "'=1", "plain"]);
});
