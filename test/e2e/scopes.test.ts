/** The table of scopes in docs/tenants.md: every command gets exactly its row, and that is enough. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requiredScopes } from "../../scripts/session/preflight/requiredScopes.ts";
import { repository } from "../helpers/commandLine.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";

const page = readFileSync(path.join(repository, "docs", "tenants.md"), "utf8");
const rows = [...page.matchAll(/^\| `(auth0-m2m|pulumi) ([^`]+)` \| (`.*`) \|$/gm)].map(
  ([, program, command = "", scopes = ""]) =>
    [
      `${program} ${command}`,
      command.split(" "),
      scopes.split("` `").map((scope) => scope.replaceAll("`", "")),
    ] as const,
);

/** What a command needs to run by itself. */
const more: Readonly<Record<string, readonly string[]>> = {
  "auth0-m2m bootstrap": ["--yes"],
  "auth0-m2m teardown": ["--yes"],
  "auth0-m2m rotate signing-key": ["--revoke-previous", "--force"],
  "pulumi preview --refresh": ["--expect-no-changes"],
  "pulumi refresh": ["--yes", "--skip-preview"],
};

let local: LocalStack;
beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local.close());

test("the table begins with bootstrap, ends with teardown, and says of both what the commands say", () => {
  expect(rows.map(([name]) => name)).toHaveLength(9);
  expect(rows.at(0)?.[2]).toEqual(requiredScopes(local.model(), "bootstrap"));
  expect(rows.at(-1)?.[2]).toEqual(requiredScopes(local.model(), "teardown"));
});

test.each(rows)("%s", { tags: ["soak"] }, async (name, command, scopes) => {
  const pulumi = await local.restrictTo(scopes);
  const argv = [...command, ...(more[name] ?? [])];
  const { code, stdout, stderr } = name.startsWith("pulumi")
    ? await pulumi.run(argv)
    : await local.run([...argv, "--stack", "local"]);
  expect(code, stdout + stderr).toBe(0);
});
