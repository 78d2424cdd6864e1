/** What an interrupted build leaves behind, and how processes wait for each other. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ensureEngine } from "../../engine/ensureEngine.ts";
import { withLock } from "../../engine/lock.ts";
import { isAlive } from "../../lib/processes.ts";
import { createSandbox, goThatBuilds, listen, type Sandbox } from "./sandbox.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = createSandbox();
});
afterEach(() => sandbox.remove());

function ensure(signal: AbortSignal, report = listen()) {
  return ensureEngine({ env: sandbox.env, signal, report, releases: "http://127.0.0.1:1" });
}

/** The process ids of the fake compiler and its child, once its build is halfway. */
async function halfway(): Promise<number[]> {
  await vi.waitFor(() => expect(sandbox.read("pids")).toMatch(/\d+ \d+/), { timeout: 10_000 });
  return sandbox.read("pids").split(" ").map(Number);
}

test("an interrupted build takes its compiler along and leaves nothing that looks finished", async () => {
  sandbox.script("bin/go", goThatBuilds(sandbox, { seconds: 30 }));
  const controller = new AbortController();
  const engine = ensure(controller.signal);
  const pids = await halfway();
  controller.abort();
  await expect(engine).rejects.toMatchObject({ code: "interrupted", exitCode: 130 });
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5_000 });
  expect(existsSync(sandbox.cached)).toBe(false);
  expect(readdirSync(path.join(sandbox.folder, "pulumi home", "versions"))).toEqual([]);

  sandbox.script("bin/go", goThatBuilds(sandbox));
  expect((await ensure(AbortSignal.timeout(10_000))).source).toBe("build");
});

test("a build that was killed outright leaves nothing that looks finished", async () => {
  sandbox.script("bin/go", goThatBuilds(sandbox, { seconds: 30 }));
  const command = path.resolve("bin/auth0-m2m.js");
  const env = { ...sandbox.env, HTTPS_PROXY: "http://127.0.0.1:1" };
  const child = spawn(process.execPath, [command, "engine"], { env, stdio: "ignore" });
  const pids = await halfway();
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  expect(existsSync(sandbox.cached)).toBe(false);
  for (const pid of pids.filter(isAlive)) process.kill(pid, "SIGKILL");
});

test("of two processes one builds, the other says that it waits and uses the result", async () => {
  sandbox.script("bin/go", goThatBuilds(sandbox, { seconds: 1 }));
  const signal = AbortSignal.timeout(20_000);
  const first = ensure(signal);
  await halfway();
  const report = listen();
  const second = await ensure(signal, report);
  expect((await first).source).toBe("build");
  expect(second.source).toBe("cache");
  expect(report.lines[0]).toMatch(/^Another process is getting Pulumi \S+; waiting for it/);
  expect(sandbox.read("builds")).toBe("built\n");
});

test("waiting can be interrupted", async () => {
  sandbox.script("bin/go", goThatBuilds(sandbox, { seconds: 30 }));
  const builder = new AbortController();
  const first = ensure(builder.signal);
  await halfway();
  await expect(ensure(AbortSignal.timeout(300))).rejects.toMatchObject({ code: "interrupted" });
  builder.abort();
  await expect(first).rejects.toMatchObject({ code: "interrupted" });
});

test("the lock of a process that died is taken over", async () => {
  const lock = path.join(sandbox.folder, "lock");
  mkdirSync(lock);
  const start = Date.now();
  const onWait = vi.fn();
  const signal = AbortSignal.timeout(10_000);
  const taken = withLock(lock, { signal, onWait, stale: 2_000 }, async () => Date.now() - start);
  expect(await taken).toBeGreaterThan(1_500);
  expect(onWait).toHaveBeenCalledOnce();
  await sleep(0);
  expect(existsSync(lock)).toBe(false);
});
