/** The bundle that `npm ci` makes: it is what starts, until one of its sources is edited. */
import { execFile } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../helpers/commandLine.ts";
import { plainEnvironment } from "../helpers/environment.ts";

let checkout: string;

const run = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, args, {
    cwd: checkout,
    env: { ...plainEnvironment(), NO_COLOR: "1" },
  });

beforeAll(async () => {
  checkout = mkdtempSync(path.join(tmpdir(), "timesheets-bundle-"));
  for (const name of [
    "bin",
    "scripts",
    "infra",
    "local",
    "lib",
    "engine",
    "timesheets",
    "package.json",
    "package-lock.json",
    "Pulumi.yaml",
  ]) {
    cpSync(path.join(repository, name), path.join(checkout, name), { recursive: true });
  }
  symlinkSync(path.join(repository, "node_modules"), path.join(checkout, "node_modules"));
  await run("bin/bundle.js");
  appendFileSync(path.join(checkout, "dist", "auth0-m2m.js"), 'process.stderr.write("bundled\\n");\n');
}, 30_000);

afterAll(() => rmSync(checkout, { recursive: true, force: true }));

test("the bundle is what starts, and finds the files that lie beside the sources", async () => {
  const { stdout, stderr } = await run("bin/auth0-m2m.js", "model", "--json");
  expect(stderr).toBe("bundled\n");
  expect(JSON.parse(stdout)).toMatchObject({ apis: { timesheets: { signingAlgorithm: "RS256" } } });
});

test("no validator is compiled for the few objects that a command reads", async () => {
  const watch = `globalThis.Function = new Proxy(Function, {
    construct(Target, parts) {
      process.stderr.write("compiled\\n");
      return new Target(...parts);
    },
  });`;
  const preload = `data:text/javascript,${encodeURIComponent(watch)}`;
  const { stderr } = await run("--import", preload, "bin/auth0-m2m.js", "model", "--json");
  expect(stderr).toBe("bundled\n");
});

test("an edited source takes the place of the bundle at once", async () => {
  const source = path.join(checkout, "scripts", "access", "model", "command.ts");
  appendFileSync(source, 'process.stderr.write("edited\\n");\n');
  const { stderr } = await run("bin/auth0-m2m.js", "model", "--json");
  expect(stderr).toBe("edited\n");
});

test("a bundle that was cut short is left aside", async () => {
  writeFileSync(path.join(checkout, "dist", "sources.json"), "");
  const { stderr } = await run("bin/auth0-m2m.js", "model", "--json");
  expect(stderr).not.toContain("bundled");
});
