/** What spreadsheets and databases write, and what people cannot see: taken, or rejected with the reason. */
import { mkdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runImport, type Scenario, startScenario, summaryOf } from "./harness.ts";

let scenario: Scenario;

beforeAll(async () => {
  scenario = await startScenario();
});

afterAll(() => scenario[Symbol.asyncDispose]());

const header = "user_id,date,project,hours\n";
const eight = new Map([["c 2026-03-31 atlas", 8]]);

/** A folder of its own for each file, so that its rejects are the only ones beside it. */
let folders = 0;
function place(name: string, content: string | Buffer): string {
  const folder = `${folders++}`;
  mkdirSync(`${scenario.folder}/${folder}`);
  return scenario.file(`${folder}/${name}`, content);
}

function rejectsOf(file: string): Buffer {
  return readFileSync(file.replace(/\.(csv|jsonl)$/, ".rejects.$1"));
}

function row(hours: string, date = "2026-03-31", user = "c"): string {
  return `${header}${user},${date},atlas,${hours}\n`;
}

test.each<[string, string, string | Buffer, string[]]>([
  ["8.0000", "a.csv", row("8.0000"), []],
  ["8.", "a.csv", row("8."), []],
  [
    "a decimal comma in a file of semicolons",
    "a.csv",
    row("8,00").replace(/,(?!00)/g, ";"),
    ["--decimal", "comma"],
  ],
  ["DD/MM/YYYY", "a.csv", row("8", "31/03/2026"), ["--date-format", "DD/MM/YYYY"]],
  ["M/D/YY", "a.csv", row("8", "3/31/26"), ["--date-format", "M/D/YY"]],
  ["D.M.YYYY", "a.csv", row("8", "31.3.2026"), ["--date-format", "D.M.YYYY"]],
  ["YYYYMMDD", "a.csv", row("8", "20260331"), ["--date-format", "YYYYMMDD"]],
  ["an Excel serial", "a.csv", row("8", "46112"), ["--date-format", "excel"]],
  ["a serial of 1904", "a.csv", row("8", "44650"), ["--date-format", "excel-1904"]],
  ["a first line sep=;", "a.csv", `sep=;\r\n${row("8").replaceAll(",", ";")}`, []],
  ["a first line sep=| in a file of pipes", "a.csv", `"sep=|"\n${row("8").replaceAll(",", "|")}`, []],
  ["a line sep=; that was saved again", "a.csv", `sep=;;;;\r\n${row("8").replaceAll(",", ";")}`, []],
  ["a line of delimiters above the header", "a.csv", `,,,\n"","",""\n${row("8")}`, []],
  ["a column called PAR1", "a.csv", `PAR1,${header}x,${row("8").slice(header.length)}`, []],
  ["a header in brackets", "a.txt", `[x],${header}1,${row("8").slice(header.length)}`, []],
  ["a header in braces", "a.txt", `{x},${header}1,${row("8").slice(header.length)}`, []],
  ["lines of delimiters alone", "a.csv", `${header},,,\n${row("8").slice(header.length)},,,\n,,,\n`, []],
  ["an empty cell beyond the header", "a.csv", row("8").replace("8\n", "8,\n"), []],
  ["two empty cells beyond the header, quoted", "a.csv", row("8").replace("8\n", '"8",,""\n'), []],
  ["two byte order marks", "a.csv", `\u{feff}\u{feff}${row("8")}`, []],
  ["a top-level object around the rows", "a.json", JSON.stringify({ rows: json() }, null, 1), []],
  [
    "the same on one line, behind other values",
    "a.json",
    JSON.stringify({ made: [1], total: { n: 1 }, rows: json() }),
    [],
  ],
  ["the same without a name", "a.txt", JSON.stringify({ data: json(), next: null }), []],
  ["a comma after the last element", "a.json", `[${JSON.stringify(json()[0])},\n]`, []],
  ["a comma after each line", "a.jsonl", `${JSON.stringify(json()[0])},\n`, []],
  ["an array under a name of JSON Lines", "a.jsonl", `\n [\n${JSON.stringify(json()[0])}]`, []],
  ["rows of JSON in a file called csv", "a.csv", `${JSON.stringify(json()[0])}\n`, []],
])("takes %s", async (_what, name, content, args) => {
  const { code, summary, stderr } = await summaryOf(scenario, [place(name, content), ...args]);
  expect({ code, rows: summary.rows, stderr }).toEqual({ code: 0, rows: 1, stderr: expect.any(String) });
  expect(scenario.stored()).toEqual(eight);
});

