/** Input that is no file of this machine, and input that several imports share. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ImportSummary } from "../../../scripts/import/summary.ts";
import { startFaultProxy } from "./faultProxy.ts";
import { runImport, runWith, type Scenario, startScenario, summaryOf } from "./harness.ts";

let scenario: Scenario;

beforeEach(async () => {
  scenario = await startScenario();
});

afterEach(() => scenario[Symbol.asyncDispose]());

const rows = Array.from({ length: 5000 }, (_, row) => `c${row},2026-03-31,atlas,1\n`);
const csv = `user_id,date,project,hours\n${rows.join("")}`;

test("an address is fetched on where its connection was cut, its secret query is never shown, and nothing is left", async () => {
  const ranges: (string | undefined)[] = [];
  await using store = await serve((request, response) => {
    ranges.push(request.headers.range);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      etag: '"1"',
      "content-length": csv.length - from,
      ...(from > 0 && { "content-range": `bytes ${from}-${csv.length - 1}/${csv.length}` }),
    });
    if (ranges.length < 3) cutAfter(response, csv.slice(from, from + 40_000));
    else response.end(csv.slice(from));
  });
  const { code, summary, stderr } = await summaryOf(scenario, [`${store.url}/hours.csv?signature=secret`]);
  expect({ code, accepted: summary.accepted }).toEqual({ code: 0, accepted: 5000 });
  expect(ranges[0]).toBeUndefined();
  expect(ranges.length).toBe(3);
  expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ""))).toBe(true);
  expect(stderr + JSON.stringify(summary)).not.toContain("secret");
  expect(readdirSync(scenario.folder).filter((name) => name.startsWith("hours"))).toEqual([]);
});

test("an object that changes between two parts is fetched from its beginning", async () => {
  let requests = 0;
  await using store = await serve((_request, response) => {
    const first = ++requests === 1;
    const text = first ? csv : csv.replaceAll("atlas", "other");
    response.writeHead(200, { etag: first ? '"1"' : '"2"', "content-length": text.length });
    if (first) cutAfter(response, text.slice(0, 50_000));
    else response.end(text);
  });
  const { code, stderr } = await runImport(scenario, [`${store.url}/hours.csv`]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("has changed since a part") });
  expect([...scenario.stored().keys()].every((key) => key.endsWith("other"))).toBe(true);
});

test.each([
  ["with another ETag", { etag: '"2"' }, csv.length],
  ["of another length", {}, csv.length + 1],
])(
  "a part %s is no part of the same object, whatever the server makes of If-Range",
  async (_what, headers, size) => {
    const other = csv.replaceAll("atlas", "other");
    let isChanged = false;
    await using store = await serve((request, response) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      isChanged ||= from > 0;
      const text = isChanged ? other : csv;
      response.writeHead(from > 0 ? 206 : 200, {
        etag: '"1"',
        "content-length": text.length - from,
        ...(from > 0 && { "content-range": `bytes ${from}-${text.length - 1}/${size}`, ...headers }),
      });
      if (isChanged) response.end(text.slice(from));
      else cutAfter(response, text.slice(0, 50_000));
    });
    const { code, stderr } = await runImport(scenario, [`${store.url}/hours.csv`]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining("has changed since a part"),
    });
    expect([...scenario.stored().keys()].every((key) => key.endsWith("other"))).toBe(true);
  },
);

test("a part that is shorter than what was asked for is not taken for the rest", async () => {
  await using store = await serve((request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const end = from === 0 ? csv.length : Math.min(csv.length, from + 30_000);
    response.writeHead(from > 0 ? 206 : 200, {
      etag: '"1"',
      "content-length": end - from,
      ...(from > 0 && { "content-range": `bytes ${from}-${end - 1}/${csv.length}` }),
    });
    if (from === 0) cutAfter(response, csv.slice(0, 50_000));
    else response.end(csv.slice(from, end));
  });
  const { code, summary } = await summaryOf(scenario, [`${store.url}/hours.csv`]);
  expect({ code, accepted: summary.accepted }).toEqual({ code: 0, accepted: 5000 });
});

test.each<[string, (response: ServerResponse) => void]>([
  ["goes silent", (response) => void response.write("user_id,")],
  [
    "sends a byte now and then",
    (response) => {
      const drip = setInterval(() => response.write("u"), 50);
      response.once("close", () => clearInterval(drip));
    },
  ],
])(
  "a server that %s in the middle of an object is given up",
  { tags: ["soak"], timeout: 60_000 },
  async (_what, answer) => {
    await using store = await serve((_request, response) => {
      response.writeHead(200, { etag: '"1"', "content-length": 1_000_000 });
      answer(response);
    });
    const { code, stderr } = await runImport(scenario, [`${store.url}/hours.csv`, "--timeout", "1s"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("cannot be fetched") });
  },
);

test("addresses that differ in their query alone are inputs of their own", async () => {
  await using store = await serve((request, response) => {
    const user = new URL(request.url ?? "", "http://store").searchParams.get("part");
    response.end(`user_id,date,project,hours\n${user},2026-03-31,atlas,1\n`);
  });
  const { code, summary } = await summaryOf(scenario, [
    `${store.url}/hours.csv?part=a`,
    `${store.url}/hours.csv?part=b`,
  ]);
  expect({ code, rows: summary.rows }).toEqual({ code: 0, rows: 2 });
  expect([...scenario.stored().keys()]).toEqual(["a 2026-03-31 atlas", "b 2026-03-31 atlas"]);
});

test.each(["file:///etc/passwd", "http://[", "ftp://store.example.com/x"])(
  "an address that redirects to %s is refused",
  async (location) => {
    await using store = await serve((_request, response) => response.writeHead(302, { location }).end());
    const { code, stderr } = await runImport(scenario, [`${store.url}/hours.csv`, "--allow-http"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("no address of a server") });
  },
);

test.each([
  [403, "it answered 403"],
  [404, "it answered 404"],
])("an address that answers %i ends the import before anything is sent", async (status, said) => {
  await using store = await serve((_request, response) => response.writeHead(status).end("no"));
  const { code, stderr } = await runImport(scenario, [`${store.url}/hours.csv`]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) });
});

test("an address without TLS on another machine is refused", async () => {
  const { code, stderr } = await runImport(scenario, ["http://store.example.com/hours.csv?key=secret"]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("is not https") });
  expect(stderr).not.toContain("secret");
});

test("what a process left that was killed while it spooled is removed by the next", async () => {
  const spool = `${scenario.folder}/killed`;
  const command = fileURLToPath(new URL("../../../bin/timesheets-import.js", import.meta.url));
  const child = spawn(process.execPath, [command, "-", "--spool", spool, "--dry-run"], {
    cwd: scenario.folder,
  });
  child.stdin.write(csv);
  await vi.waitFor(() => expect(readdirSync(spool)).toHaveLength(1), 20_000);
  child.kill("SIGKILL");
  await once(child, "close");
  expect(readdirSync(spool)).toHaveLength(1);
  const { code } = await runImport(scenario, ["-", "--spool", spool], { stdin: csv });
  expect({ code, left: readdirSync(spool) }).toEqual({ code: 0, left: [] });
});

test.each([
  ["the same input", csv],
  ["no input", ""],
])("an interrupted import from a spool resumes with %s", async (_what, again) => {
  const controller = new AbortController();
  const proxy = await startFaultProxy(
    () => scenario.api.url,
    async (number) => {
      if (number === 10) controller.abort();
      return undefined;
    },
  );
  try {
    scenario.sendTo(proxy.url);
    const args = ["-", "--spool", "spool", "--batch-size", "50", "--concurrency", "1"];
    const interrupted = await runImport(scenario, args, { stdin: csv, signal: controller.signal });
    expect(interrupted.code).toBe(130);
    const { code, summary } = await summaryOf(scenario, args, { stdin: again });
    expect({ code, ...summary }).toMatchObject({ code: 0, rows: 5000, runs: 2 });
    expect(summary.requests).toBeLessThan(110);
    expect(readdirSync(`${scenario.folder}/spool`)).toEqual([]);
  } finally {
    await proxy.close();
  }
});

test("any number of shards gives the same entries, each row to one of them, and status shows them all", async () => {
  const invalid = `${csv}x,2026-02-30,atlas,1\ny,2026-02-30,atlas,1\nz,,atlas,1\n`;
  const file = scenario.file("hours.csv", invalid);
  const ended: ImportSummary[] = [];
  for (const index of [0, 1, 3]) {
    ended.push((await summaryOf(scenario, [file, "--shard", `${index}/4`])).summary);
  }
  const status = await runWith(scenario, ["status", "hours.csv"]);
  expect(status.stdout).toMatch(/shard 0 of 4: done, 1,\d+ rows done/);
  expect(status.stdout).toContain("shard 2 of 4: not begun");
  const env = { JOB_COMPLETION_INDEX: "2", JOB_COMPLETIONS: "4" };
  ended.push((await summaryOf(scenario, [file], { env })).summary);
  const sum = (key: "rows" | "accepted" | "rejected") =>
    ended.reduce((total, summary) => total + summary[key], 0);
  expect([sum("rows"), sum("accepted"), sum("rejected")]).toEqual([5003, 5000, 3]);
  expect(ended.every(({ rows: own }) => own > 1000 && own < 1500)).toBe(true);
  expect(scenario.stored().size).toBe(5000);
  expect(existsSync(`${file}.shard-2-of-4.checkpoint.json`)).toBe(true);
});

/** Cuts the connection once the text is likely to have arrived: what is in buffers at a cut is lost. */
function cutAfter(response: ServerResponse, text: string): void {
  response.write(text);
  setTimeout(() => response.destroy(), 300);
}

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("warns where every pod of an Indexed Job would import all rows", async () => {
  const file = scenario.file("hours.csv", csv);
  const run = (env: NodeJS.ProcessEnv) => runImport(scenario, [file, "--dry-run"], { env });
  expect((await run({ JOB_COMPLETION_INDEX: "1" })).stderr).toContain("imports all rows");
  expect((await run({ JOB_COMPLETION_INDEX: "1", JOB_COMPLETIONS: "2" })).stderr).not.toContain("all rows");
});
