/** docs/architecture.md shows the imports between the rooms as they are. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { repository } from "../helpers/commandLine.ts";
import { importChart, readImports } from "./importGraph.ts";

const page = path.join(repository, "docs", "architecture.md");
const generated = /(<!-- imports: .* -->\n\n)[\s\S]*?(\n\n<!-- end of imports -->)/;

// `npx vitest run test/docs/architecture.test.ts -u` writes it anew.
test("the chart of imports in docs/architecture.md is current", async () => {
  const text = readFileSync(page, "utf8");
  expect(text).toMatch(generated);
  const current = text.replace(generated, (_all, begin: string, end: string) => {
    return `${begin}${importChart(readImports())}${end}`;
  });
  await expect(current).toMatchFileSnapshot(page);
});
