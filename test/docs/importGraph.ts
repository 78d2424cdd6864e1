/** Which room imports which, read from the sources' own import statements. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { repository } from "../helpers/commandLine.ts";

const roots = ["infra", "lib", "engine", "scripts", "timesheets", "local"];

/** Pairs of rooms `[from, to]`, sorted; a room is a top folder, and below `scripts/` and `local/` each folder of theirs. */
export function readImports(): (readonly [from: string, to: string])[] {
  const pairs = new Map<string, readonly [string, string]>();
  for (const file of roots.flatMap(sourcesIn)) {
    const { importedFiles } = ts.preProcessFile(readFileSync(path.join(repository, file), "utf8"));
    for (const { fileName } of importedFiles) {
      if (!fileName.startsWith(".")) continue;
      const pair = [roomOf(file), roomOf(path.join(path.dirname(file), fileName))] as const;
      if (pair[0] !== pair[1]) pairs.set(pair.join(" "), pair);
    }
  }
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair);
}

function sourcesIn(folder: string): string[] {
  return readdirSync(path.join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => path.join(folder, name));
}

function roomOf(file: string): string {
  const [top = "", second = ""] = file.split("/");
  return top === "scripts" || top === "local" ? `${top}/${second}` : top;
}

/** The same as a Mermaid flow chart in Markdown; imports of `lib`, which everything may use, are left out. */
export function importChart(imports: ReturnType<typeof readImports>): string {
  const arrows = imports.filter(([, to]) => to !== "lib").map(([from, to]) => `  ${from} --> ${to}`);
  return ["```mermaid", "flowchart TD", ...arrows, "```"].join("\n");
}
