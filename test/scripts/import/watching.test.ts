/** What watches over an import: its log in JSON Lines, its metrics file, its heartbeat. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import parsePrometheus from "parse-prometheus-text-format";
import { afterEach, expect, test, vi } from "vitest";
import { type FakeApi, type Handler, startFakeApi, stored } from "./fakeApi.ts";

let api: FakeApi | undefined;

afterEach(async () => {
  await api?.[Symbol.asyncDispose]();
  api = undefined;
  vi.useRealTimers();
});

const header = "user_id,date,project,hours\n";
const mixed = `${header}a,2026-03-31,atlas,8\nb,2026-03-31,atlas,99\nc,31.3.2026,atlas,99\n`;

const refused: Handler = () => ({ status: 403, body: { title: "No" } });

interface Line {
  readonly time: string;
  readonly run: string;
  readonly level: string;
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly [key: string]: unknown;
}

/** The log as jq reads it, where it is installed. */
function linesOf(log: string): Line[] {
  const own = log
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
  const version = (() => {
    try {
      return execFileSync("jq", ["--version"], { encoding: "utf8" });
    } catch {
      return undefined;
    }
  })();
  if (version !== undefined) {
    expect(JSON.parse(execFileSync("jq", ["-s", "-c", "."], { input: log, encoding: "utf8" }))).toEqual(own);
  }
  return own;
}

async function start(handler: Handler = stored): Promise<FakeApi> {
  api = await startFakeApi(handler);
  return api;
}

test("writes one event a line, the summary with its counts by code last", async () => {
  const { run, file } = await start();
  const hours = file("mixed.csv", `${mixed}a,2026-03-31,atlas,8\n`);
  const { code, stderr } = await run([hours, "--log", "jsonl"]);
  expect(code).toBe(10);
  const lines = linesOf(stderr);
  expect(new Set(lines.map(({ run }) => run)).size).toBe(1);
  for (const line of lines) {
    expect(line).toMatchObject({ run: expect.stringMatching(/^[0-9a-f-]{36}$/), file: hours });
    expect(new Date(line.time).toISOString()).toBe(line.time);
  }
  expect(lines.find((line) => line.code === "duplicate_row")).toMatchObject({ level: "warning", line: 5 });
  expect(lines.at(-1)).toMatchObject({
    level: "info",
    code: "import_summary",
    exitCode: 10,
    summary: { rows: 4, accepted: 2, rejected: 2, rejectedBy: { invalid_hours: 2, invalid_date: 1 } },
  });
});

test("logs the numbers of an import that failed, and of none that could not start", async () => {
  const { run, file } = await start(({ number, entries }) =>
    number === 1
      ? { status: 201, body: { accepted: entries.length, alreadyStored: 0 } }
      : { status: 403, body: { title: "No" } },
  );
  const args = ["--log", "jsonl", "--batch-size", "1", "--concurrency", "1"];
  const failed = await run(args, { rows: 5 });
  expect(failed.code).toBe(3);
  expect(failed.summary).toMatchObject({ error: { code: expect.any(String) }, summary: { accepted: 1 } });
  expect(linesOf(failed.stderr).at(-1)).toMatchObject({
    level: "error",
    code: "import_summary",
    exitCode: 3,
    error: { code: failed.summary.error.code },
    summary: { rows: 1, accepted: 1 },
  });
  const lacking = await run([file("lacking.csv", "user_id,date\na,b\n"), "--log", "jsonl"]);
  expect(linesOf(lacking.stderr).at(-1)).toMatchObject({
    code: "import_summary",
    exitCode: 2,
    summary: null,
  });
  expect(lacking.summary).toMatchObject({ error: { code: "usage" }, summary: null });
  const called = await run(["--log=jsonl", "--concurrency", "none"]);
  expect(linesOf(called.stderr)).toMatchObject([{ level: "error", code: "usage", exitCode: 2 }]);
});

test("stays valid when it is interrupted, while it sends and while it waits for its input", async () => {
  const controller = new AbortController();
  const { run } = await start((request) => {
    if (request.number === 3) controller.abort();
    return stored(request, undefined as never);
  });
  const sending = await run(["--log", "jsonl", "--batch-size", "1"], { rows: 50, signal: controller.signal });
  expect(sending.code).toBe(130);
  const last = linesOf(sending.stderr).at(-1);
  expect(last).toMatchObject({ code: "import_summary", exitCode: 130, error: { code: "interrupted" } });
  expect(last?.summary).toMatchObject({ requests: expect.any(Number), dryRun: false });
  expect(sending.summary.summary?.rows).toBeGreaterThan(1);
  const waiting = await run(["-", "--log", "jsonl"], {
    stdin: new Readable({ read() {} }),
    signal: AbortSignal.timeout(100),
  });
  expect(waiting.code).toBe(130);
  expect(linesOf(waiting.stderr).at(-1)).toMatchObject({ exitCode: 130, summary: null });
});

