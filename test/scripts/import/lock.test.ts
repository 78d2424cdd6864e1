/** A lock has one owner, however many reach for it at the same moment. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = path.join(import.meta.dirname, "lockProcess.ts");

test.each([
  ["nobody holds", undefined],
  ["a dead process left", JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: "1" })],
])("of three processes one takes a lock that %s", async (_what, left) => {
  const folder = mkdtempSync(path.join(tmpdir(), "timesheets-lock-"));
  try {
    const files = Array.from({ length: 30 }, (_, index) => path.join(folder, `${index}.lock`));
    if (left !== undefined) for (const file of files) writeFileSync(file, left);
    const start = String(Date.now() + 700);
    const processes = Array.from({ length: 3 }, () =>
      promisify(execFile)(process.execPath, [program, start, ...files]),
    );
    const taken = (await Promise.all(processes)).flatMap(({ stdout }) => JSON.parse(stdout) as string[]);
    expect(taken.sort()).toEqual(files.sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
});
