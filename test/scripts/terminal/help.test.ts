/** Help at any width: every command's lines break between words, and commands to copy stay whole. */
import { expect, test } from "vitest";
import { type CommandResult, m2m, timesheetsImport } from "../../helpers/commandLine.ts";

type Run = (argv: readonly string[], surroundings: { env: Record<string, string> }) => Promise<CommandResult>;

const pages: [string, Run, string[]][] = [
  ["auth0-m2m", m2m, []],
  ...[
    "demo",
    "local",
    "bootstrap",
    "verify",
    "drift",
    "rotate",
    "model",
    "graph",
    "release",
    "teardown",
    "engine",
  ].map((name): [string, Run, string[]] => [`auth0-m2m ${name}`, m2m, [name]]),
  ["auth0-m2m rotate key", m2m, ["rotate", "key"]],
  ["timesheets-import", timesheetsImport, []],
];

const wordsOf = (text: string) => text.split(/\s+/).filter(Boolean).join(" ");

test.each(pages)("%s --help fits 40, 80 and 200 columns", async (_, run, words) => {
  const help = async (columns: number) =>
    (await run([...words, "--help"], { env: { COLUMNS: String(columns) } })).stdout;
  const texts = await Promise.all([40, 80, 200].map(help));
  for (const [index, columns] of [40, 80, 200].entries()) {
    const text = texts[index] ?? "";
    const start = text.indexOf("\nExamples:\n");
    const lines = [
      ...text.slice(text.indexOf("\n"), start).split("\n"),
      ...text
        .slice(start)
        .split("\n")
        .filter((line) => line.startsWith("      ")),
    ];
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
  }
  // Nothing is lost or broken inside a word on the way to a narrower terminal.
  expect(wordsOf(texts[0] ?? "")).toBe(wordsOf(texts[2] ?? ""));
  expect(wordsOf(texts[1] ?? "")).toBe(wordsOf(texts[2] ?? ""));
});

test("texts hang under the column that they begin in", async () => {
  const { stdout } = await m2m(["drift", "--help"], { env: { COLUMNS: "80" } });
  const options = stdout.slice(stdout.indexOf("Options:\n"), stdout.indexOf("\nExamples:"));
  const lines = options.split("\n").slice(1);
  const column = lines.find((line) => line.startsWith("  --stack"))?.indexOf("Compare");
  for (const line of lines.filter((text) => text.startsWith("     "))) {
    expect(line.search(/\S/)).toBe(column);
  }
});

test("where no width is known, help takes 80 columns", async () => {
  const { stdout } = await m2m(["drift", "--help"]);
  expect(stdout).toBe((await m2m(["drift", "--help"], { env: { COLUMNS: "80" } })).stdout);
});

test("commands to copy are one line each, however narrow the terminal", async () => {
  const { stdout } = await m2m(["rotate", "key", "--help"], { env: { COLUMNS: "40" } });
  expect(stdout).toContain(
    "  auth0-m2m rotate key --stack production --credentials kubernetes-secret --out secret.yaml\n",
  );
});