test("keeps to one object a line whatever names and answers hold", async () => {
  const { run, file } = await start(() => ({
    status: 400,
    body: { title: 'line\nfeed \u2028 "quoted" \u001b[2J' },
  }));
  const odd = file("odd \u2028 \u001b[31m name.csv", mixed);
  const { stderr } = await run([odd, "--log", "jsonl", "--format", "csv"]);
  expect(linesOf(stderr).at(-1)).toMatchObject({ file: odd, code: "import_summary" });
});

test("writes metrics that a parser of the format reads, and keeps the last success over a failure", async () => {
  let handler: Handler = stored;
  const { run, file, folder } = await start((request, response) => handler(request, response));
  const metrics = path.join(folder, "hours nightly.prom");
  const read = () => {
    const families = parsePrometheus(readFileSync(metrics, "utf8"));
    const samples = families.flatMap(({ name, metrics }) =>
      metrics.map(({ value, labels }) => [
        `${name} ${Object.entries(labels ?? {})
          .filter(([key]) => key !== "import")
          .map(([, text]) => text)
          .join()}`.trim(),
        Number(value),
      ]),
    );
    for (const { type, metrics } of families) {
      expect(type).toBe("GAUGE");
      for (const { labels } of metrics) expect(labels?.import).toBe("hours nightly");
    }
    return Object.fromEntries(samples) as Record<string, number>;
  };
  expect((await run([`--metrics=${metrics}`], { rows: 3 })).code).toBe(0);
  expect(statSync(metrics).mode & 0o777).toBe(0o644);
  const first = read();
  expect(first).toMatchObject({
    timesheets_import_exit_code: 0,
    "timesheets_import_rows accepted": 3,
    "timesheets_import_rows rejected": 0,
    timesheets_import_requests: 1,
  });
  const success = first.timesheets_import_last_success_timestamp_seconds ?? 0;
  expect(Math.abs(success - Date.now() / 1000)).toBeLessThan(60);
  expect((await run([file("mixed.csv", mixed), `--metrics=${metrics}`])).code).toBe(10);
  expect(read()).toMatchObject({
    timesheets_import_exit_code: 10,
    "timesheets_import_rejected_rows invalid_hours": 2,
    "timesheets_import_rejected_rows invalid_date": 1,
    timesheets_import_last_success_timestamp_seconds: success,
  });
  handler = refused;
  expect((await run([`--metrics=${metrics}`], { rows: 4 })).code).toBe(3);
  const failed = read();
  expect(failed).toMatchObject({
    timesheets_import_exit_code: 3,
    timesheets_import_last_success_timestamp_seconds: success,
  });
  expect(failed.timesheets_import_last_run_timestamp_seconds).toBeGreaterThan(success);
  expect(readFileSync(metrics, "utf8")).not.toContain("a-token-of-the-fake-tenant");
});

test("reports authorities that Node cannot read as one event, before Node writes its own line", async () => {
  const { folder, file } = await start();
  const rows = file("hours.csv", mixed);
  const command = fileURLToPath(new URL("../../../bin/timesheets-import.js", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [command, rows, "--log", "jsonl"], {
    cwd: folder,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: "/missing/ca.pem", NODE_DISABLE_COMPILE_CACHE: "1" },
    encoding: "utf8",
  });
  expect({ status, message: linesOf(stderr).at(-1)?.message }).toEqual({
    status: 2,
    message: expect.stringContaining("NODE_EXTRA_CA_CERTS names /missing/ca.pem"),
  });
});

test("leaves a file alone that is no metrics file, before anything is sent", async () => {
  const { run, file, uploads } = await start();
  const foreign = file("notes.prom", "mine");
  const { code, summary } = await run([`--metrics=${foreign}`]);
  expect({ code, uploads: uploads.length }).toEqual({ code: 2, uploads: 0 });
  expect(summary.error.message).toContain("notes.prom");
  expect(readFileSync(foreign, "utf8")).toBe("mine");
  for (const unwritable of ["missing/hours.prom", "/proc/hours.prom", "/proc/self/hours.prom"]) {
    const { code, summary } = await run([`--metrics=${unwritable}`]);
    expect({ code, uploads: uploads.length }, unwritable).toEqual({ code: 2, uploads: 0 });
    expect(summary.error.message).toContain("cannot be written");
  }
});

test.skipIf(process.getuid?.() === 0)("warns when metrics cannot be written at the end", async () => {
  const { run, folder } = await start((request, response) => {
    chmodSync(folder, 0o500);
    return stored(request, response);
  });
  const { stderr } = await run(["--metrics=hours.prom", "--checkpoint", "none"]);
  chmodSync(folder, 0o700);
  expect(stderr).toContain("metrics were not written");
});

const secret = "3c5f6c2e-secret";

