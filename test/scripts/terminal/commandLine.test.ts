/** The command line as a whole: help, usage errors, and failures as JSON are alike in every command. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { m2m, timesheetsImport } from "../../helpers/commandLine.ts";

const manifest = await import("../../../package.json", { with: { type: "json" } });

/** Every command line that does something by itself, as `--help` lists them, subcommands in their group's place. */
async function listed(group: readonly string[] = []): Promise<string[][]> {
  const { stdout } = await m2m([...group, "--help"]);
  const line = new RegExp(`^  ${["auth0-m2m", ...group].join(" ")} ([a-z-]+)`, "gm");
  const usage = stdout.slice(0, stdout.indexOf("\nExamples:"));
  const names = [...usage.matchAll(line)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  const found = names.filter((name) => name !== "completion").map((name) => [...group, name]);
  if (group.length > 0) return found;
  return (await Promise.all(found.map(async (one) => [one, ...(await listed(one))]))).flat();
}

const commands = await listed();
const single = commands.filter(
  (one) => !commands.some((other) => other.length > one.length && other[0] === one[0]),
);

const callOf = (line: string) => line.split(" ");

test("the list of commands holds those that people look for", () => {
  const lines = commands.map((words) => words.join(" "));
  expect(lines).toEqual(
    expect.arrayContaining(["demo", "local serve", "local env", "bootstrap", "verify", "drift"]),
  );
  expect(lines).toEqual(expect.arrayContaining(["rotate key", "rotate secret", "rotate signing-key"]));
});

test.each(commands.map((words) => [words.join(" ")]))("%s has help with examples", async (line) => {
  const { code, stdout, stderr } = await m2m([...line.split(" "), "--help"]);
  expect(code).toBe(0);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^ {2}--json /m);
  const examples = stdout.slice(stdout.indexOf("\nExamples:\n"));
  expect(examples).toContain(`auth0-m2m ${line.replace(" serve", "")}`);
  // Every line of help says something, and is closed by its defaults alone.
  expect(stdout).not.toMatch(/^ {2}--\S+ *(\[|$)/m);
});

test.each(single.map((words) => [words.join(" ")]))(
  "%s refuses an option that it does not have, whatever else is missing",
  async (line) => {
    const { code, stdout, stderr } = await m2m([...callOf(line), "--jsno"]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toBe(
      `\`auth0-m2m ${line}\` has no option --jsno.\nDid you mean --json? See \`auth0-m2m ${line} --help\`.\n`,
    );
  },
);

test.each(single.map((words) => [words.join(" ")]))("%s fails with one JSON document", async (line) => {
  const { code, stdout } = await m2m([...callOf(line), "--json", "--no-such-option"]);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: { code: "usage", message: expect.stringContaining("--"), hint: expect.stringContaining("--help") },
  });
});

test.each([
  [["verify"], "--stack is needed."],
  [["verify", "--stack"], "--stack needs a value."],
  [["verify", "--stack", "a", "--stack", "b"], "--stack was given more than once."],
  [["verify", "--stack", "../b"], "--stack"],
  [["verify", "--stack", "dev", "stray"], "Not understood: stray."],
  [["verfy"], "Did you mean verify?"],
  [["whatever"], "There is no command whatever."],
  [["whatever", "--help"], "There is no command whatever."],
  [["rotate", "secrt", "--help"], "Did you mean secret?"],
  [["rotate"], "Name what to rotate"],
  [["rotate", "secrt"], "Did you mean secret?"],
  [["graph", "--format", "png"], '--format takes mermaid, dot, svg, json, not "png".'],
  [[], "Name a command."],
  [["--jsno"], "Did you mean --json?"],
  [["--stack", "dev", "verify"], "`auth0-m2m` has no option --stack."],
  [["local", "evn"], "There is no command evn.\nDid you mean env?"],
  [["verify", "--stack", ""], "--stack needs the name of a stack."],
  [["verify", "--stack", "a", "--stack", "b", "--x.y", "1"], "--stack was given more than once."],
  [["local", "--port", "https"], "--port takes a number."],
  [["local", "--api-port", "65536"], "--api-port is a port, 0 to 65535."],
])("%j is reported as a mistake of the call", async (argv, message) => {
  const { code, stdout, stderr } = await m2m(argv);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(message);
});

