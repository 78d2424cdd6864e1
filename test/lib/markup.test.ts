/** Names that a tenant chose, in Markdown that others read. */
import { expect, test } from "vitest";
import { markdownCode, markdownText } from "../../lib/markup.ts";

test.each([
  ["[click](https://evil.example)", String.raw`\[click\]\(https:<!-- -->//evil.example\)`],
  ["<img src=x>", String.raw`\<img src=x\>`],
  ["a | b\n# c", String.raw`a \| b \# c`],
  ["ping @octocat and @acme/team", "ping @<!-- -->octocat and @<!-- -->acme/team"],
  ["fixes #12 and GH-13", String.raw`fixes \#<!-- -->12 and GH-<!-- -->13`],
  ["see www.evil.example", "see www<!-- -->.evil.example"],
  ["plain words, 5:30", "plain words, 5:30"],
])("%j is only text", (text, markdown) => {
  expect(markdownText(text)).toBe(markdown);
});

test.each([
  ["a", "`a`"],
  ["a`b``c", "``` a`b``c ```"],
  ["a|b\nc", "`a\\|b c`"],
])("%j is only code", (text, markdown) => {
  expect(markdownCode(text)).toBe(markdown);
});