function json(): object[] {
  return [{ user_id: "c", date: "2026-03-31", project: "atlas", hours: 8 }];
}

test("takes .5 hours, and a number for an id", async () => {
  await runImport(scenario, [place("a.csv", row(".5", "2026-03-31", "half"))]);
  const numbered = { user_id: 1042, date: "2026-03-31", project: "atlas", hours: 1 };
  await runImport(scenario, [place("b.jsonl", JSON.stringify(numbered))]);
  expect(scenario.stored().get("half 2026-03-31 atlas")).toBe(0.5);
  expect(scenario.stored().get("1042 2026-03-31 atlas")).toBe(1);
});

test.each<[string, string, string[], string]>([
  ["a decimal comma that was not declared", row('"8,5"'), [], "invalid_hours"],
  ["a decimal point where a comma was declared", row("8.5"), ["--decimal", "comma"], "invalid_hours"],
  ["a date that was not declared", row("8", "31/03/2026"), [], "invalid_date"],
  [
    "a day that there is not in the declared format",
    row("8", "31/02/2026"),
    ["--date-format", "DD/MM/YYYY"],
    "invalid_date",
  ],
  [
    "an ISO date where another format was declared",
    row("8"),
    ["--date-format", "DD/MM/YYYY"],
    "invalid_date",
  ],
  ["a ninth decimal that is no zero", row("8.000000001"), [], "invalid_hours"],
  ["Excel's 29 February 1900", row("8", "60"), ["--date-format", "excel"], "invalid_date"],
])("rejects %s", async (_what, content, args, code) => {
  const file = place("a.csv", content);
  const { code: exitCode, summary } = await summaryOf(scenario, [file, ...args]);
  expect({ exitCode, accepted: summary.accepted }).toEqual({ exitCode: 10, accepted: 0 });
  expect(rejectsOf(file).toString()).toContain(code);
});

test("refuses a date format without a year before anything is sent", async () => {
  const { code, stderr } = await runImport(scenario, [
    place("a.csv", row("8")),
    ...["--date-format", "DD/MM"],
  ]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("is no date format") });
});

test("takes composed and decomposed letters for one person, and trims what surrounds a name", async () => {
  const file = place("a.csv", `${row("8", "2026-03-31", "Zoe\u0308")}\u00a0Zo\u00eb ,2026-04-01,atlas,4\n`);
  expect((await runImport(scenario, [file])).code).toBe(0);
  const names = [...scenario.stored().keys()].filter((key) => key.includes("Zo"));
  expect(names).toEqual(["Zo\u00eb 2026-03-31 atlas", "Zo\u00eb 2026-04-01 atlas"]);
});

test.each([
  ["a zero-width space", "\u200b"],
  ["a zero-width joiner", "\u200d"],
  ["a soft hyphen", "\u00ad"],
  ["a direction mark", "\u200f"],
  ["a no-break space", "\u00a0"],
  ["a narrow no-break space", "\u202f"],
  ["a byte order mark inside", "\ufeff"],
  ["a Hangul filler", "\u3164"],
  ["a variation selector", "\ufe0f"],
])("rejects %s inside a name, and names it", async (_what, character) => {
  const file = place("a.csv", row("8", "2026-03-31", `Ann${character}Lee`));
  expect((await runImport(scenario, [file])).code).toBe(10);
  const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  expect(rejectsOf(file).toString()).toContain(`the character U+${code}`);
});

test("takes emoji that are joined of several", async () => {
  const file = place("a.csv", row("8", "2026-03-31", "\u{1f469}\u200d\u{1f4bb} \u2764\ufe0f"));
  expect((await runImport(scenario, [file])).code).toBe(0);
});

test("keeps in the rejects the delimiter, the mark, every column and the bytes of the input", async () => {
  const content = Buffer.concat([
    Buffer.from("\u{feff}note;user_id;date;project;hours;note\n"),
    Buffer.from("caf\u00e9;J\u00f6rg;2026-03-31;atlas;8;two\n", "latin1"),
    Buffer.from('a;b;2026-03-31;atlas;99;"x;y"\n'),
  ]);
  const file = place("a.csv", content);
  expect((await runImport(scenario, [file])).code).toBe(10);
  const written = rejectsOf(file);
  const [first, second, third] = written.toString("latin1").split("\n");
  expect(written.subarray(0, 3)).toEqual(Buffer.from("\u{feff}"));
  expect(first?.slice(3)).toBe("note;user_id;date;project;hours;note;_file;_line;_code;_reason");
  expect(second).toMatch(/^caf\u00e9;J\u00f6rg;2026-03-31;atlas;8;two;.*;2;invalid_user_id;/);
  expect(third).toMatch(/^a;b;2026-03-31;atlas;99;"x;y";.*;3;invalid_hours;/);
});

