/** Folders are made, or it is said at once why they cannot be. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeDataFolder, makeFolder } from "../../lib/folders.ts";
import { startM2m } from "../helpers/process.ts";

const temporary = mkdtempSync(path.join(os.tmpdir(), "folders-test-"));
afterAll(() => rmSync(temporary, { recursive: true }));

test("a folder and those above it are made for the owner alone, and again without complaint", () => {
  const folder = path.join(temporary, "a", "b", "c");
  makeFolder(folder);
  makeFolder(folder);
  for (const made of [folder, path.join(temporary, "a")]) expect(statSync(made).mode & 0o777).toBe(0o700);
});

test("a file in the way is reported as such", () => {
  const file = path.join(temporary, "file");
  writeFileSync(file, "");
  for (const folder of [file, path.join(file, "below"), path.join(file, "far", "below")]) {
    expect(() => makeDataFolder(folder)).toThrow(
      expect.objectContaining({
        code: "data_folder_not_writable",
        exitCode: 2,
        message: expect.stringContaining(folder),
      }),
    );
  }
});

describe.runIf(process.platform === "linux")(
  "a place that takes no folders is one error, not an endless try",
  () => {
    const run = async (argv: string[], env: Record<string, string>) => {
      const running = startM2m(argv, env);
      const patience = setTimeout(() => running.kill("SIGKILL"), 20_000);
      const { code, stderr } = await running.ended;
      clearTimeout(patience);
      return { code, stderr };
    };

    test("for the local tenant's data", async () => {
      const { code, stderr } = await run(["local", "--port", "0", "--api-port", "0"], {
        M2M_LOCAL_DATA: "/proc/timesheets/local",
      });
      expect(stderr).toContain("The data folder /proc/timesheets/local/state cannot be made: ENOENT");
      expect(stderr).toContain("M2M_LOCAL_DATA");
      expect(code).toBe(2);
    });

    test("for the engine, where it is not installed", async () => {
      const { code, stderr } = await run(["engine"], {
        PULUMI_HOME: "/proc/timesheets/home",
        PATH: temporary,
      });
      expect(stderr).toContain("The Pulumi home folder /proc/timesheets/home cannot be written to (ENOENT).");
      expect(code).toBe(1);
    });
  },
);
