/** What the local tenant and the engine leave on the disk, whatever the umask of the shell that started them. */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startM2m } from "../../../helpers/process.ts";

let folder: string;
let dataDir: string;
let umask: number;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "private-files-"));
  dataDir = path.join(folder, "data");
  umask = process.umask();
});
afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true, force: true });
});

/** Files and folders below the data folder whose mode is not 0600 or 0700, as `<mode> <path>`. */
function open(): string[] {
  const entries = readdirSync(dataDir, { recursive: true, withFileTypes: true });
  const all = [dataDir, ...entries.map(({ parentPath, name }) => path.join(parentPath, name))];
  return all.flatMap((one) => {
    const status = lstatSync(one);
    const mode = status.mode & 0o777;
    const right = mode === (status.isDirectory() ? 0o700 : 0o600);
    return right ? [] : [`${mode.toString(8)} ${path.relative(dataDir, one)}`];
  });
}

test.each([
  ["000", 0o000],
  ["277", 0o277],
])(
  "with umask %s every file is 0600 and every folder 0700, the engine's state among them",
  async (_, mask) => {
    process.umask(mask);
    const env = { M2M_LOCAL_DATA: dataDir };
    const server = startM2m(["local", "--port", "0", "--api-port", "0"], env);
    await server.says("localhost:");
    const made = await startM2m(["bootstrap", "--stack", "local", "--yes"], env).ended;
    expect(made.code, made.stderr).toBe(0);
    const found = open();
    server.kill("SIGTERM");
    await server.ended;
    expect(found).toEqual([]);
  },
  120_000,
);

test("a data folder with a link in it is not used", async () => {
  mkdirSync(dataDir);
  symlinkSync(folder, path.join(dataDir, "state"));
  const env = { M2M_LOCAL_DATA: dataDir };
  const { code, stderr } = await startM2m(["local", "--port", "0", "--api-port", "0"], env).ended;
  expect([code, stderr]).toEqual([2, expect.stringContaining("it is not a folder, or a link to one")]);
}, 30_000);
