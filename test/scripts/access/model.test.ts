/** `auth0-m2m model`: printing the model, checking it, and its JSON Schema. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { main } from "../../../scripts/access/main.ts";

const repository = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "model-"));
  mkdirSync(path.join(root, "infra"));
  copyFileSync(path.join(repository, "Pulumi.yaml"), path.join(root, "Pulumi.yaml"));
  cpSync(path.join(repository, "infra", "access.yaml"), path.join(root, "infra", "access.yaml"));
});

afterEach(() => rmSync(root, { recursive: true }));

async function m2m(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") =>
    new Writable({
      write(chunk, _, done) {
        written[name] += String(chunk);
        done();
      },
    });
  const code = await main(argv, {
    env: {},
    cwd: root,
    stdin: process.stdin,
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    signal: new AbortController().signal,
  });
  return { code, ...written };
}

function edit(change: (yaml: string) => string): void {
  const file = path.join(root, "infra", "access.yaml");
  writeFileSync(file, change(readFileSync(file, "utf8")));
}

function override(stack: string, access: object): void {
  writeFileSync(
    path.join(root, `Pulumi.${stack}.yaml`),
    JSON.stringify({ config: { "auth0:domain": `${stack}.eu.auth0.com`, "timesheets:access": access } }),
  );
}

test("prints the model in the form of its file, so that it can be read back", async () => {
  const { code, stdout } = await m2m("model");
  expect(code).toBe(0);
  const printed = parse(stdout) as { apis: { timesheets: object } };
  expect(printed.apis.timesheets).toMatchObject({ name: "Timesheets API", tokenLifetime: 86_400 });
  edit(() => stdout);
  expect((await m2m("model")).stdout).toBe(stdout);
});

test("--format json and --json print the same model as JSON", async () => {
  const asJson = await m2m("model", "--format", "json");
  expect(JSON.parse(asJson.stdout)).toEqual(parse((await m2m("model")).stdout));
  expect((await m2m("model", "--json")).stdout).toBe(asJson.stdout);
});

test("--stack applies that stack's overrides", async () => {
  override("dev", { apis: { timesheets: { identifier: "https://dev.exampleco.com/timesheets" } } });
  const { stdout } = await m2m("model", "--stack", "dev");
  expect(parse(stdout)).toMatchObject({
    apis: { timesheets: { identifier: "https://dev.exampleco.com/timesheets" } },
  });
});

test("a stack without settings is reported with those that have some, exit code 6", async () => {
  override("dev", {});
  const { code, stdout, stderr } = await m2m("model", "--stack", "prod");
  expect(code).toBe(6);
  expect(stdout).toBe("");
  expect(stderr).toContain("There is no Pulumi.prod.yaml beside Pulumi.yaml.\nStacks with settings: dev.");
});

test("--check is content with the shipped model and prints nothing on stdout", async () => {
  expect(await m2m("model", "--check")).toEqual({
    code: 0,
    stdout: "",
    stderr: "The access model is sound.\n",
  });
});

test("--check looks at every stack, telling what the file itself gets wrong once", async () => {
  edit((yaml) => yaml.replace("RS256 ", "RS265 "));
  override("dev", { applications: { "import-job": { grants: { timesheets: ["batch:uplaod"] } } } });
  override("staging", {});
  const { code, stderr } = await m2m("model", "--check");
  expect(code).toBe(2);
  expect(stderr.split("\n")).toEqual([
    'infra/access.yaml:6:23: apis.timesheets.signingAlgorithm: must be one of RS256, PS256, HS256, not "RS265". Did you mean RS256?',
    expect.stringMatching(
      /^Pulumi\.dev\.yaml:1:\d+: applications\.import-job\.grants\.timesheets\[0\]: .*Did you mean "batch:upload"\?$/,
    ),
    "The access model has 2 problems.",
    "",
  ]);
});

test("--check applies the rules, which printing does not", async () => {
  edit((yaml) => yaml.replace("RS256 ", "HS256 "));
  expect((await m2m("model")).code).toBe(0);
  const { code, stderr } = await m2m("model", "--check");
  expect(code).toBe(2);
  expect(stderr).toContain("(rule asymmetric-signing)");
});

const openToUsers = (yaml: string) => yaml.replace("    scopes:", "    access: { users: any }\n    scopes:");

test("--check prints what a rule only warns of and succeeds, unless warnings count as errors", async () => {
  edit(openToUsers);
  const warned = await m2m("model", "--check");
  expect(warned.code).toBe(0);
  expect(warned.stderr).toMatch(
    /^infra\/access\.yaml:10:5: warning: .*\(rule users-need-grant\).*\nThe access model is sound\.\n$/,
  );
  const failed = await m2m("model", "--check", "--warnings-as-errors");
  expect(failed.code).toBe(2);
  expect(failed.stderr).toMatch(/\(rule users-need-grant\).*\nThe access model has one problem\.\n$/);
  expect((await m2m("model", "--warnings-as-errors")).stderr).toContain("needs --check");
});

test("--check --json lists warnings apart from problems", async () => {
  edit(openToUsers);
  const { code, stdout } = await m2m("model", "--check", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    problems: [],
    warnings: [{ path: "apis.timesheets.access", severity: "warning" }],
  });
});

test("--check --json lists every problem with its place", async () => {
  edit((yaml) => yaml.replace("    scopes:", "    scope:"));
  const { code, stdout, stderr } = await m2m("model", "--check", "--json");
  expect(code).toBe(2);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: "access_model" },
    problems: [
      {
        file: "infra/access.yaml",
        line: 10,
        column: 5,
        path: "apis.timesheets",
        message: 'unknown key "scope"',
        fix: 'Did you mean "scopes"?',
      },
    ],
  });
});

test("printing a broken model prints its problems instead, exit code 2", async () => {
  edit((yaml) => yaml.replace("client_secret_post #", "client_secret_pots #"));
  const { code, stdout, stderr } = await m2m("model");
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain("Did you mean client_secret_post?\nThe access model has one problem.");
});

test("the committed JSON Schema is the validator's", async () => {
  const { code, stdout } = await m2m("model", "--schema");
  expect(code).toBe(0);
  expect(readFileSync(path.join(repository, "infra", "access.schema.json"), "utf8")).toBe(stdout);
});

test.each([
  [["--stack", ""], "--stack needs the name of a stack."],
  [["--stack", "a", "--stack", "b"], "--stack was given more than once."],
  [["--check", "--schema"], "--check and --schema exclude each other."],
  [["--chek"], "Did you mean --check?"],
  [["--format", "xml"], '--format takes yaml, json, not "xml".'],
])("%j is a usage error", async (argv, message) => {
  const { code, stdout, stderr } = await m2m("model", ...argv);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(message);
});

test("a folder without a project is reported as one", async () => {
  rmSync(path.join(root, "Pulumi.yaml"));
  const { code, stderr } = await m2m("model", "--check");
  expect(code).toBe(2);
  expect(stderr).toContain("No Pulumi.yaml in");
});
