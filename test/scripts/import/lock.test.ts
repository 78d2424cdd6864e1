/** A lock has one owner, however many reach for it at the same moment. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { takeLock } from "../../../scripts/import/keep/lock.ts";

const program = path.join(import.meta.dirname, "lockProcess.ts");

test.each([
  ["nobody holds", undefined],
  ["a dead process left", JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: "1" })],
])("of three processes one takes a lock that %s", async (_what, left) => {
  const folder = mkdtempSync(path.join(tmpdir(), "timesheets-lock-"));
  try {
    const files = Array.from({ length: 10 }, (_, index) => path.join(folder, `${index}.lock`));
    if (left !== undefined) for (const file of files) writeFileSync(file, left);
    const processes = Array.from({ length: 3 }, () => fork(program));
    try {
      await Promise.all(processes.map((child) => once(child, "message")));
      for (const file of files) {
        const answers = processes.map((child) => once(child, "message"));
        for (const child of processes) child.send(file);
        const taken = (await Promise.all(answers)).filter(([got]) => got === true);
        expect(taken, file).toHaveLength(1);
      }
    } finally {
      for (const child of processes) child.disconnect();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ["made its lock and did not get to name itself", "", undefined],
  ["was taking over a dead one's", JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: "1" }), ""],
])(
  "a process that was killed when it %s is in nobody's way",
  { tags: ["soak"] },
  async (_what, lock, claim) => {
    const folder = mkdtempSync(path.join(tmpdir(), "timesheets-lock-"));
    try {
      const file = path.join(folder, "import.lock");
      writeFileSync(file, lock);
      if (claim !== undefined) writeFileSync(`${file}.takeover`, claim);
      const held = await takeLock(file);
      expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ pid: process.pid });
      await held.release();
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
