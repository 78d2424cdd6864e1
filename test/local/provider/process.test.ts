/** The provider's process lives as long as its parent process. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { isAlive } from "../../../lib/processes.ts";
import { startProvider } from "../../../local/provider/serve.ts";

const env = {
  PATH: process.env.PATH,
  AUTH0_DOMAIN: "localhost:1",
  AUTH0_CLIENT_ID: "an-id",
  AUTH0_CLIENT_SECRET: "a-secret-of-its-own",
};

async function endOf(pid: number): Promise<void> {
  while (isAlive(pid)) await pause(20);
}

test("ends when it is closed", async () => {
  const provider = await startProvider({ env });
  expect(provider.port).toBeGreaterThan(0);
  await provider.close();
  expect(isAlive(provider.pid)).toBe(false);
});

test("ends with its parent, even one that is killed", async () => {
  const serve = new URL("../../../local/provider/serve.ts", import.meta.url).href;
  const script = `
    const { startProvider } = await import(${JSON.stringify(serve)});
    const { pid } = await startProvider({ env: process.env });
    console.log(pid);
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], { env });
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once("data", (line) => resolve(Number(line))),
  );
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await endOf(pid);
});

test("hangs up on another user of the machine, before anything is asked", async ({ skip }) => {
  skip(
    process.platform !== "linux" || process.getuid?.() !== 0,
    "Only root on Linux may act as another user.",
  );
  const provider = await startProvider({ env });
  // A server of HTTP/2 sends its settings to everybody whom it takes.
  const script = `
    const socket = require("node:net").connect(${provider.port}, "127.0.0.1");
    socket.on("data", () => { console.log("answered"); process.exit(); });
    socket.on("error", () => {}).on("close", () => console.log("hung up"));
  `;
  const ask = (user: { uid?: number; gid?: number }) =>
    spawnSync(process.execPath, ["--eval", script], { ...user, encoding: "utf8" });
  const answers = [ask({}), ask({ uid: 65534, gid: 65534 })].map(({ stdout }) => stdout.trim());
  await provider.close();
  expect(answers).toEqual(["answered", "hung up"]);
});

test.runIf(process.platform === "linux")("shows no secret in the process list", async () => {
  const provider = await startProvider({ env });
  const commandLine = readFileSync(`/proc/${provider.pid}/cmdline`, "utf8");
  await provider.close();
  expect(commandLine).toContain("main.ts");
  expect(commandLine).not.toContain(env.AUTH0_CLIENT_SECRET);
});
