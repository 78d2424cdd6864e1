/** Files of the user stay his, files of the import are its own, and one process at a time writes them. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { takeLock } from "../../../scripts/import/keep/lock.ts";
import { startFaultProxy } from "./faultProxy.ts";
import { readRejects, runImport, type Scenario, startImport, startScenario, summaryOf } from "./harness.ts";

let scenario: Scenario;

beforeEach(async () => {
  scenario = await startScenario();
});

afterEach(() => scenario[Symbol.asyncDispose]());

const header = "user_id,date,project,hours\n";
const bad = `${header}c,2026-03-31,atlas,99\n`;
const good = `${header}c,2026-03-31,atlas,8\n`;

test("neither a dry run nor the next night's import touches rejects that are there", async () => {
  const file = scenario.file("hours.csv", bad);
  const rejects = `${scenario.folder}/hours.rejects.csv`;
  await runImport(scenario, [file]);
  const corrected = readFileSync(rejects, "utf8").replace("99", "9");
  writeFileSync(rejects, corrected);
  const dry = await summaryOf(scenario, [file, "--dry-run"]);
  expect(dry.summary.rejectsFile).toBe(`${scenario.folder}/hours.rejects.2.csv`);
  writeFileSync(file, good);
  expect((await summaryOf(scenario, [file])).summary).toMatchObject({ rejected: 0, rejectsFile: null });
  expect(readFileSync(rejects, "utf8")).toBe(corrected);
  expect(readdirSync(scenario.folder).filter((name) => name.includes("draft"))).toEqual([]);
});

test.each([["--rejects"], ["--checkpoint"]])(
  "%s leaves a file alone that the import did not write",
  async (flag) => {
    const notes = scenario.file("notes.txt", "mine");
    const { stderr } = await runImport(scenario, [scenario.file("hours.csv", bad), flag, notes]);
    expect(readFileSync(notes, "utf8")).toBe("mine");
    if (flag === "--rejects") expect(stderr).toContain("notes.2.txt");
    else expect(stderr).toContain("is not a checkpoint of an import, and stays as it is");
  },
);

test.each([[[]], [["--dry-run"]]])("follows no link where the rejects should be, given %j", async (args) => {
  const target = scenario.file("secret", "root's own");
  symlinkSync(target, `${scenario.folder}/hours.rejects.csv`);
  const { code, stderr } = await runImport(scenario, [scenario.file("hours.csv", bad), ...args]);
  expect({ code, stderr }).toEqual({ code: 10, stderr: expect.stringContaining("hours.rejects.2.csv") });
  expect(readFileSync(target, "utf8")).toBe("root's own");
  expect(lstatSync(`${scenario.folder}/hours.rejects.csv`).isSymbolicLink()).toBe(true);
  expect(statSync(`${scenario.folder}/hours.rejects.2.csv`).mode & 0o777).toBe(0o600);
});

test.each([
  ["checkpoint.json", "it is a symbolic link"],
  ["checkpoint.json.lock", "it is a symbolic link"],
])("does not use a %s that is a link", async (name, why) => {
  const file = scenario.file("hours.csv", good);
  symlinkSync(scenario.file("elsewhere", "{}"), `${file}.${name}`);
  const { code, stderr } = await runImport(scenario, [file]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(why) });
  expect(scenario.stored().size).toBe(0);
});

const isRoot = process.getuid?.() === 0;
const planted = [
  ["checkpoint", "hours.csv.checkpoint.json", ["hours.csv"]],
  ["lock", "hours.csv.checkpoint.json.lock", ["hours.csv"]],
  ["spooled input", "spool/stdin-0123456789abcdef.spool", ["-", "--spool", "spool"]],
] as const;

// Only root can give a file away: as another user this is skipped, and the report of the run says so.
test.runIf(isRoot).each(planted)("a %s that another user planted stops the import", async (_, name, args) => {
  scenario.file("hours.csv", good);
  mkdirSync(`${scenario.folder}/spool`);
  const file = scenario.file(name, name.endsWith(".spool") ? good : '{"version":1,"inputs":[]}');
  chownSync(file, 65_534, 65_534);
  const { code, stderr } = await runImport(scenario, [...args]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining("it belongs to another user"),
  });
  expect(scenario.stored().size).toBe(0);
});

test("finds out before the first request that the rejects cannot be written", async () => {
  const folder = `${scenario.folder}/shut`;
  mkdirSync(folder);
  const args = [scenario.file("hours.csv", good), "--rejects", `${folder}/missing/rejects.csv`];
  const { code, stderr } = await runImport(scenario, args);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining("cannot be written (ENOENT)"),
  });
  chmodSync(folder, 0o700);
  expect(scenario.stored().size).toBe(0);
});

let stop: AbortController;
const stopAtEighth = async (number: number) => {
  if (number === 8) stop.abort();
};

/** Interrupts an import of 400 rows, every fourth of which is rejected, and says how to resume it. */
async function interrupt(api: string): Promise<{ args: string[]; rejects: string }> {
  const rows = Array.from(
    { length: 400 },
    (_, row) => `c${row},2026-03-31,atlas,${row % 4 === 0 ? 99 : 1}\n`,
  );
  const file = scenario.file("hours.csv", header + rows.join(""));
  const args = [file, "--batch-size", "10", "--concurrency", "1"];
  stop = new AbortController();
  scenario.sendTo(api);
  await runImport(scenario, args, { signal: stop.signal });
  return { args, rejects: `${scenario.folder}/hours.rejects.csv` };
}