test.each([["verify"], ["drift"], ["graph", "--live"], ["rotate secret"], ["bootstrap", "--dry-run"]])(
  "%s on the local stack says that no tenant runs, where none does",
  async (...words) => {
    const argv = [...words.join(" ").split(" "), "--stack", "local", "--json"];
    const { code, stdout } = await m2m(argv, { env: { M2M_LOCAL_DATA: "/nonexistent" } });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: "local_not_running",
      hint: expect.stringContaining("auth0-m2m local"),
    });
  },
);

test("the job's command line has help, refuses strange options and asks for a file", async () => {
  const { code, stdout } = await timesheetsImport(["--help"]);
  expect(code).toBe(0);
  expect(stdout).toContain("timesheets-import hours.csv --dry-run");
  expect(await timesheetsImport(["hours.csv", "--dry-rnu"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("`timesheets-import` has no option --dry-rnu.\nDid you mean --dry-run?"),
  });
  expect(await timesheetsImport([])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("A file is needed."),
  });
});

test("a stack without a settings file is no stack to draw or print", async () => {
  for (const command of ["graph", "model"]) {
    const { code, stdout } = await m2m([command, "--stack", "nowhere", "--json"]);
    expect(code).toBe(6);
    expect(JSON.parse(stdout).error.code).toBe("no_such_stack");
  }
});

test("the version is the package's", async () => {
  for (const run of [m2m, timesheetsImport]) {
    expect(await run(["--version"])).toMatchObject({ code: 0, stdout: `${manifest.default.version}\n` });
  }
});

const taken = createServer();
beforeAll(() => new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise<void>((resolve) => taken.close(() => resolve())));

test.each([
  ["--port", "--api-port"],
  ["--api-port", "--port"],
])("a taken %s ends `local` with the port, and leaves nothing running", async (option, other) => {
  const { port } = taken.address() as AddressInfo;
  const data = path.join(os.tmpdir(), `timesheets-taken-${process.pid}-${option.slice(2)}`);
  const { code, stdout } = await m2m(["local", "--json", option, String(port), other, "0"], {
    env: { M2M_LOCAL_DATA: data },
  });
  const reset = await m2m(["local", "reset"], { env: { M2M_LOCAL_DATA: data } });
  expect(code).toBe(1);
  const { error } = JSON.parse(stdout);
  expect(error.code).toBe("port_taken");
  expect(error.message).toContain(String(port));
  expect(error.hint).toContain(option);
  expect(reset.code).toBe(0);
});

test("`local reset` removes the data of a local tenant and nothing else", async () => {
  const { code, stderr } = await m2m(["local", "reset"], {
    env: { M2M_LOCAL_DATA: path.join(import.meta.dirname, "../..") },
  });
  expect(code).toBe(2);
  expect(stderr).toContain("is not the data folder of a local tenant");
});

test.each([
  { args: ["chek", "import.yaml"], meant: "check" },
  { args: ["statsu", "hours.csv"], meant: "status" },
])("timesheets-import asks whether $meant was meant by $args", async ({ args, meant }) => {
  const { code, stderr } = await timesheetsImport(args);
  expect(code).toBe(2);
  expect(stderr).toBe(
    `There is no command ${args[0]}.\nDid you mean ${meant}? See \`timesheets-import --help\`.\n`,
  );
});

test("timesheets-import check says where to begin without a job file", async () => {
  const { code, stderr } = await timesheetsImport(["check"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^There is no job file import\.yaml\.\nName it: `timesheets-import check FILE`\./);
});
