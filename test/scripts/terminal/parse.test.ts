/** What a command gets of the words of its command line, and what is said where they cannot be understood. */
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { exitCodes, usageError } from "../../../lib/errors.ts";
import { type Context, defineCommand, type Group } from "../../../scripts/terminal/command.ts";
import { runCommandLine } from "../../../scripts/terminal/commandLine.ts";

const even = (text: string, flag: string) => {
  if (Number(text) % 2 === 0) return Number(text);
  throw usageError(`${flag} is an even number.`, "Such as 2.");
};

/** Runs `tool send <argv>` and returns what the command was given, else what is said. */
async function send(argv: readonly string[]) {
  let given: unknown;
  const command = defineCommand({
    name: "send",
    describe: "Send files",
    examples: [],
    positionals: {
      files: { type: "string", value: "file", repeatable: true, required: true, describe: "Files" },
    },
    options: {
      stack: { type: "string", required: true, describe: "Stack" },
      "dry-run": { type: "boolean", describe: "Send nothing" },
      blame: { type: "boolean", unset: true, describe: "Blame" },
      mode: { type: "string", choices: ["fast", "safe"], default: "safe", describe: "Mode" },
      "batch-size": { type: "string", default: "10", parse: even, describe: "Size" },
      map: { type: "string", repeatable: true, describe: "Fields" },
      note: { type: "string", describe: "Note" },
    },
    conflicts: [["note", "map"]],
    run: async (values) => {
      given = values;
      return exitCodes.done;
    },
  });
  const program: Group = { name: "tool", describe: "Test", examples: [], commands: [command] };
  const stderr = new PassThrough();
  const context: Context = {
    env: {},
    cwd: "/",
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr,
    signal: new AbortController().signal,
  };
  const code = await runCommandLine(program, ["send", ...argv], context);
  return { code, given, said: String(stderr.read() ?? "") };
}

test("a command gets its options under their names in camelCase, and their defaults", async () => {
  const { code, given } = await send(["--stack", "dev", "a.csv"]);
  expect(code).toBe(0);
  expect(given).toEqual({
    stack: "dev",
    dryRun: false,
    blame: undefined,
    mode: "safe",
    batchSize: 10,
    map: [],
    note: undefined,
    json: false,
    files: ["a.csv"],
  });
});

test.each([
  [["--stack=dev", "a"], { stack: "dev" }],
  [["--note=a=b", "a"], { note: "a=b" }],
  [["--note", "-1", "a"], { note: "-1", files: ["a"] }],
  [["--note=--dry-run", "a"], { note: "--dry-run", dryRun: false }],
  [["--dry-run", "a"], { dryRun: true, files: ["a"] }],
  [["--dry-run=false", "a"], { dryRun: false }],
  [["--no-blame", "a"], { blame: false }],
  [["--blame", "a"], { blame: true }],
  [["--map", "a=b", "c", "--map", "d=e"], { map: ["a=b", "d=e"], files: ["c"] }],
  [["a", "-", "--", "--odd-name"], { files: ["a", "-", "--odd-name"] }],
  [["--batch-size", "4", "--json", "a"], { batchSize: 4, json: true }],
])("%j is understood", async (argv, values) => {
  const stack = argv.some((word) => word.startsWith("--stack")) ? [] : ["--stack", "dev"];
  const { code, given, said } = await send([...stack, ...argv]);
  expect(said).toBe("");
  expect(code).toBe(0);
  expect(given).toMatchObject(values);
});

test.each([
  [["a"], "--stack is needed.\nSee `tool send --help`.\n"],
  [[], "--stack and a file are needed.\nSee `tool send --help`.\n"],
  [["--stack", "dev"], "A file is needed.\nSee `tool send --help`.\n"],
  [["--stack", "--dry-run", "a"], "--stack needs a value.\nSee `tool send --help`.\n"],
  [["--stack", "", "a"], "--stack needs a value.\nSee `tool send --help`.\n"],
  [["a", "--stack", "b", "--stack", "c"], "--stack was given more than once.\nIt takes one value.\n"],
  [["a", "--stack", "b", "--batch-size", "3"], "--batch-size is an even number.\nSuch as 2.\n"],
  [
    ["a", "--stack", "b", "--note", "x", "--map", "y"],
    "--note and --map exclude each other.\nLeave one of them out.\n",
  ],
  [["a", "--stack", "b", "--dry-run=maybe"], "--dry-run takes no value.\nSee `tool send --help`.\n"],
  [
    ["a", "--stak", "b", "--dry_run", "-v"],
    "`tool send` has no option --stak or --dry_run or -v.\nDid you mean --stack and --dry-run? See `tool send --help`.\n",
  ],
  [["a", "--stack", "b", "--x.y", "1"], "`tool send` has no option --x.y.\nSee `tool send --help`.\n"],
  [
    ["a", "--stack", "b", "--__proto__", "1"],
    "`tool send` has no option --__proto__.\nSee `tool send --help`.\n",
  ],
])("%j is refused with the reason", async (argv, said) => {
  expect(await send(argv)).toEqual({ code: 2, given: undefined, said });
});

test("everything that is wrong with a command line is said at once", async () => {
  const { code, said } = await send(
    "--strange --mode slow --batch-size 3 --stack a --stack b --note x --map".split(" "),
  );
  expect(code).toBe(2);
  expect(said.split("\n")).toEqual([
    "`tool send` has no option --strange.",
    "--stack was given more than once.",
    '--mode takes fast, safe, not "slow".',
    "--batch-size is an even number.",
    "--map needs a value.",
    "--note and --map exclude each other.",
    "It takes one value. Such as 2. Leave one of them out. See `tool send --help`.",
    "",
  ]);
});