test("leaves rejects alone that were corrected while the import was interrupted, and writes the others apart", async () => {
  await using proxy = await closing(stopAtEighth);
  const { args, rejects } = await interrupt(proxy.url);
  const before = readRejects(rejects).length;
  expect(before).toBeGreaterThan(10);
  const corrected = readFileSync(rejects, "utf8").replace(",99,", ",9,");
  writeFileSync(rejects, corrected);
  const { summary, stderr } = await summaryOf(scenario, args);
  expect(stderr).toContain("was changed since the import was interrupted and stays as it is");
  expect(readFileSync(rejects, "utf8")).toBe(corrected);
  expect(summary).toMatchObject({ rows: 400, rejected: 100 });
  expect(readRejects(summary.rejectsFile ?? "").length + before).toBe(100);
});

test("notices a file that is changed in place, though its size and time stay", async () => {
  const rows = Array.from({ length: 30_000 }, (_, row) => `c${row},2026-03-31,atlas,1\n`).join("");
  const file = scenario.file("hours.csv", header + rows);
  const { atime, mtime } = statSync(file);
  await using proxy = await closing(async (number) => {
    if (number !== 2) return;
    writeFileSync(file, (header + rows).replace(/1\n$/, "2\n"), { flag: "r+" });
    utimesSync(file, atime, mtime);
  });
  scenario.sendTo(proxy.url);
  const { code, stderr } = await runImport(scenario, [file, "--batch-size", "50", "--concurrency", "1"]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining("was changed while it was read"),
  });
});

test("says what is done and how to continue when the disk takes no more rejects", async () => {
  const rows = Array.from(
    { length: 3000 },
    (_, row) => `c${row},2026-03-31,atlas,${row % 3 === 0 ? 1 : 99}\n`,
  );
  const file = scenario.file("hours.csv", header + rows.join(""));
  const args = [file, "--credentials-file", scenario.credentialsFile, "--batch-size", "50"];
  const command = path.resolve(import.meta.dirname, "../../../bin/timesheets-import.js");
  // A limit on the size of files stands for a disk that is full.
  const limited = await new Promise<{ status: number | null; stderr: string }>((resolve) => {
    const child = spawn("bash", ["-c", 'ulimit -f 64; exec "$0" "$@"', process.execPath, command, ...args], {
      cwd: scenario.folder,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: scenario.tenant.caFile, NODE_DISABLE_COMPILE_CACHE: "1" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk;
    });
    child.once("close", (status) => resolve({ status, stderr }));
  });
  expect(limited).toEqual({
    status: 1,
    stderr: expect.stringMatching(
      /cannot be written further \(EFBIG\).*run the same command again to resume/s,
    ),
  });
  const { code, summary } = await summaryOf(scenario, [file, "--batch-size", "50"]);
  expect({ code, ...summary }).toMatchObject({ code: 10, rows: 3000, rejected: 2000 });
  expect(scenario.stored().size).toBe(1000);
  expect(new Set(readRejects(`${scenario.folder}/hours.rejects.csv`).map(({ _line }) => _line)).size).toBe(
    2000,
  );
});

