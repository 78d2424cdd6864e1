/** What a job file says twice or of what is not there: fields that do not exist, and settings that do not go together. */
import { type Path, type Problem, showPath } from "../../../infra/model/problem.ts";
import { suggestion } from "../../../infra/model/suggest.ts";
import { locate, type Tree } from "../../../infra/model/tree.ts";
import { dateReader } from "../read/dateFormat.ts";
import type { FieldRule, Job } from "./schema.ts";

/** The problems of a job whose shape is right. */
export function referenceProblems(job: Job, tree: Tree): Problem[] {
  const problem = (path: Path, message: string, fix: string): Problem => ({
    ...locate(tree, path),
    path: showPath(path),
    message,
    fix,
  });
  const names = Object.keys(job.fields);
  const unknown = (path: Path, name: string) =>
    problem(
      path,
      `there is no field ${JSON.stringify(name)}`,
      suggestion(name, names, "Name one of the fields."),
    );
  const problems = job.key.flatMap((name, index) =>
    names.includes(name) ? [] : [unknown(["key", index], name)],
  );
  for (const [index, name] of job.key.entries()) {
    if (job.key.indexOf(name) === index) continue;
    problems.push(problem(["key", index], `${name} is named twice`, "Name it once."));
  }
  if (job.exactlyOnce && job.key.length === 0) {
    const fix = "Name the fields in `key`, or leave exactlyOnce out.";
    problems.push(problem(["exactlyOnce"], "an API that stores an entry once knows it by a key", fix));
  }
  if (Object.values(job.fields).every((rule) => !isRead(rule))) {
    problems.push(problem(["fields"], "no field is read from the input", "Give one of them a column."));
  }
  for (const [name, rule] of Object.entries(job.fields)) {
    const at = (setting: string): Path => ["fields", name, setting];
    const origins = (["column", "path", "constant", "computed"] as const).filter(
      (origin) => rule[origin] !== undefined,
    );
    for (const origin of origins.slice(1)) {
      problems.push(
        problem(at(origin), `${origins[0]} says already where the value comes from`, "Keep one of the two."),
      );
    }
    for (const [, other = ""] of rule.computed?.matchAll(placeholder) ?? []) {
      const source = job.fields[other];
      if (!source) problems.push(unknown(at("computed"), other));
      else if (source.computed !== undefined) {
        problems.push(
          problem(at("computed"), `${other} is computed itself`, "Write out what it is made from."),
        );
      }
    }
    for (const setting of misplaced(rule)) {
      problems.push(
        problem(at(setting), `a ${rule.type} has no such setting`, `It belongs to ${belongsTo[setting]}.`),
      );
    }
    if (rule.constant !== undefined && rule.constant !== "" && typeof rule.constant !== kinds[rule.type]) {
      const fix =
        typeof rule.constant === "string" ? "Leave `type` out." : `Add \`type: ${typeof rule.constant}\`.`;
      problems.push(problem(at("constant"), `this is no ${rule.type}`, fix));
    }
    const wrong = (rule.oneOf ?? []).findIndex((value) => !mayBe(value, rule.type));
    if (wrong >= 0) {
      const fix = `No ${rule.type} is ever equal to it: correct it, or change the type.`;
      problems.push(problem(["fields", name, "oneOf", wrong], `this is no ${rule.type}`, fix));
    }
    const { over, least, most } = rule;
    if (most !== undefined && ((least ?? most) > most || (over !== undefined && over >= most))) {
      const fix = "Exchange them, or leave one out.";
      problems.push(
        problem(
          at("most"),
          `no number is at most ${most} and ${least === undefined ? "over" : "at least"} ${least ?? over}`,
          fix,
        ),
      );
    }
    if (rule.format !== undefined && !isDateFormat(rule.format)) {
      problems.push(
        problem(at("format"), "this is no date format", "Write it like DD/MM/YYYY, M/D/YY or excel."),
      );
    }
    if (rule.pattern !== undefined && !isPattern(rule.pattern)) {
      problems.push(
        problem(at("pattern"), "this is no regular expression", "Look for a bracket that is not closed."),
      );
    }
  }
  return problems;
}

/** `{customer}` in a computed field. */
const placeholder = /\{([^{}]+)\}/g;

function isRead({ constant, computed }: FieldRule): boolean {
  return constant === undefined && computed === undefined;
}

const kinds = { text: "string", date: "string", day: "string", number: "number", boolean: "boolean" };

/** True where a field of the type may have this value; a text may be written as a number. */
function mayBe(value: string | number | boolean, type: FieldRule["type"]): boolean {
  return typeof value === kinds[type] || (type === "text" && typeof value === "number");
}

/** The types that take a setting. */
const belongsTo = {
  longest: "text",
  pattern: "text",
  format: "date and day",
  decimal: "number",
  over: "number",
  least: "number",
  most: "number",
  decimals: "number",
  as: "number",
} as const;

function misplaced(rule: FieldRule): (keyof typeof belongsTo)[] {
  return (Object.keys(belongsTo) as (keyof typeof belongsTo)[]).filter(
    (setting) => rule[setting] !== undefined && !belongsTo[setting].split(" and ").includes(rule.type),
  );
}

function isDateFormat(text: string): boolean {
  return succeeds(() => dateReader(text, "format"));
}

function isPattern(text: string): boolean {
  return succeeds(() => new RegExp(text, "u"));
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
