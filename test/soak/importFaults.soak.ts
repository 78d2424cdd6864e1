/** Imports against an API, a network and a tenant that go wrong in every way: nothing is lost, nothing doubled. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ApiProcess, startApiProcess } from "../scripts/import/apiProcess.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../scripts/import/faultProxy.ts";
import { readRejects, type Scenario, spawnImport, startScenario } from "../scripts/import/harness.ts";
import { compare, mixedRows } from "../scripts/import/mixedRows.ts";

const rows = mixedRows(20_000);
const quick = ["--json", "--batch-size", "100", "--concurrency", "4", "--timeout", "2s"];

describe("an import of 20,000 rows, some invalid, some twice", () => {
  let scenario: Scenario;
  let api: ApiProcess;
  let proxy: FaultProxy | undefined;

  beforeEach(async () => {
    scenario = await startScenario();
    api = await startApi();
  });

  afterEach(async () => {
    await proxy?.close();
    proxy = undefined;
    await api.kill();
    await scenario[Symbol.asyncDispose]();
  });

  async function startApi(port = 0): Promise<ApiProcess> {
    const { issuer, audience, caFile } = scenario.tenant;
    return startApiProcess({ dataDir: path.join(scenario.folder, "api"), issuer, audience, caFile, port });
  }

  /** Kills the API where it stands and starts it again on its port. */
  async function restartApi(): Promise<void> {
    const port = Number(new URL(api.url).port);
    await api.kill();
    api = await startApi(port);
  }

  async function run(fault: (number: number) => Fault | undefined | Promise<Fault | undefined>) {
    proxy ??= await startFaultProxy(() => api.url, fault);
    scenario.sendTo(proxy.url);
    return spawnImport(scenario, [scenario.file("hours.csv", rows.csv), ...quick]);
  }

  function expectComplete(ended: {
    code: number | null;
    stdout: string;
    stderr: string;
  }): Record<string, number> {
    expect(ended.code, ended.stderr + ended.stdout).toBe(10);
    const rejects = readRejects(path.join(scenario.folder, "hours.rejects.csv"));
    const problems = compare(
      rows,
      scenario.stored(),
      rejects.map(({ _line }) => Number(_line)),
    );
    expect(problems).toEqual([]);
    const summary = JSON.parse(ended.stdout) as Record<string, number>;
    expect(summary.rows).toBe(20_000);
    return (summary as unknown as { retries: Record<string, number> }).retries;
  }

  const every = (step: number, fault: () => Fault) => (number: number) =>
    number % step === 0 ? fault() : undefined;
  const status = (code: number, headers?: Record<string, string>) => (): Fault => ({
    kind: "status",
    status: code,
    ...(headers ? { headers } : {}),
  });

  test.each<[string, (number: number) => Fault | undefined, string]>([
    ["429 with Retry-After in seconds", every(30, status(429, { "retry-after": "1" })), "429"],
    [
      "429 with Retry-After as a date",
      every(30, () => status(429, { "retry-after": new Date(Date.now() + 2000).toUTCString() })()),
      "429",
    ],
    ["500 to every third request", every(3, status(500)), "500"],
    ["503 to every fifth request", every(5, status(503)), "503"],
    ["no answer to every fiftieth request", every(50, () => ({ kind: "hang" })), "timeout"],
    ["a connection closed in the middle of a body", every(6, () => ({ kind: "close_early" })), "connection"],
    ["an answer that breaks off", every(6, () => ({ kind: "cut_answer" })), "connection"],
    ["an answer that never arrives", every(6, () => ({ kind: "lose_answer" })), "connection"],
  ])("goes through %s", async (_name, fault, cause) => {
    const retries = expectComplete(await run(fault));
    expect(retries[cause]).toBeGreaterThan(3);
  });

  test("goes through an API that is killed and started again, also after it stored what it never answered", async () => {
    let restarting = Promise.resolve();
    const ended = await run(async (number) => {
      await restarting;
      if (number % 40 === 0) {
        restarting = sleep(20).then(restartApi);
        return { kind: "lose_answer" };
      }
      if (number % 40 === 20) restarting = restartApi();
      return undefined;
    });
    await restarting;
    expectComplete(ended);
  });

  test("goes through all of it at once", async () => {
    const faults: Fault[] = [
      status(429, { "retry-after": "1" })(),
      { kind: "lose_answer" },
      status(500)(),
      { kind: "cut_answer" },
      status(503)(),
      { kind: "close_early" },
      status(502)(),
      { kind: "hang" },
    ];
    expectComplete(
      await run((number) => (number % 5 === 0 ? faults[(number / 5) % faults.length] : undefined)),
    );
  });

  test("continues with new tokens while each lives for 5 seconds", async () => {
    await scenario.tenant.setLifetime(5);
    const ended = await run(async () => {
      await sleep(300);
      return undefined;
    });
    expectComplete(ended);
    const { tokens, seconds } = JSON.parse(ended.stdout) as { tokens: number; seconds: { total: number } };
    expect(tokens).toBeGreaterThan(2);
    expect(tokens).toBeLessThan(seconds.total / 2);
  });

  test("continues while the tenant's signing key rotates", async () => {
    await scenario.tenant.setLifetime(5);
    const ended = await run(async (number) => {
      if (number % 50 === 0) await scenario.tenant.rotate();
      await sleep(200);
      return undefined;
    });
    expectComplete(ended);
  });

  test("stops with exit code 3 when the grant is taken away, and is resumed once it is back", async () => {
    await scenario.tenant.setLifetime(4);
    const slow = async (number: number) => {
      if (number === 20) await scenario.tenant.revoke();
      await sleep(200);
      return undefined;
    };
    const stopped = await run(slow);
    expect(stopped.code, stopped.stderr).toBe(3);
    expect(JSON.parse(stopped.stdout)).toMatchObject({ error: { code: "token_refused" } });
    expect(stopped.stdout).toContain("run the same command again");
    await scenario.tenant.restore();
    await scenario.tenant.setLifetime(3600);
    const ended = await run(slow);
    expectComplete(ended);
    expect(JSON.parse(ended.stdout)).toMatchObject({ runs: 2 });
  });
});