test("a lock that another has taken over is not written under, nor released", async () => {
  const file = `${scenario.folder}/import.lock`;
  const mine = await takeLock(file);
  await mine.assertHeld();
  renameSync(file, `${file}.aside`);
  const other = await takeLock(file);
  await expect(mine.assertHeld()).rejects.toMatchObject({ code: "lock_lost" });
  await mine.release();
  await other.assertHeld();
  await other.release();
  expect(existsSync(file)).toBe(false);
});

test("a lock of a live process in another container of the same name is respected until it is still for a minute", async () => {
  const file = `${scenario.folder}/import.lock`;
  const own = await takeLock(file);
  const owner = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  await own.release();
  writeFileSync(file, JSON.stringify({ ...owner, token: "other", processes: "another space", started: "1" }));
  await expect(takeLock(file)).rejects.toMatchObject({ code: "import_running" });
  utimesSync(file, new Date(), new Date(Date.now() - 61_000));
  await (await takeLock(file, { watch: 100 })).release();
});

test.each([
  ["behind", -3_600_000],
  ["ahead", 3_600_000],
])(
  "a lock whose owner's clock is an hour %s is respected while it beats, and taken when it does not",
  async (_what, off) => {
    const file = `${scenario.folder}/import.lock`;
    const owner = { token: "other", pid: 1, host: "another-host", started: "1" };
    writeFileSync(file, JSON.stringify(owner));
    const beat = () => utimesSync(file, new Date(), new Date(Date.now() + off));
    beat();
    const beating = setInterval(beat, 50);
    try {
      await expect(takeLock(file, { watch: 5000 })).rejects.toMatchObject({ code: "import_running" });
    } finally {
      clearInterval(beating);
    }
    await (await takeLock(file, { watch: 200 })).release();
    expect(existsSync(file)).toBe(false);
  },
);

test("a process that is stopped, overtaken and woken ends without a word in the other's files", async () => {
  const rows = Array.from(
    { length: 2000 },
    (_, row) => `c${row},2026-03-31,atlas,${row % 20 === 0 ? 99 : 1}\n`,
  );
  const file = scenario.file("hours.csv", header + rows.join(""));
  const args = [file, "--batch-size", "20", "--concurrency", "2"];
  let reached = () => {};
  const twentieth = new Promise<void>((resolve) => {
    reached = resolve;
  });
  await using proxy = await closing(async (number) => {
    if (number === 20) reached();
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
  scenario.sendTo(proxy.url);
  const stopped = startImport(scenario, args);
  await twentieth;
  stopped.kill("SIGSTOP");
  // As if it had died: of one on another machine that would take as long as it is watched.
  const lock = `${file}.checkpoint.json.lock`;
  const owner = JSON.parse(readFileSync(lock, "utf8")) as Record<string, unknown>;
  writeFileSync(lock, JSON.stringify({ ...owner, pid: 2 ** 22 + 1 }));
  const { code, summary } = await summaryOf(scenario, args);
  expect({ code, ...summary }).toMatchObject({ code: 10, rows: 2000, rejected: 100 });
  stopped.kill("SIGCONT");
  const ended = await stopped.ended;
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining("taken over"),
  });
  expect(new Set(readRejects(`${scenario.folder}/hours.rejects.csv`).map(({ _line }) => _line)).size).toBe(
    100,
  );
  expect(scenario.stored().size).toBe(1900);
  const left = readdirSync(scenario.folder).filter((name) => name.startsWith("hours."));
  expect(left.sort()).toEqual(["hours.csv", "hours.rejects.csv"]);
});

