/** What the rules say of an access model, and the exceptions from them. */
import {
  type AccessModel,
  AccessModelError,
  type AccessModelSource,
  type Exception,
  type Problem,
  readAccessModel,
  type SoundParts,
} from "./accessModel.ts";
import type { Locate } from "./model/parts.ts";
import { type Path, showPath } from "./model/problem.ts";
import { ruleNames } from "./model/schema.ts";
import { type Breach, rules } from "./rules.ts";

/** A rule that an object breaks. */
export interface Violation extends Breach {
  rule: (typeof ruleNames)[number];
  /** The API or application, e.g. `apis.timesheets`, as an exception's `on` names it. */
  on: string;
}

/** Every rule that the model breaks, exceptions not considered. */
export function violations(model: SoundParts): Violation[] {
  return ruleNames.flatMap((rule) =>
    rules[rule].breaches(model).map((found) => ({ rule, on: showPath(found.path.slice(0, 2)), ...found })),
  );
}

/**
 * The rules' verdict: violations that no exception covers, and exceptions that are expired or cover nothing; those of a
 * rule that only warns are warnings.
 */
export function policyProblems(model: SoundParts, locate: Locate, today: Date): Problem[] {
  const found = violations(model);
  const excused = (violation: Violation) =>
    model.exceptions.some((exception) => exception !== undefined && covers(exception, violation));
  const problem = (rule: Violation["rule"], path: Path, message: string, fix: string): Problem => {
    const { severity } = rules[rule];
    return {
      ...locate(path),
      path: showPath(path),
      message,
      fix,
      ...(severity === "warning" && { severity }),
    };
  };
  const broken = found
    .filter((violation) => !rules[violation.rule].isRead && !excused(violation))
    .map(({ rule, path, message, fix }) => {
      const exceptionally = "Where it has to be, add an exception with a reason and an end date.";
      return problem(rule, path, `${message} (rule ${rule})`, `${fix} ${exceptionally}`);
    });
  const outdated = model.exceptions.flatMap((exception, index) => {
    // What is said of an object that the model does not have is reported already.
    if (exception === undefined || !has(model, exception.on)) return [];
    const { rule, on, until } = exception;
    if (!found.some((violation) => covers(exception, violation))) {
      const fix = "Remove the exception; nothing needs it.";
      return [problem(rule, ["exceptions", index], `${on} does not break the rule ${rule}`, fix)];
    }
    if (until >= today.toISOString().slice(0, 10)) return [];
    const message = `the exception from ${rule} for ${on} ended on ${until}`;
    return [
      problem(
        rule,
        ["exceptions", index, "until"],
        message,
        "Fix what it was for, or agree on a new end date.",
      ),
    ];
  });
  return [...broken, ...outdated];
}

function covers(exception: Exception, { rule, on }: Violation): boolean {
  return exception.rule === rule && exception.on === on;
}

function has({ apis, applications }: SoundParts, on: string): boolean {
  return (
    Object.keys(apis).some((key) => on === `apis.${key}`) ||
    Object.keys(applications).some((key) => on === `applications.${key}`)
  );
}

/** A model within the rules, and what they warn of. */
export interface CheckedModel {
  model: AccessModel;
  warnings: Problem[];
}

/**
 * The model, whole and within the rules, with their warnings.
 * @throws {AccessModelError} with every problem of both kinds at once, warnings excluded
 */
export function checkModel(source: AccessModelSource = {}, today: Date = new Date()): CheckedModel {
  const { model, sound, problems, locate } = readAccessModel(source);
  const all = [...problems, ...policyProblems(sound, locate, today)];
  const warnings = all.filter(({ severity }) => severity === "warning");
  const errors = all.filter(({ severity }) => severity === undefined);
  if (model === undefined || errors.length > 0) throw new AccessModelError(errors, warnings);
  return { model, warnings };
}

/** The model of {@link checkModel}, for those who report no warnings. */
export function loadCheckedModel(source: AccessModelSource = {}, today: Date = new Date()): AccessModel {
  return checkModel(source, today).model;
}
