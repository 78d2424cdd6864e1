/** What an interrupted build leaves behind, and how processes wait for each other. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, utimesSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ensureEngine } from "../../engine/ensureEngine.ts";
import { withLock } from "../../engine/lock.ts";
import { isAlive } from "../../lib/processes.ts";
import type { Report } from "../../lib/report.ts";
import { createSandbox, goThatBuilds, listen, type Sandbox } from "./sandbox.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = createSandbox();
});
afterEach(() => sandbox.remove());

function ensure(signal: AbortSignal, report: Report = listen()) {
  return ensureEngine({ env: sandbox.env, signal, report, releases: "http://127.0.0.1:1" });
}

/** The process ids of the fake compiler and its child, once its build is halfway. */
async function halfway(): Promise<number[]> {
  await vi.waitFor(() => expect(sandbox.read("pids")).toMatch(/\d+ \d+/), { timeout: 50_000 });
  return sandbox.read("pids").split(" ").map(Number);
}

test("an interrupted build takes its compiler along and leaves nothing that looks finished", async () => {
  sandbox.script("bin/go", goThatBuilds(sandbox, { seconds: 30 }));
  const controller = new AbortController();
  const engine = ensure(controller.signal);
  const pids = await halfway();
  controller.abort();
  await expect(engine).rejects.toMatchObject({ code: "interrupted", exitCode: 130 });
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 50_000 });
  expect(existsSync(sandbox.cached)).toBe(false);
  expect(readdirSync(path.join(sandbox.folder, "pulumi home", "versions"))).toEqual([]);

  sandbox.script("bin/go", goThatBuilds(sandbox));
  expect((await ensure(new AbortController().signal)).source).toBe("build");
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
  sandbox.script("bin/go", goThatBuilds(sandbox, { seconds: 60 }));
  const { signal } = new AbortController();
  const first = ensure(signal);
  const [, pause = 0] = await halfway();
  const report = listen();
  const second = await ensure(signal, (event) => {
    report(event);
    // The build continues once the other waits for it.
    if (report.lines.length === 1 && isAlive(pause)) process.kill(pause);
  });
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
  const waiter = new AbortController();
  const second = ensure(waiter.signal, ({ level }) => {
    if (level !== "progress") waiter.abort();
  });
  await expect(second).rejects.toMatchObject({ code: "interrupted" });
  builder.abort();
  await expect(first).rejects.toMatchObject({ code: "interrupted" });
});

test("the lock of a process that died is taken over", async () => {
  const lock = path.join(sandbox.folder, "lock");
  mkdirSync(lock);
  const { signal } = new AbortController();
  // A living holder would have touched it since.
  const onHeld = vi.fn(() => utimesSync(lock, 0, 0));
  expect(await withLock(lock, { signal, onHeld, stale: 60_000 }, async () => "taken")).toBe("taken");
  expect(onHeld).toHaveBeenCalledOnce();
  await vi.waitFor(() => expect(existsSync(lock)).toBe(false), { timeout: 10_000 });
});
