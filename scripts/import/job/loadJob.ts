/** Reads a job file and reports everything that is wrong with it, each with its line and what to do. */
import { readFile, stat } from "node:fs/promises";
import type * as z from "zod";
import { describeProblem, type Path, type Problem, showPath } from "../../../infra/model/problem.ts";
import { readYaml } from "../../../infra/model/source.ts";
import { suggestion } from "../../../infra/model/suggest.ts";
import { locate, plainValue, type Tree } from "../../../infra/model/tree.ts";
import { errorCode, exitCodes, messageOf, ToolError, usageError } from "../../../lib/errors.ts";
import { jobJsonSchema } from "./jsonSchema.ts";
import { referenceProblems } from "./references.ts";
import { type Job, jobSchema } from "./schema.ts";

const whereToStart =
  "Name it: `timesheets-import check FILE`. docs/import.md shows a whole one; the import of timesheets needs none.";

/**
 * @param file Absolute path.
 * @param name What messages call it.
 * @throws {ToolError} `job_file`, exit 2, with every problem at once
 */
export async function loadJob(file: string, name = file): Promise<Job> {
  const text = await readText(file, name).catch((error: unknown) => {
    if (error instanceof ToolError) throw error;
    const code = errorCode(error);
    if (code === "ENOENT") throw usageError(`There is no job file ${name}.`, whereToStart);
    throw usageError(`The job file ${name} cannot be read (${code ?? messageOf(error)}).`);
  });
  return parseJob(text, name);
}

/** Bytes; a job file of ten thousand fields is smaller. */
const largest = 4 * 1024 * 1024;

/** Of a regular file alone: a pipe may say nothing for ever, and nothing could stop the reading of it. */
async function readText(file: string, name: string): Promise<string> {
  const status = await stat(file);
  if (!status.isFile()) {
    throw usageError(
      `The job file ${name} is not a regular file.`,
      "Write the job into a file, and name that.",
    );
  }
  if (status.size > largest) {
    throw usageError(`The job file ${name} is larger than ${largest >> 20} MiB.`, "Is it the input?");
  }
  return readFile(file, "utf8");
}

/** The same for a text. */
export function parseJob(text: string, name: string): Job {
  if (text.trim() === "") throw jobError([emptyFile(name)]);
  const { tree, problems } = readYaml(text, name);
  if (!tree) throw jobError(isEmpty(text) || problems.length === 0 ? [emptyFile(name)] : problems);
  const value = plainValue(tree);
  const { success, data, error } = jobSchema.safeParse(value);
  const found = success
    ? referenceProblems(data, tree)
    : error.issues.flatMap((issue) => translate(issue, value, tree));
  if (!success || problems.length + found.length > 0) throw jobError([...problems, ...found]);
  return data;
}

/** True for comments and ends of lines alone. */
function isEmpty(text: string): boolean {
  return text.split(/\r?\n/).every((line) => /^\s*(?:#.*)?$/.test(line));
}

function emptyFile(file: string): Problem {
  return {
    file,
    line: 1,
    column: 1,
    path: "",
    message: "the file is empty",
    fix: "Start it with `endpoint:` and `fields:`.",
  };
}

function jobError(problems: readonly Problem[]): ToolError {
  const sorted = problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
  return new ToolError("job_file", sorted.map(describeProblem).join("\n"), {
    exitCode: exitCodes.usage,
    hint:
      sorted.length === 1 ? "The job file has one problem." : `The job file has ${sorted.length} problems.`,
  });
}

function translate(issue: z.core.$ZodIssue, value: unknown, tree: Tree): Problem[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  const shape = shapeAt(path);
  const fix = shape?.description ?? "docs/import.md shows a whole job file.";
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...locate(tree, [...path, key], "key"),
      path: showPath(path),
      message: `unknown key ${JSON.stringify(key)}`,
      fix: suggestion(key, Object.keys(shape?.properties ?? {}), "Remove it."),
    }));
  }
  if (issue.code === "invalid_key") {
    const message = `the key must be ${issue.issues[0]?.message ?? "a plain word"}`;
    return [{ ...locate(tree, path, "key"), path: showPath(path), message, fix: "Rename it." }];
  }
  const given = follow(value, path);
  const message =
    given === undefined
      ? "this is missing"
      : given === null
        ? "this has no value"
        : `must be ${issue.message}`;
  return [{ ...locate(tree, path), path: showPath(path), message, fix }];
}

interface Shape {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
}

const isShape = (value: unknown): value is Shape => typeof value === "object" && value !== null;

/** What the JSON Schema says of a place: its description is what to write there. */
function shapeAt(path: Path): Shape | undefined {
  let shape: unknown = jobJsonSchema();
  for (const step of path) {
    if (!isShape(shape)) return undefined;
    shape = typeof step === "number" ? shape.items : (shape.properties?.[step] ?? shape.additionalProperties);
  }
  return isShape(shape) ? shape : undefined;
}

function follow(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}
