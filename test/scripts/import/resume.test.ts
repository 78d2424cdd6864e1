/** Interrupted imports: what is reported, what is kept, and how they resume. */
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FaultProxy, startFaultProxy } from "./faultProxy.ts";
import {
  readRejects,
  runImport,
  type Scenario,
  spawnImport,
  startImport,
  startScenario,
  summaryOf,
} from "./harness.ts";
import { compare, mixedRows } from "./mixedRows.ts";

let scenario: Scenario;
let proxy: FaultProxy;
const rows = mixedRows(2000);
const small = ["--batch-size", "50", "--concurrency", "2"];

/** The API behind a proxy that takes its time, and something to do at one request. */
let at: { request: number; action: () => void | Promise<void> } | undefined;

beforeEach(async () => {
  scenario = await startScenario();
  at = undefined;
  proxy = await startFaultProxy(
    () => scenario.api.url,
    async (number) => {
      if (number === at?.request) await at.action();
      await new Promise((resolve) => setTimeout(resolve, 10));
      return undefined;
    },
  );
  scenario.sendTo(proxy.url);
});

afterEach(async () => {
  await proxy.close();
  await scenario[Symbol.asyncDispose]();
});

function problems(): string[] {
  const rejects = readRejects(`${scenario.folder}/hours.rejects.csv`);
  return compare(
    rows,
    scenario.stored(),
    rejects.map(({ _line }) => Number(_line)),
  );
}

/** Interrupts an import at its 20th request. */
async function interrupt(file: string) {
  const controller = new AbortController();
  at = { request: 20, action: () => controller.abort() };
  return runImport(scenario, [file, ...small], { signal: controller.signal });
}

test("finishes what is in flight on Ctrl-C, says how to resume, and resumes there", async () => {
  const file = scenario.file("hours.csv", rows.csv);
  const interrupted = await interrupt(file);
  expect(interrupted.code).toBe(130);
  expect(interrupted.stderr).toContain("Run the same command again");
  const { counts } = JSON.parse(readFileSync(`${file}.checkpoint.json`, "utf8")) as {
    counts: { accepted: number };
  };
  expect(counts.accepted).toBe(scenario.stored().size);
  expect(statSync(`${file}.checkpoint.json`).mode & 0o077).toBe(0);
  const before = proxy.requests();
  const ended = await summaryOf(scenario, [file, ...small]);
  expect(ended).toMatchObject({
    code: 10,
    summary: { rows: 2000, runs: 2, alreadyStored: expect.any(Number) },
  });
  expect(problems()).toEqual([]);
  expect(ended.summary.accepted).toBe(scenario.stored().size);
  expect(proxy.requests() - before).toBeLessThan(2000 / 50 + rows.conflicts.length - 10);
  expect(existsSync(`${file}.checkpoint.json`)).toBe(false);
});

test("says on Ctrl-C in a process of its own how many rows are done and how to resume", async () => {
  const file = scenario.file("hours.csv", rows.csv);
  const child = startImport(scenario, [file, ...small]);
  at = { request: 20, action: () => child.kill("SIGINT") };
  const { code, stderr } = await child.ended;
  expect({ code, stderr }).toEqual({
    code: 130,
    stderr: expect.stringMatching(/Interrupted; \d+ rows are done/),
  });
  expect(stderr).toContain("Run the same command again");
});

test("is as safe when it is killed", async () => {
  const file = scenario.file("hours.csv", rows.csv);
  const args = [file, ...small, "--json"];
  const killed = startImport(scenario, args);
  at = { request: 25, action: () => killed.kill() };
  expect((await killed.ended).code).toBeNull();
  const ended = await spawnImport(scenario, args);
  expect(ended.code, ended.stderr).toBe(10);
  expect(problems()).toEqual([]);
});

test("counts as accepted what an interrupted run had stored without knowing it", async () => {
  const lines = Array.from({ length: 1500 }, (_, row) => `contractor-${row},2026-03-31,atlas,8\n`);
  const file = scenario.file("hours.csv", `user_id,date,project,hours\n${lines.join("")}`);
  const sizes = ["--batch-size", "30", "--concurrency", "1"];
  const controller = new AbortController();
  at = { request: 20, action: () => controller.abort() };
  await runImport(scenario, [file, ...sizes], { signal: controller.signal });
  // As a kill leaves it: 600 rows are stored, and the last save was after 210.
  const checkpoint = JSON.parse(readFileSync(`${file}.checkpoint.json`, "utf8"));
  expect(checkpoint.done).toEqual([[0, scenario.stored().size]]);
  Object.assign(checkpoint, { done: [[0, 210]], counts: { ...checkpoint.counts, rows: 210, accepted: 210 } });
  writeFileSync(`${file}.checkpoint.json`, JSON.stringify(checkpoint));
  const { code, summary } = await summaryOf(scenario, [file, ...sizes]);
  expect({ code, ...summary }).toMatchObject({ code: 0, rows: 1500, accepted: 1500, alreadyStored: 0 });
});