test.each([
  ["CR LF", "\r\n"],
  ["CR", "\r"],
])("ends the lines of the rejects in %s as the input does", async (_what, end) => {
  const file = place("a.csv", row("99").replaceAll("\n", end));
  expect((await runImport(scenario, [file])).code).toBe(10);
  const lines = rejectsOf(file).toString().split(end);
  expect(lines).toEqual([expect.stringMatching(/^user_id,.*_reason$/), expect.stringMatching(/^c,/), ""]);
  expect(lines.join("")).not.toMatch(/[\r\n]/);
});

test("refuses a header in another encoding, and says how to convert the file", async () => {
  const file = place(
    "a.csv",
    Buffer.from("gr\u00f6\u00dfe,user_id,date,project,hours\n1,c,2026-03-31,atlas,8\n", "latin1"),
  );
  const { code, stderr } = await runImport(scenario, [file]);
  expect(code).toBe(2);
  expect(stderr).toContain("is not UTF-8");
  expect(stderr).toContain("iconv -f WINDOWS-1252 -t UTF-8");
});

test("rejects a row that is nested 6,000 deep, as it is, and takes the rest", async () => {
  const deep = `{"user_id":"c","date":"2026-03-31","project":"atlas","hours":99,"more":${"[".repeat(6000)}1e400${"]".repeat(6000)}}`;
  const file = place("a.jsonl", `${deep}\n${JSON.stringify(json()[0])}\n`);
  const { code, summary } = await summaryOf(scenario, [file]);
  expect({ code, ...summary }).toMatchObject({ code: 10, rows: 2, rejected: 1 });
  const written = rejectsOf(file).toString();
  expect(written.startsWith(`${deep.slice(0, -1)},"_file":`)).toBe(true);
  expect(JSON.parse(written)).toMatchObject({ _line: 1, _code: "invalid_hours" });
});

test("knows rows again that a quote swallows though they lack their last cells, and leaves prose alone", async () => {
  const content = `user_id,date,project,hours,note\na,2026-03-31,atlas,1,"call\nb,2026-03-31,atlas,2\nc,2026-03-31,atlas,3"\nd,2026-03-31,atlas,4,"one, two,\nthree, four, five, and"\n`;
  const { code, summary, stderr } = await summaryOf(scenario, [place("a.csv", content), "--dry-run"]);
  expect({ code, rows: summary.rows, rejected: summary.rejected }).toEqual({
    code: 10,
    rows: 2,
    rejected: 1,
  });
  expect(stderr).toContain("a.csv, line 2: A quoted cell spans 3 lines and holds what looks like 2 rows");
});

test.each([
  ["--delimiter", "--delimiter is one character"],
  ["--date-format", "is no date format"],
])("%s takes no name that every object has", async (flag, said) => {
  const { code, stderr } = await runImport(scenario, [place("a.csv", row("8")), flag, "constructor"]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) });
});

test("rejects a cell that holds what looks like rows, and says so, unless its lines are allowed", async () => {
  const swallowing = `user_id,date,project,hours,note\na,2026-03-31,atlas,1,"call\nb,2026-03-31,atlas,2,\nc,2026-03-31,atlas,3,"\nd,2026-03-31,atlas,4,"two\nlines, of text"\n`;
  const file = place("a.csv", swallowing);
  const rejected = await summaryOf(scenario, [file, "--dry-run"]);
  expect(rejected).toMatchObject({ code: 10, summary: { rows: 2, rejected: 1 } });
  expect(rejected.stderr).toContain("holds what looks like 2 rows");
  const allowed = await summaryOf(scenario, [file, "--dry-run", "--max-cell-lines", "3"]);
  expect(allowed).toMatchObject({ code: 0, summary: { rows: 2, rejected: 0 } });
  expect(allowed.stderr).toContain("holds what looks like 2 rows");
  const bounded = await summaryOf(scenario, [file, "--dry-run", "--max-cell-lines", "1"]);
  expect(bounded).toMatchObject({ code: 10, summary: { rows: 2, rejected: 2 } });
});