async function closing(at: (number: number) => Promise<void>) {
  const proxy = await startFaultProxy(
    () => scenario.api.url,
    async (number) => {
      await at(number);
      return undefined;
    },
  );
  return { url: proxy.url, [Symbol.asyncDispose]: () => proxy.close() };
}

test.each([
  ["lock", "hours.csv.checkpoint.json.lock", "mine\n"],
  ["claim on a lock", "hours.csv.checkpoint.json.lock.takeover", "mine\n"],
  ["lock in JSON", "hours.csv.checkpoint.json.lock", '{"name":"a package"}'],
])("a %s that no import wrote is left alone, however old", async (_what, name, content) => {
  const file = scenario.file("hours.csv", good);
  if (name.endsWith(".takeover")) {
    const dead = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: "1" });
    utimesSync(scenario.file("hours.csv.checkpoint.json.lock", dead), 1, 1);
  }
  const foreign = scenario.file(name, content);
  utimesSync(foreign, 1, 1);
  const { code, stderr } = await runImport(scenario, [file]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining("is not a lock of an import"),
  });
  expect(readFileSync(foreign, "utf8")).toBe(content);
});

test("a checkpoint that is no checkpoint keeps its rights too", async () => {
  const notes = scenario.file("notes.txt", "mine");
  chmodSync(notes, 0o640);
  await runImport(scenario, [scenario.file("hours.csv", good), "--checkpoint", notes]);
  expect(statSync(notes).mode & 0o777).toBe(0o640);
});

test.each([
  ["the input", () => scenario.file("hours.csv", good)],
  ["the credentials", () => scenario.credentialsFile],
  ["a document", () => scenario.file("notes.json", '{"mine":true}')],
])("a token cache that names %s is a warning, and the file stays", async (_what, place) => {
  scenario.file("hours.csv", good);
  const file = place();
  const before = readFileSync(file, "utf8");
  const { code, stderr } = await runImport(scenario, ["hours.csv", "--token-cache", file]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining("holds something other than a token"),
  });
  expect(readFileSync(file, "utf8")).toBe(before);
});

test("rows that were added to the rejects of an interrupted import stay there", async () => {
  await using proxy = await closing(stopAtEighth);
  const { args, rejects } = await interrupt(proxy.url);
  writeFileSync(rejects, "d1,2026-03-31,atlas,2,,,,\n", { flag: "a" });
  const before = readFileSync(rejects, "utf8");
  const { code, stderr } = await runImport(scenario, args);
  expect({ code, stderr }).toEqual({ code: 10, stderr: expect.stringContaining("stays as it is") });
  expect(readFileSync(rejects, "utf8")).toBe(before);
});

test.each([
  ["--rejects", "/dev/null"],
  ["--rejects", "."],
  ["--metrics", "/dev/null"],
])("%s %s is refused before anything is sent", async (flag, place) => {
  const { code, stderr } = await runImport(scenario, [scenario.file("hours.csv", bad), flag, place]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("not a file") });
  expect(existsSync("/dev/null.2")).toBe(false);
});

test("a pipe that brings nothing can be interrupted, and the process ends", async () => {
  const pipe = `${scenario.folder}/pipe`;
  execFileSync("mkfifo", [pipe]);
  const child = startImport(scenario, [pipe]);
  // Refused until somebody reads.
  const open = () => openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  const writer = await vi.waitFor(open, { timeout: 20_000, interval: 50 });
  child.kill("SIGINT");
  const killed = setTimeout(() => child.kill("SIGKILL"), 15_000);
  const { code, stderr } = await child.ended;
  clearTimeout(killed);
  closeSync(writer);
  expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining("Interrupted") });
});

test("a log that can no longer be written stops no import", async () => {
  const file = scenario.file("hours.csv", bad);
  const command = path.join(import.meta.dirname, "../../../bin/timesheets-import.js");
  const shell = '"$0" "$1" "$2" --dry-run 2>/dev/full';
  const { status, stdout } = spawnSync("bash", ["-c", shell, process.execPath, command, file], {
    encoding: "utf8",
  });
  expect({ status, stdout }).toEqual({ status: 10, stdout: "" });
});
