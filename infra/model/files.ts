/** Finds and reads the model's two files: access.yaml, and the stack's settings that override parts of it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Path, Problem } from "./problem.ts";
import { readYaml } from "./source.ts";
import { locate, plainValue, type Tree, treeOf } from "./tree.ts";

/** The stack config key that overrides parts of the model. @param project Name of the Pulumi project. */
export function overridesKey(project: string): string {
  return `${project}:access`;
}

export interface ModelFiles {
  /** The folder of Pulumi.yaml; problems name files from here. */
  root: string;
  /** The model's file, absolute. */
  file: string;
  /** Name of the Pulumi project. */
  project: string;
  /** The stack's settings, absolute; need not exist. */
  stackFile: string | undefined;
  /** What Pulumi handed over, instead of what the stack's settings say. */
  overrides: unknown;
}

/** The model's file as a tree; absent, with a problem saying why, where it cannot be used. */
export function readModelFile({ root, file }: ModelFiles, problems: Problem[]): Tree | undefined {
  const shown = displayed(file, root);
  const text = readText(file);
  if (typeof text === "string") return collect(readYaml(text, shown), problems);
  problems.push({
    ...{ file: shown, line: 1, column: 1, path: "" },
    message: text.code === "ENOENT" ? "there is no such file" : `the file cannot be read (${text.code})`,
    fix: "The model is infra/access.yaml, or the file that M2M_ACCESS_MODEL names.",
  });
  return undefined;
}

/** The stack's overrides as a tree that knows its places in the stack's settings; absent where there are none. */
export function readOverrides(
  { root, project, stackFile, overrides }: ModelFiles,
  problems: Problem[],
): Tree | undefined {
  const key = overridesKey(project);
  const written = stackFile === undefined ? undefined : readSettings(stackFile, root, key, problems);
  if (overrides === undefined) return written && plainDates(written);
  const start = {
    file: stackFile === undefined ? key : displayed(stackFile, root),
    line: 1,
    column: 1,
  };
  // What Pulumi handed over is what counts; the file only says where it stands.
  return placed(plainDates(treeOf(overrides, start)), written, []);
}

/** Files below `root` are named from there, wherever the program happens to run. */
export function displayed(file: string, root: string): string {
  const relative = path.relative(root, file);
  return relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
}

function readSettings(file: string, root: string, key: string, problems: Problem[]): Tree | undefined {
  const shown = displayed(file, root);
  const text = readText(file);
  if (typeof text === "string") {
    const tree = collect(readYaml(text, shown, ["config", key]), problems);
    return tree && parsed(tree, problems);
  }
  if (text.code !== "ENOENT") {
    const message = `the file cannot be read (${text.code})`;
    problems.push({ file: shown, line: 1, column: 1, path: "", message, fix: "Check that you may read it." });
  }
  return undefined;
}

/** `pulumi config set <project>:access '{...}'`, without --path, stores JSON as one text. */
function parsed(tree: Tree, problems: Problem[]): Tree | undefined {
  if (tree.kind !== "scalar" || typeof tree.value !== "string") return tree;
  const inner = readYaml(tree.value, tree.file);
  const at = { file: tree.file, line: tree.line, column: tree.column };
  problems.push(...inner.problems.map((problem) => ({ ...problem, ...at })));
  return inner.tree && treeOf(plainValue(inner.tree), at);
}

/** Pulumi takes an unquoted date for a point in time, and hands it over, and writes it back, as Go prints one. */
function plainDates(tree: Tree): Tree {
  if (tree.kind === "list") return { ...tree, items: tree.items.map(plainDates) };
  if (tree.kind === "map") {
    const entries = [...tree.entries].map(
      ([key, entry]) => [key, { ...entry, value: plainDates(entry.value) }] as const,
    );
    return { ...tree, entries: new Map(entries) };
  }
  const date =
    typeof tree.value === "string" && /^(\d{4}-\d\d-\d\d) 00:00:00 \+0000 UTC$/.exec(tree.value)?.[1];
  return date ? { ...tree, value: date } : tree;
}

/** Gives every part of one tree the position that the same path has in another. */
function placed(tree: Tree, places: Tree | undefined, where: Path): Tree {
  if (places === undefined) return tree;
  const position = locate(places, where);
  if (tree.kind === "scalar") return { ...tree, ...position };
  if (tree.kind === "list") {
    return {
      ...tree,
      ...position,
      items: tree.items.map((item, index) => placed(item, places, [...where, index])),
    };
  }
  const entries = [...tree.entries].map(([key, { value }]) => {
    const inside = [...where, key];
    return [key, { ...locate(places, inside, "key"), value: placed(value, places, inside) }] as const;
  });
  return { ...tree, ...position, entries: new Map(entries) };
}

function collect(source: { tree?: Tree; problems: Problem[] }, problems: Problem[]): Tree | undefined {
  problems.push(...source.problems);
  return source.tree;
}

function readText(file: string): string | { code: string } {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? "unknown reason" };
  }
}
