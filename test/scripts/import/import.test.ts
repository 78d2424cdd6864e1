/** `timesheets-import` against the real API and tenant, as the person who runs it sees it. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRejects, runImport, runWith, type Scenario, startScenario, summaryOf } from "./harness.ts";

let scenario: Scenario;

beforeEach(async () => {
  scenario = await startScenario();
});

afterEach(() => scenario[Symbol.asyncDispose]());

const header = "user_id,date,project,hours\n";
const three = `${header}contractor-1,2026-03-31,atlas,8\ncontractor-2,2026-03-31,atlas,7.5\ncontractor-3,2026-03-31,atlas,0.25\n`;

test("stores a file with one token, and finds it all stored the next night", async () => {
  const file = scenario.file("hours.csv", three);
  const first = await summaryOf(scenario, [file]);
  expect(first).toMatchObject({
    code: 0,
    summary: {
      rows: 3,
      accepted: 3,
      alreadyStored: 0,
      rejected: 0,
      tokens: 1,
      requests: 1,
      rejectsFile: null,
    },
  });
  expect(scenario.stored()).toEqual(
    new Map([
      ["contractor-1 2026-03-31 atlas", 8],
      ["contractor-2 2026-03-31 atlas", 7.5],
      ["contractor-3 2026-03-31 atlas", 0.25],
    ]),
  );
  expect(existsSync(`${file}.checkpoint.json`)).toBe(false);
  const again = await summaryOf(scenario, [file]);
  expect(again).toMatchObject({ code: 0, summary: { accepted: 0, alreadyStored: 3 } });
  const otherwiseCut = await summaryOf(scenario, [file, "--batch-size", "2"]);
  expect(otherwiseCut).toMatchObject({ code: 0, summary: { accepted: 0, alreadyStored: 3 } });
});

test.each<[string, string | Buffer, string[]]>([
  ["hours.csv", `\u{feff}${three}`, []],
  ["hours.csv", three.replaceAll(",", ";").replaceAll("\n", "\r\n"), []],
  [
    "hours.csv",
    three.replace("user_id,date", "Employee,Day"),
    ["--map", "user_id=Employee", "--map", "date=Day"],
  ],
  ["hours.tsv", three.replaceAll(",", "\t"), ["--delimiter", "tab"]],
  ["hours.csv.gz", gzipSync(three), []],
  ["hours.jsonl", json().join("\n"), []],
  ["hours.json", `[${json().join(",\n")}]`, []],
  ["hours.txt", `[${json().join(",\n")}]`, ["--batch-size", "1"]],
])("reads %s, case %#", async (name, content, args) => {
  const { code, summary } = await summaryOf(scenario, [...args, scenario.file(name, content)]);
  expect({ code, accepted: summary.accepted }).toEqual({ code: 0, accepted: 3 });
  expect(scenario.stored().get("contractor-2 2026-03-31 atlas")).toBe(7.5);
});

function json(): string[] {
  return three
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","))
    .map(([user_id, date, project, hours]) =>
      JSON.stringify({ user_id, date, project, hours: Number(hours) }),
    );
}

test("reads several files, and standard input with the word that it cannot be resumed", async () => {
  const file = scenario.file("hours.csv", three);
  const more = `${header}contractor-9,2026-03-31,atlas,1\n`;
  const { code, summary, stderr } = await summaryOf(scenario, [file, "-"], { stdin: more });
  expect({ code, rows: summary.rows, checkpoint: summary.checkpoint }).toEqual({
    code: 0,
    rows: 4,
    checkpoint: null,
  });
  expect(stderr).toContain("Standard input cannot be resumed");
});

test("keeps rejected rows as they were, with line and reason, ready to be corrected and imported", async () => {
  const file = scenario.file(
    "hours.csv",
    `Team,user_id,date,project,hours\nred,contractor-1,2026-03-31,atlas,25\nred,contractor-2,2026-03-31,atlas,8\n"=HYPERLINK(""x"")",contractor-3,31.3.2026,,8\n`,
  );
  const { code, stderr } = await runImport(scenario, [file]);
  expect(code).toBe(10);
  const rejects = path.join(scenario.folder, "hours.rejects.csv");
  expect(stderr).toContain(rejects);
  expect(statSync(rejects).mode & 0o077).toBe(0);
  expect(readRejects(rejects)).toMatchObject([
    { Team: "red", user_id: "contractor-1", hours: "25", _line: "2", _code: "invalid_hours" },
    { Team: '\'=HYPERLINK("x")', user_id: "contractor-3", _line: "4", _code: "invalid_date,missing" },
  ]);
  const corrected = readFileSync(rejects, "utf8")
    .replace(",25,", ",12,")
    .replace("31.3.2026,,", "2026-03-31,atlas,");
  const again = await summaryOf(scenario, [scenario.file("corrected.csv", corrected)]);
  expect(again).toMatchObject({ code: 0, summary: { rows: 2, accepted: 2 } });
});

test("keeps what is beyond the columns of a rejected row, so that it is not imported as it is without it", async () => {
  const file = scenario.file("comma.csv", "user_id,date,project,hours\ncontractor-1,2026-03-31,atlas,8,5\n");
  expect((await runImport(scenario, [file])).code).toBe(10);
  const rejects = path.join(scenario.folder, "comma.rejects.csv");
  expect(readRejects(rejects)).toMatchObject([{ hours: "8,5", _code: "too_many_columns" }]);
  const unquoted = scenario.file("unquoted.csv", readFileSync(rejects, "utf8").replace('"8,5"', "8,5"));
  expect((await runImport(scenario, [rejects, unquoted])).code).toBe(10);
  expect(readRejects(path.join(scenario.folder, "comma.rejects.rejects.csv"))).toMatchObject([
    { hours: "8,5", _code: "invalid_hours", _line: "2" },
    { hours: "8,5", _code: "too_many_columns", _line: "2" },
  ]);
  expect(scenario.stored().size).toBe(0);
});

test("rejects what contradicts the API, and stores the rest of the batch", async () => {
  await runImport(scenario, [scenario.file("first.csv", three)]);
  const changed = three.replace("7.5", "7");
  const { code, summary } = await summaryOf(scenario, [
    scenario.file("second.csv", `${changed}contractor-4,2026-03-31,atlas,1\n`),
  ]);
  expect({ code, ...summary }).toMatchObject({ code: 10, accepted: 1, alreadyStored: 2, rejected: 1 });
  expect(readRejects(path.join(scenario.folder, "second.rejects.csv"))).toMatchObject([
    { user_id: "contractor-2", hours: "7", _line: "3", _code: "conflict" },
  ]);
});

test("refuses a file without the needed columns before anything is sent, naming what it found", async () => {
  const whole = scenario.file("whole.csv", three);
  const lacking = scenario.file("lacking.csv", three.replace("hours", "Stunden"));
  const { code, stderr } = await runImport(scenario, [whole, lacking]);
  expect(code).toBe(2);
  expect(stderr).toContain("lacking.csv has no column hours");
  expect(stderr).toContain("--map hours=COLUMN");
  expect(stderr).toContain('"Stunden"');
  expect(scenario.stored().size).toBe(0);
});

test("validates everything and sends nothing in a dry run", async () => {
  const file = scenario.file("hours.csv", three.replace("7.5", "x"));
  const { code, summary } = await summaryOf(scenario, [file, "--dry-run"]);
  expect({ code, ...summary }).toMatchObject({
    code: 10,
    rows: 3,
    valid: 2,
    rejected: 1,
    requests: 0,
    tokens: 0,
    dryRun: true,
  });
  expect(scenario.stored().size).toBe(0);
});

test.each([["3"], ["2%"]])("stops early beyond --max-rejects %s", async (limit) => {
  const rows = Array.from(
    { length: 4000 },
    (_, row) => `contractor-${row},2026-03-31,atlas,${row % 10 ? 1 : 99}`,
  );
  const file = scenario.file("hours.csv", `${header}${rows.join("\n")}\n`);
  const { code, stderr } = await runImport(scenario, [file, "--max-rejects", limit, "--batch-size", "50"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/\d+ of \d+ rows were rejected/);
  expect(scenario.stored().size).toBeLessThan(3000);
});

test("keeps the token for the next run in a file of its owner alone, and renews one that was refused", async () => {
  const cache = path.join(scenario.folder, "cache", "token.json");
  const file = scenario.file("hours.csv", three);
  const args = [file, "--token-cache", cache];
  expect((await summaryOf(scenario, args)).summary.tokens).toBe(1);
  expect(statSync(cache).mode & 0o777).toBe(0o600);
  expect((await summaryOf(scenario, args)).summary.tokens).toBe(0);
  const kept = JSON.parse(readFileSync(cache, "utf8")) as { accessToken: string };
  writeFileSync(cache, JSON.stringify({ ...kept, accessToken: `${kept.accessToken.slice(0, -4)}AAAA` }));
  const { code, summary } = await summaryOf(scenario, args);
  expect({ code, tokens: summary.tokens, retries: summary.retries }).toEqual({
    code: 0,
    tokens: 1,
    retries: { 401: 1 },
  });
  chmodSync(cache, 0o644);
  expect((await summaryOf(scenario, args)).summary.tokens).toBe(1);
});

test("ends with exit code 3 and no stack trace when the credentials or the scope are refused", async () => {
  const file = scenario.file("hours.csv", three);
  await scenario.tenant.grant(["read:timesheets"]);
  const unscoped = await runImport(scenario, [file]);
  expect(unscoped.code).toBe(3);
  expect(unscoped.stderr).toContain("batch:upload");
  const credentials = JSON.parse(readFileSync(scenario.credentialsFile, "utf8")) as object;
  writeFileSync(scenario.credentialsFile, JSON.stringify({ ...credentials, clientSecret: "not-the-secret" }));
  const refused = await runImport(scenario, [file]);
  expect(refused.code).toBe(3);
  expect(refused.stderr).not.toMatch(/not-the-secret|\n\s+at /);
});

test("takes credentials from variables and says which are missing", async () => {
  const { domain, clientId, clientSecret, audience } = scenario.tenant.credentials;
  const env = {
    TIMESHEETS_CLIENT_ID: clientId,
    TIMESHEETS_CLIENT_SECRET: clientSecret,
    TIMESHEETS_AUDIENCE: audience,
    AUTH0_DOMAIN: domain,
    TIMESHEETS_API_URL: scenario.api.url,
  };
  const file = scenario.file("hours.csv", three);
  expect((await runWith(scenario, [file], { env })).code).toBe(0);
  const pasted = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, `${value}\n`]));
  expect((await runWith(scenario, [file], { env: pasted })).code).toBe(0);
  const lacking = await runWith(scenario, [file], { env: { TIMESHEETS_CLIENT_ID: clientId } });
  expect(lacking.code).toBe(2);
  expect(lacking.stderr).toMatch(/TIMESHEETS_TOKEN_ENDPOINT.*TIMESHEETS_CLIENT_SECRET.*TIMESHEETS_AUDIENCE/);
});

test("takes the API's address from the environment where the credentials file has none", async () => {
  const { apiUrl: _address, ...rest } = JSON.parse(readFileSync(scenario.credentialsFile, "utf8"));
  writeFileSync(scenario.credentialsFile, JSON.stringify(rest));
  const file = scenario.file("hours.csv", three);
  const env = { TIMESHEETS_API_URL: scenario.api.url };
  const { code, stderr } = await runImport(scenario, [file], { env });
  expect(code, stderr).toBe(0);
  expect((await runImport(scenario, [file, "--restart"])).stderr).toContain("TIMESHEETS_API_URL");
});

test("refuses a credentials file that others can read, and to send a token over plain HTTP to another machine", async () => {
  const file = scenario.file("hours.csv", three);
  chmodSync(scenario.credentialsFile, 0o644);
  const open = await runImport(scenario, [file]);
  expect(open.code).toBe(2);
  expect(open.stderr).toContain("chmod 600");
  chmodSync(scenario.credentialsFile, 0o600);
  const plain = await runImport(scenario, [file, "--api-url", "http://timesheets.example.com"]);
  expect(plain.code).toBe(2);
  expect(plain.stderr).toContain("not https");
});

test("shows neither the secret nor the token in anything that it writes", async () => {
  const file = scenario.file("hours.csv", three.replace("7.5", "x"));
  const cache = path.join(scenario.folder, "token.json");
  const ended = await runImport(scenario, [file, "--token-cache", cache, "--max-rejects", "0"]);
  expect(ended.code).toBe(1);
  const { accessToken } = JSON.parse(readFileSync(cache, "utf8")) as { accessToken: string };
  const written = [
    ended.stdout,
    ended.stderr,
    readFileSync(`${file}.checkpoint.json`, "utf8"),
    readFileSync(path.join(scenario.folder, "hours.rejects.csv"), "utf8"),
  ].join("\n");
  expect(written).not.toContain(scenario.tenant.credentials.clientSecret);
  expect(written).not.toContain(accessToken);
});
