/** What README and docs point at is there: files, headings, commands and their options. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { m2m, repository, timesheetsImport } from "../helpers/commandLine.ts";

const pages = [
  "README.md",
  ...readdirSync(path.join(repository, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

const textOf = (page: string) => readFileSync(path.join(repository, page), "utf8");
const withoutCode = (text: string) => text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, "");

/** As GitHub makes them. */
const anchorsOf = (text: string) =>
  [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

test.each(pages)("every link of %s leads somewhere", (page) => {
  const links = [...withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  const broken = links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [file = "", anchor] = link.split("#");
    const target = path.join(repository, file === "" ? page : path.join(path.dirname(page), file));
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(target, "utf8")).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test("README leads to every page of docs", () => {
  const readme = textOf("README.md");
  expect(pages.filter((page) => page !== "README.md" && !readme.includes(`](${page})`))).toEqual([]);
});

const workflows = path.join(repository, ".github", "workflows");
const shown = [...pages, ...readdirSync(workflows).map((name) => `.github/workflows/${name}`)];

/** The command lines of a page, without their comments. */
function commandLines(text: string): string[] {
  return [...text.matchAll(/npx ((?:auth0-m2m|timesheets-import) (?:[^\n`#|>)&]|\\\n)*)/g)].map(
    ([, line = ""]) =>
      line
        .replaceAll("\\\n", " ")
        // The end of a printf format, or of a quoted word.
        .replace(/\\n.*|['"]+$/, "")
        .trim(),
  );
}

const options = new Map<string, Promise<string>>();
function helpOf(words: readonly string[]): Promise<string> {
  const key = words.join(" ");
  const [program, ...command] = words;
  const run = program === "auth0-m2m" ? m2m : timesheetsImport;
  const help = options.get(key) ?? run([...command, "--help"]).then(({ stdout }) => stdout);
  options.set(key, help);
  return help;
}

test.each(shown)("every command line in %s is one that exists", async (page) => {
  const unknown: string[] = [];
  for (const line of commandLines(textOf(page))) {
    const [program = "", ...words] = line.split(/\s+/);
    const group = ["rotate", "local"].includes(words[0] ?? "") && /^[a-z]/.test(words[1] ?? "") ? 2 : 1;
    const command =
      words[0]?.startsWith("-") || program === "timesheets-import"
        ? []
        : words.slice(0, group).filter((word) => !word.startsWith("<"));
    // yargs has that one by itself, without a help of its own.
    if (command[0] === "completion") continue;
    const help = await helpOf([program, ...command]);
    const heads = help.startsWith([program, ...command].join(" "));
    const flags = words
      .filter((word) => /^--[a-z]/.test(word))
      .map((flag) => flag.replace(/[=".,;:].*$/, ""));
    const missing = flags.filter(
      (flag) => !new RegExp(`^ *${flag.replace(/^--no-/, "--")} `, "m").test(help),
    );
    if (!heads || missing.length > 0) unknown.push(`${line}: ${missing.join(" ") || "no such command"}`);
  }
  expect(unknown).toEqual([]);
});

const unattended = [
  ...readdirSync(workflows).map((name) => `.github/workflows/${name}`),
  ...readdirSync(path.join(repository, "deploy"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(repository, path.join(parentPath, name))),
  ...pages,
];

test.each(unattended)("what %s starts unattended ends with its parent, as npx would not", (page) => {
  const lines = textOf(page)
    .split("\n")
    .filter((line) => (page.endsWith(".md") ? /^[\d*/,-]+( [\d*/,-]+){4} |^ExecStart=/.test(line) : true));
  expect(lines.filter((line) => /\bnpx (auth0-m2m|timesheets-import|pulumi)/.test(line))).toEqual([]);
});
