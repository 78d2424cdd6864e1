/** Plain data that knows where in its file every key and value stands. */
import type { Path, Position } from "./problem.ts";

export type Tree = MapTree | ListTree | ScalarTree;
export interface MapTree extends Position {
  kind: "map";
  entries: Map<string, Entry>;
}
/** A key's own position, and what stands under it. */
export interface Entry extends Position {
  value: Tree;
}
export interface ListTree extends Position {
  kind: "list";
  items: Tree[];
}
export interface ScalarTree extends Position {
  kind: "scalar";
  value: string | number | boolean | null;
}

/** A tree of plain data, such as configuration that Pulumi hands over as JSON, all of it at one position. */
export function treeOf(value: unknown, at: Position): Tree {
  if (Array.isArray(value)) return { ...at, kind: "list", items: value.map((item) => treeOf(item, at)) };
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, item]): [string, Entry] => [
      key,
      { ...at, value: treeOf(item, at) },
    ]);
    return { ...at, kind: "map", entries: new Map(entries) };
  }
  const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return { ...at, kind: "scalar", value: plain ? value : null };
}

/** The plain data of a tree. */
export function plainValue(tree: Tree): unknown {
  if (tree.kind === "scalar") return tree.value;
  if (tree.kind === "list") return tree.items.map(plainValue);
  return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, plainValue(entry.value)]));
}

/**
 * The position of a path, or of the nearest entry above it that exists.
 * `at: "key"` points at a map's key instead of the value under it.
 */
export function locate(tree: Tree, path: Path, at: "key" | "value" = "value"): Position {
  let position: Position = tree;
  let current: Tree = tree;
  for (const [index, step] of path.entries()) {
    if (current.kind === "list") {
      const item: Tree | undefined = current.items[Number(step)];
      if (item === undefined) break;
      position = current = item;
    } else {
      const entry: Entry | undefined = current.kind === "map" ? current.entries.get(String(step)) : undefined;
      if (entry === undefined) break;
      current = entry.value;
      // A map or list under a key starts a line further down; its key is where one looks.
      position = current.kind === "scalar" && !(at === "key" && index === path.length - 1) ? current : entry;
    }
  }
  return { file: position.file, line: position.line, column: position.column };
}
