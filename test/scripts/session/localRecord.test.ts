/** Which records of a local tenant are believed: they say where credentials are sent. */
import { chmodSync, chownSync, linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startOf } from "../../../lib/processes.ts";
import { findLocalRecord, type LocalRecord } from "../../../scripts/session/localRecord.ts";

let dataDir: string;
let file: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), "local-record-"));
  file = path.join(dataDir, "running.json");
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function write(changes: Partial<LocalRecord> = {}): void {
  const record: LocalRecord = {
    pid: process.pid,
    started: startOf(process.pid),
    domain: "localhost:4000",
    url: "https://localhost:4000",
    caFile: path.join(dataDir, "tenant/ca.pem"),
    trustFile: path.join(dataDir, "trust.pem"),
    clientId: "id",
    clientSecret: "secret",
    apis: { timesheets: "http://127.0.0.1:4001" },
    provider: "bundled",
    controlUrl: "http://127.0.0.1:4002",
    controlKey: "key",
    dataDir,
  };
  writeFileSync(file, JSON.stringify({ ...record, ...changes }), { mode: 0o600 });
}

test("the record of a running tenant is believed", () => {
  write();
  expect(findLocalRecord(dataDir)?.domain).toBe("localhost:4000");
});

test.each([
  ["domain", { domain: "evil.example" }],
  ["domain, which only begins like this machine", { domain: "localhost.evil.example" }],
  ["domain, behind a user name", { domain: "localhost@evil.example" }],
  ["address", { url: "https://evil.example" }],
  ["address of an API", { apis: { timesheets: "https://evil.example" } }],
  ["control address", { controlUrl: "http://evil.example" }],
  ["data folder", { dataDir: "/elsewhere" }],
])("a record with a foreign %s is refused", (_, changes) => {
  write(changes);
  expect(() => findLocalRecord(dataDir)).toThrow(/does not describe a local tenant/);
});

test("a record whose process has another start time is of a process that is gone", ({ skip }) => {
  skip(startOf(process.pid) === null, "This system does not say when a process started.");
  write({ started: "1" });
  expect(findLocalRecord(dataDir)).toBeUndefined();
});

test.each<[string, () => void, RegExp]>([
  [
    "a symbolic link",
    () => {
      write();
      const other = path.join(dataDir, "other.json");
      linkSync(file, other);
      rmSync(file);
      symlinkSync(other, file);
    },
    /is a symbolic link/,
  ],
  ["a link to a folder", () => symlinkSync(os.tmpdir(), file), /is a symbolic link/],
  [
    "a file that others may write to",
    () => {
      write();
      chmodSync(file, 0o666);
    },
    /others may write to it/,
  ],
])("%s in its place is refused", (_, plant, reason) => {
  plant();
  expect(() => findLocalRecord(dataDir)).toThrow(reason);
});

test("another user's record is refused", ({ skip }) => {
  skip(process.getuid?.() !== 0, "Only root may give files away.");
  write();
  chownSync(file, 65534, 65534);
  expect(() => findLocalRecord(dataDir)).toThrow(/belongs to another user/);
});