test("starts over, and says so, when the file has changed meanwhile", async () => {
  const file = scenario.file("hours.csv", rows.csv);
  await interrupt(file);
  writeFileSync(file, `${rows.csv}contractor-new,2026-12-31,atlas,1\n`);
  const { code, summary, stderr } = await summaryOf(scenario, [file, ...small]);
  expect(stderr).toContain("has changed since its import was interrupted");
  expect({ code, rows: summary.rows, runs: summary.runs }).toEqual({ code: 10, rows: 2001, runs: 1 });
});

test("starts over on --restart, and after a checkpoint that cannot be read", async () => {
  const file = scenario.file("hours.csv", rows.csv);
  await interrupt(file);
  at = undefined;
  const restarted = await summaryOf(scenario, [file, ...small, "--restart"]);
  expect(restarted.summary).toMatchObject({ rows: 2000, runs: 1 });
  expect(restarted.summary.alreadyStored).toBeGreaterThan(300);
  writeFileSync(`${file}.checkpoint.json`, "{");
  const { stderr } = await runImport(scenario, [file]);
  expect(stderr).toContain("is not a checkpoint");
});

test("refuses to run twice at once on the same checkpoint", async () => {
  const file = scenario.file("hours.csv", rows.csv);
  // In a process of its own: within one process the lock is one's own.
  let second: Awaited<ReturnType<typeof spawnImport>> | undefined;
  at = {
    request: 3,
    action: async () => {
      second = await spawnImport(scenario, [file, ...small]);
    },
  };
  expect((await runImport(scenario, [file, ...small])).code).toBe(10);
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("is running already") });
});

test("takes over from a process on another host that died", { tags: ["soak"] }, async () => {
  const file = scenario.file("hours.csv", rows.csv);
  // Of a pod that was evicted: its lock is no longer touched.
  const lock = `${file}.checkpoint.json.lock`;
  writeFileSync(lock, JSON.stringify({ pid: 1, host: "elsewhere", started: "1" }));
  expect((await runImport(scenario, [file])).code).toBe(1);
  utimesSync(lock, new Date(), new Date(Date.now() - 61_000));
  expect((await runImport(scenario, [file])).code).toBe(10);
});

test("leaves the rejects of an interrupted import alone in a dry run", async () => {
  const file = scenario.file("hours.csv", rows.csv);
  await interrupt(file);
  const before = problems();
  const { code, stderr } = await runImport(scenario, [file, "--dry-run"]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("was interrupted") });
  expect(problems()).toEqual(before);
  const elsewhere = `${scenario.folder}/dry.csv`;
  expect((await runImport(scenario, [file, "--dry-run", "--rejects", elsewhere])).code).toBe(10);
  expect((await runImport(scenario, [file, ...small])).code).toBe(10);
  expect(problems()).toEqual([]);
});

test("checks a file that was fixed after its import was interrupted in a dry run", async () => {
  await interrupt(scenario.file("hours.csv", rows.csv));
  const fixed = scenario.file("hours.csv", `${rows.csv}\n`);
  expect((await runImport(scenario, [fixed, "--dry-run"])).code).toBe(10);
});

test("says that an import from standard input starts over, and leaves no checkpoint", async () => {
  const controller = new AbortController();
  at = { request: 10, action: () => controller.abort() };
  const { code, stderr } = await runImport(scenario, ["-", ...small], {
    stdin: rows.csv,
    signal: controller.signal,
  });
  expect(code).toBe(130);
  expect(stderr).toContain("the same command starts over");
});

test("imports what was there at the start of a file that grows meanwhile, and says that there is more", async () => {
  const lines = rows.csv.trimEnd();
  const file = scenario.file("hours.csv", lines.slice(0, -1));
  at = { request: 10, action: () => writeFileSync(file, `${lines}\n`, { flag: "r+" }) };
  const { code, stderr, stdout } = await runImport(scenario, [file, ...small, "--json"]);
  expect(code).toBe(1);
  expect(stderr).toContain("grew by");
  // The last line was cut in the middle, so it must not be taken for a whole row.
  expect(JSON.parse(stdout)).toMatchObject({ rows: 1999 });
});
