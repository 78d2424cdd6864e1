/** Waiting for the holder of a stack's lock, and clearing locks of processes that are gone. */
import { type ChildProcess, spawn } from "node:child_process";
import os from "node:os";
import { afterEach, expect, test } from "vitest";
import type { Report } from "../../../lib/report.ts";
import { awaitUnlocked, StackLocked, stackLocked } from "../../../scripts/pulumi/stackLock.ts";

const { signal } = new AbortController();
const words = (host: string, pid: number) =>
  "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock " +
  `file with \`pulumi cancel\`.\n  file:///state/.pulumi/locks/organization/timesheets/dev/6ec5.json: created by anna@${host} (pid ${pid}) at 2026-11-23T17:30:00Z`;

let child: ChildProcess | undefined;
afterEach(() => child?.kill("SIGKILL"));

/** A process that looks like the engine by its command line. */
function engine(lifetime: string): number {
  child = spawn(process.execPath, ["-e", `setTimeout(() => {}, ${lifetime}) // pulumi`], { stdio: "ignore" });
  return child.pid ?? 0;
}

async function unlock(host: string, pid: number, patience?: number) {
  const commands: string[] = [];
  const said: string[] = [];
  const run = async (args: readonly string[]) => {
    commands.push(args.join(" "));
    return { code: 0, stdout: "", stderr: "" };
  };
  const locked = stackLocked(words(host, pid));
  if (!locked) throw new Error("not understood");
  const report: Report = ({ message }) => said.push(message);
  await awaitUnlocked(run, locked, { signal, report, ...(patience && { patience }) });
  return { commands, said };
}

test("the engine's words are understood: who, where, since when", () => {
  expect(stackLocked(words("ci-7", 42))?.holders).toEqual([
    { user: "anna", host: "ci-7", pid: 42, since: "2026-11-23T17:30:00Z" },
  ]);
  expect(stackLocked("error: [409] Conflict: Another update is currently in progress.")?.holders).toEqual([]);
  expect(stackLocked("error: no stack named 'dev' found")).toBeUndefined();
});

test("the lock of a process that is gone from this machine is cleared", async () => {
  const pid = engine("0");
  await new Promise((resolve) => child?.once("close", resolve));
  expect((await unlock(os.hostname(), pid)).commands).toEqual(["cancel --yes"]);
});

test("the lock of another program that got the same number since is cleared", async () => {
  expect((await unlock(os.hostname(), 1)).commands).toEqual(["cancel --yes"]);
});

test("a process that is at work is waited for, and its lock never cleared", async () => {
  const { commands, said } = await unlock(os.hostname(), engine("400"));
  expect(commands).toEqual([]);
  expect(said).toEqual([expect.stringContaining("Waiting for another run on this stack")]);
  await expect(unlock(os.hostname(), engine("60000"), 50)).rejects.toBeInstanceOf(StackLocked);
});

test("of a process on another machine nothing is known, so its lock stays", async () => {
  await expect(unlock("elsewhere", 1)).rejects.toMatchObject({
    code: "stack_locked",
    message: expect.stringContaining("anna@elsewhere, process 1, since 2026-11-23T17:30:00Z"),
    hint: expect.stringContaining("pulumi cancel"),
  });
});
