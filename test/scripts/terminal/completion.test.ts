/** What a shell completes: commands, options, their choices, and what the project holds. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { m2m, repository, timesheetsImport } from "../../helpers/commandLine.ts";

const words = async (...typed: string[]) =>
  (await m2m(["--complete", ...typed])).stdout.split("\n").filter(Boolean);

test.each([
  [["bo"], ["bootstrap"]],
  [
    ["rotate", ""],
    ["signing-key", "secret", "key"],
  ],
  [["rotate", "secret", "--appl"], ["--application"]],
  [["rotate", "secret", "--application", ""], ["import-job"]],
  [["verify", "--json", "--stack", ""], ["local"]],
  [["graph", "--format", "m"], ["mermaid"]],
  [["local", "--rate-limit", "f"], ["free"]],
  [["local", "e"], ["env"]],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  [["verify", "--api-url", ""], []],
])("after %j stand %j", async (typed, expected) => {
  expect(await words(...typed)).toEqual(expected);
});

test("completion stays silent outside a project", async () => {
  const { code, stdout, stderr } = await m2m(["--complete", "verify", "--stack", ""], { cwd: "/" });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("bash completes what the program offers", () => {
  const completed = execFileSync(
    "bash",
    [
      "-c",
      `auth0-m2m() { "${process.execPath}" bin/auth0-m2m.js "$@"; }
       eval "$(auth0-m2m completion bash)"
       COMP_WORDS=(auth0-m2m verify --stack lo) COMP_CWORD=3
       _auth0_m2m
       echo "\${COMPREPLY[*]}"`,
    ],
    { cwd: repository, encoding: "utf8" },
  );
  expect(completed).toBe("local\n");
});

test.each(["bash", "zsh", "fish"])(
  "a script for %s names the program, and is the one for its SHELL",
  async (shell) => {
    const { stdout } = await timesheetsImport(["completion", shell]);
    expect(stdout).toContain("timesheets-import --complete");
    const own = await timesheetsImport(["completion"], { env: { SHELL: `/usr/bin/${shell}` } });
    expect(own.stdout).toBe(stdout);
  },
);
