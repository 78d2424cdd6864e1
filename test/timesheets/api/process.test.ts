/** The Timesheets API as a process of its own. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { startApiProcess } from "../../scripts/import/apiProcess.ts";

test("serves what its stdin asks for, shows no secret to `ps`, and ends with its parent", async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "timesheets-api-"));
  const secret = "a-signing-secret-that-must-not-show";
  const api = await startApiProcess({
    dataDir,
    issuer: "https://localhost:1/",
    audience: "https://api.exampleco.com/timesheets",
    signingAlgorithm: "HS256",
    secret,
  });
  try {
    const response = await fetch(`${api.url}/timesheets`);
    expect(response.status).toBe(401);
    await response.arrayBuffer();
    if (process.platform === "linux") {
      expect(readFileSync(`/proc/${api.child.pid}/cmdline`, "utf8")).not.toContain(secret);
    }
    const ended = once(api.child, "exit");
    api.child.stdin?.end();
    expect(await ended).toEqual([0, null]);
  } finally {
    await api.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
