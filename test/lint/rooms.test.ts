/** `npm run lint` keeps the rooms apart: an import that goes the wrong way, or round in a circle, fails it. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { repository } from "../helpers/commandLine.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "lint-rooms-"));
  cpSync(path.join(repository, "biome.json"), path.join(folder, "biome.json"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a module that imports others, which need not exist. */
function write(file: string, ...imports: string[]): void {
  const at = path.join(folder, file);
  mkdirSync(path.dirname(at), { recursive: true });
  const lines = imports.map((from, index) => `import { value as value${index} } from "${from}";\n`);
  const values = imports.map((_, index) => `value${index}`).join(" + ") || "1";
  writeFileSync(at, `${lines.join("")}\nexport const value = ${values};\n`);
}

/** The rules that a lint of the folder reports, with the files it reports them for. */
function lint(): string[] {
  const biome = path.join(repository, "node_modules", ".bin", "biome");
  try {
    execFileSync(biome, ["lint", "--vcs-enabled=false", "--reporter=json", "."], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout: string };
    const { diagnostics } = JSON.parse(stdout) as {
      diagnostics: { category: string; location: { path: string } }[];
    };
    return diagnostics.map(({ category, location }) => `${location.path} ${category}`);
  }
}

const restricted = "lint/style/noRestrictedImports";

test.each([
  ["local/tenant/x.ts", "../../scripts/tenant/y.ts"],
  ["local/provider/x.ts", "../../infra/names.ts"],
  ["infra/model/x.ts", "../../lib/errors.ts"],
  ["lib/x.ts", "../engine/version.ts"],
  ["engine/x.ts", "../scripts/terminal/output.ts"],
  ["timesheets/api/x.ts", "../../scripts/tenant/y.ts"],
  ["scripts/session/x.ts", "../access/drift/y.ts"],
  ["scripts/tenant/x.ts", "../../local/tenant/y.ts"],
  ["scripts/import/read/x.ts", "../../access/drift/y.ts"],
  ["scripts/access/drift/x.ts", "../bootstrap/y.ts"],
  ["scripts/access/rotate/key/x.ts", "../../verify/y.ts"],
  ["scripts/access/verify/x.ts", "../../../local/tenant/y.ts"],
  ["scripts/access/bootstrap/x.ts", "../../import/y.ts"],
])("%s may not import %s", (file, from) => {
  write(file, from);
  expect(lint()).toEqual([`${file} ${restricted}`]);
});

test.each([
  ["local/tenant/x.ts", "../../lib/errors.ts"],
  ["scripts/session/x.ts", "../../infra/names.ts"],
  ["scripts/access/drift/x.ts", "../../../infra/model/y.ts"],
  ["scripts/access/local/x.ts", "../../../local/tenant/y.ts"],
  ["scripts/access/demo/x.ts", "../bootstrap/y.ts"],
  ["scripts/access/rotate/key/x.ts", "../application.ts"],
  ["scripts/access/bootstrap/x.ts", "../../../engine/version.ts"],
])("%s may import %s", (file, from) => {
  write(file, from);
  expect(lint()).toEqual([]);
});

test("two modules that import each other fail it", () => {
  write("lib/a.ts", "./b.ts");
  write("lib/b.ts", "./a.ts");
  expect(lint()).toContain("lib/a.ts lint/suspicious/noImportCycles");
});
