/** Hints where the tools may not be installed: `npx` would offer a stranger's package of the same name. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { m2m, repository, timesheetsImport } from "../../helpers/commandLine.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "outside-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stack = ["--stack", "production"];
test.each([
  [["bootstrap", ...stack]],
  [["verify", ...stack]],
  [["drift", ...stack]],
  [["rotate", "secret", ...stack]],
  [["graph", "--live", ...stack]],
  [["model"]],
  [["teardown", "--yes", ...stack]],
  [["local"]],
  [["local", "env"]],
  [["demo"]],
])("auth0-m2m %j outside a project says where to run it, and suggests no npx", async (argv) => {
  const { code, stdout, stderr } = await m2m(argv, { cwd: folder });
  expect(code).toBe(2);
  expect(stderr).toContain("Pulumi.yaml");
  expect(stdout + stderr).not.toContain("npx");
});

test.each([
  [["absent.csv", ...stack]],
  [["absent.csv"]],
  [["absent.csv", "--credentials-file", "absent.json"]],
])("timesheets-import %j outside a project suggests no npx", async (argv) => {
  const { code, stdout, stderr } = await timesheetsImport(argv, { cwd: folder });
  expect(code).toBe(2);
  expect(stdout + stderr).not.toContain("npx");
});

test("no document names a package of npx that this repository does not install", () => {
  const documents = readdirSync(path.join(repository, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(md|svg)$/.test(name))
    .map((name) => path.join("docs", name));
  const named = ["README.md", ...documents].flatMap((name) =>
    [...readFileSync(path.join(repository, name), "utf8").matchAll(/\bnpx ([\w-]+)/g)].map(
      ([, program]) => `${program} in ${name}`,
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((use) => !/^(auth0-m2m|timesheets-import|pulumi|vitest) /.test(use))).toEqual([]);
});
