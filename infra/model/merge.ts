/** Lays a stack's overrides over the model's file: maps merge, lists and scalars replace, null removes. */
import type { Path, Problem } from "./problem.ts";
import { showPath } from "./problem.ts";
import { suggestion } from "./suggest.ts";
import type { Entry, MapTree, Tree } from "./tree.ts";

/** Returns a new tree; a removal of something that is not there is added to `problems`. */
export function merge(base: Tree, over: Tree, problems: Problem[], path: Path = []): Tree {
  if (over.kind !== "map") return over;
  const below: MapTree = base.kind === "map" ? base : { ...over, entries: new Map() };
  const entries = new Map<string, Entry>(below.entries);
  for (const [key, entry] of over.entries) {
    const replaced = below.entries.get(key);
    if (entry.value.kind === "scalar" && entry.value.value === "null" && replaced?.value.kind === "map") {
      problems.push({
        ...{ file: entry.file, line: entry.line, column: entry.column },
        path: showPath([...path, key]),
        message: 'the text "null" removes nothing',
        fix: "Write null without quotation marks, in the file: `pulumi config set` writes text.",
      });
    } else if (entry.value.kind !== "scalar" || entry.value.value !== null) {
      const beneath = replaced?.value ?? { ...entry.value, kind: "map", entries: new Map() };
      entries.set(key, { ...entry, value: merge(beneath, entry.value, problems, [...path, key]) });
    } else if (replaced !== undefined) {
      entries.delete(key);
    } else {
      problems.push({
        ...{ file: entry.file, line: entry.line, column: entry.column },
        path: showPath([...path, key]),
        message: "null removes an entry, but there is none of this name",
        fix: suggestion(key, [...below.entries.keys()], "Remove the line."),
      });
    }
  }
  return { ...below, entries };
}