test.each<[string, Handler, number, string]>([
  ["success", stored, 0, `/ping/${secret}?create=1`],
  ["failure", refused, 3, `/ping/${secret}/fail?create=1`],
])("sends a heartbeat on %s", async (_, upload, expected, address) => {
  const { run, url, uploads } = await start((request, response) =>
    request.path.startsWith("/ping") ? { body: "OK" } : upload(request, response),
  );
  const { code } = await run(["--heartbeat", `${url}/ping/${secret}?create=1`]);
  expect(code).toBe(expected);
  expect(uploads.filter(({ path }) => path.startsWith("/ping"))).toMatchObject([
    { method: "GET", path: address, body: "" },
  ]);
});

test("sends a heartbeat for rejected rows, a wrong file and an interruption as failures, for a dry run none", async () => {
  const { run, file, url, uploads } = await start((request, response) =>
    request.path.startsWith("/ping") ? { body: "OK" } : stored(request, response),
  );
  const heartbeat = ["--heartbeat", `${url}/ping/`];
  const mixedFile = file("mixed.csv", mixed);
  const lacking = file("lacking.csv", "user_id,date\na,b\n");
  expect((await run([mixedFile, ...heartbeat])).code).toBe(10);
  expect((await run([lacking, ...heartbeat])).code).toBe(2);
  expect((await run(["hours.csv", ...heartbeat], { signal: AbortSignal.abort() })).code).toBe(130);
  const pings = uploads.filter(({ path }) => path.startsWith("/ping")).map(({ path }) => path);
  expect(pings).toEqual(["/ping/fail", "/ping/fail", "/ping/fail"]);
  expect((await run([mixedFile, "--dry-run", ...heartbeat])).code).toBe(2);
});

test("warns of a heartbeat that was not taken, without its secret, and ends as it would have", async () => {
  const { run, url, uploads } = await start((request, response) =>
    request.path.startsWith("/ping") ? { status: 404 } : stored(request, response),
  );
  const { code, stderr } = await run(["--heartbeat", `${url}/ping/${secret}`, "--log", "jsonl"]);
  expect(code).toBe(0);
  expect(linesOf(stderr)).toMatchObject([
    { level: "warning", code: "heartbeat_failed", message: expect.stringContaining("404") },
    { code: "import_summary", exitCode: 0 },
  ]);
  expect(stderr).not.toContain(secret);
  expect(uploads.filter(({ path }) => path.startsWith("/ping"))).toHaveLength(1);
  const unreachable = await run(["--heartbeat", `http://127.0.0.1:1/${secret}`]);
  expect(unreachable.code).toBe(0);
  expect(unreachable.stderr).toContain("127.0.0.1:1 did not answer");
  expect(unreachable.stderr).not.toContain(secret);
  const wrong = await run(["--heartbeat", `http://hc.example.com/${secret}`]);
  expect(wrong.code).toBe(2);
  expect(JSON.stringify(wrong.summary) + wrong.stderr).not.toContain(secret);
});

test("bounds a heartbeat whose monitor never answers", { tags: ["soak"] }, async () => {
  const { run, url } = await start((request, response) =>
    request.path.startsWith("/ping") ? undefined : stored(request, response),
  );
  const { code, stderr, seconds } = await run(["--heartbeat", `${url}/ping`]);
  expect(code).toBe(0);
  expect(stderr).toContain("did not answer (timeout)");
  expect(seconds).toBeLessThan(20);
});

test("the line for cron in the documentation writes JSON Lines", async () => {
  const documentation = readFileSync(new URL("../../../docs/import.md", import.meta.url), "utf8");
  const [, line = ""] = /^30 2 \* \* \* (.*)$/m.exec(documentation) ?? [];
  const started = await start();
  const { folder, file } = started;
  const log = path.join(folder, "timesheets.jsonl");
  const command = fileURLToPath(new URL("../../../bin/timesheets-import.js", import.meta.url));
  file("hours.csv", mixed);
  const places: [string, string][] = [
    ["bin/timesheets-import.js", `'${process.execPath}' '${command}'`],
    ["/srv/timesheets", folder],
    ["/data/hours.csv", path.join(folder, "hours.csv")],
    ["/etc/timesheets/credentials.json", path.join(folder, "credentials.json")],
    ["/var/lib/timesheets/token.json", path.join(folder, "token.json")],
    ["/var/lib/node_exporter/textfile_collector/timesheets.prom", path.join(folder, "timesheets.prom")],
    ["/var/log/timesheets.jsonl", log],
  ];
  const local = places.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replaceAll(from, to);
  }, line);
  const run = () =>
    new Promise<{ code: number | null; output: string }>((resolve) => {
      const child = spawn("sh", ["-c", local], { stdio: ["ignore", "pipe", "pipe"] });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
      child.once("close", (code) => resolve({ code, output }));
    });
  expect(await run()).toEqual({ code: 10, output: "" });
  writeFileSync(path.join(folder, "hours.csv"), "user_id,date\na,b\n");
  expect(await run()).toEqual({ code: 2, output: "" });
  const lines = linesOf(readFileSync(log, "utf8"));
  expect(lines.filter(({ code }) => code === "import_summary").map(({ exitCode }) => exitCode)).toEqual([
    10, 2,
  ]);
  expect(existsSync(path.join(folder, "timesheets.prom"))).toBe(true);
});
