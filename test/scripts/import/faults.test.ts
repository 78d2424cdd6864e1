/** One fault of every kind between the import and the API; `npm run test:soak` has them by the hundred. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Fault, type FaultProxy, startFaultProxy } from "./faultProxy.ts";
import { readRejects, type Scenario, startScenario, summaryOf } from "./harness.ts";
import { compare, mixedRows } from "./mixedRows.ts";

let scenario: Scenario;
let proxy: FaultProxy | undefined;

beforeEach(async () => {
  scenario = await startScenario();
});

afterEach(async () => {
  await proxy?.close();
  await scenario[Symbol.asyncDispose]();
});

async function through(
  fault: (number: number, body: Buffer) => Fault | undefined | Promise<Fault | undefined>,
) {
  proxy = await startFaultProxy(() => scenario.api.url, fault);
  scenario.sendTo(proxy.url);
}

const inSeconds = { "retry-after": "1" };

test("stores every entry once and rejects every bad row once, whatever goes wrong on the way", async () => {
  const rows = mixedRows(2000);
  const faults: Record<number, Fault | "restart"> = {
    2: { kind: "lose_answer" },
    4: { kind: "status", status: 500 },
    6: { kind: "cut_answer" },
    8: { kind: "status", status: 429, headers: inSeconds },
    10: { kind: "close_early" },
    12: { kind: "hang" },
    14: {
      kind: "status",
      status: 503,
      headers: { "retry-after": new Date(Date.now() + 1000).toUTCString() },
    },
    16: "restart",
    18: { kind: "lose_answer" },
  };
  await through(async (number) => {
    const fault = faults[number];
    if (fault !== "restart") return fault;
    await scenario.restartApi();
    return undefined;
  });
  const { code, summary } = await summaryOf(scenario, [
    scenario.file("hours.csv", rows.csv),
    ...["--batch-size", "100", "--concurrency", "3", "--timeout", "1s"],
  ]);
  expect(code).toBe(10);
  const rejects = readRejects(`${scenario.folder}/hours.rejects.csv`);
  expect(
    compare(
      rows,
      scenario.stored(),
      rejects.map(({ _line }) => Number(_line)),
    ),
  ).toEqual([]);
  expect(summary.accepted).toBe(scenario.stored().size);
  // A slow machine has others too, such as 409 for a batch that the API is still at work on.
  expect(Object.keys(summary.retries)).toEqual(
    expect.arrayContaining(["429", "500", "503", "connection", "timeout"]),
  );
});

test("finds the guilty rows by halves where the API does not name them", async () => {
  await through((_number, body) =>
    body.includes('"bad"')
      ? { kind: "status", status: 400 }
      : body.length > 1500
        ? { kind: "status", status: 413 }
        : undefined,
  );
  const rows = Array.from(
    { length: 40 },
    (_, row) => `contractor-${row},2026-03-31,${[7, 23].includes(row) ? "bad" : "atlas"},1`,
  );
  const { code, summary } = await summaryOf(scenario, [
    scenario.file("hours.csv", `user_id,date,project,hours\n${rows.join("\n")}\n`),
  ]);
  expect({ code, ...summary }).toMatchObject({ code: 10, accepted: 38, rejected: 2 });
  expect(
    readRejects(`${scenario.folder}/hours.rejects.csv`).map(({ _line, _code }) => [_line, _code]),
  ).toEqual([
    ["9", "refused"],
    ["25", "refused"],
  ]);
});

test("renews a token once for all senders while it expires, and never stops for it", async () => {
  await scenario.tenant.setLifetime(2);
  // A token of two seconds is renewed after 1.6 of them, so these two waits take a token each.
  await through(async (number) => {
    if (number === 5 || number === 15) await new Promise((resolve) => setTimeout(resolve, 1_700));
    return undefined;
  });
  const rows = mixedRows(1500);
  const { summary } = await summaryOf(scenario, [
    scenario.file("hours.csv", rows.csv),
    ...["--batch-size", "50", "--concurrency", "3"],
  ]);
  expect(summary.accepted + summary.alreadyStored + summary.rejected).toBe(1500);
  expect(summary.tokens).toBeGreaterThan(1);
  expect(summary.tokens).toBeLessThanOrEqual(Math.ceil(summary.seconds.total));
});

test("stops with exit code 3 once the grant is gone, and resumes where it was once it is back", async () => {
  await scenario.tenant.setLifetime(2);
  await through(async (number) => {
    if (number === 5) await scenario.tenant.revoke();
    // Until the token that was issued before is over.
    if (number === 6 || number === 7) await new Promise((resolve) => setTimeout(resolve, 2_100));
    return undefined;
  });
  const args = [scenario.file("hours.csv", mixedRows(2500).csv), "--batch-size", "50", "--concurrency", "2"];
  const stopped = await summaryOf(scenario, args);
  expect(stopped.code).toBe(3);
  expect(stopped.summary).toMatchObject({
    error: { hint: expect.stringContaining("run the same command again") },
  });
  const before = scenario.stored().size;
  expect(before).toBeGreaterThan(100);
  await scenario.tenant.restore();
  const ended = await summaryOf(scenario, args);
  expect(ended).toMatchObject({ code: 10, summary: { rows: 2500, runs: 2 } });
  expect(ended.stderr).toContain("Resuming after");
});

test("gives up in time when the API is down, and says so", async () => {
  scenario.sendTo("http://127.0.0.1:9");
  const { code, summary, stderr } = await summaryOf(scenario, [
    scenario.file("hours.csv", mixedRows(100).csv),
    ...["--give-up-after", "1s"],
  ]);
  expect(code).toBe(1);
  expect(stderr.match(/Nothing answers at http:\/\/127\.0\.0\.1:9; trying on for 1 s/g)).toHaveLength(1);
  expect(summary).toMatchObject({
    error: {
      code: "api_unavailable",
      message: expect.stringContaining("The API at http://127.0.0.1:9 is not available"),
      hint: expect.stringContaining("credentials.json: if the API has another by now"),
    },
  });
});
