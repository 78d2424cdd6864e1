/** The access model for commands: what is wrong with it becomes exit code 2. */
import type { AccessModel, AccessModelSource, Problem } from "../../infra/accessModel.ts";
import { describeProblem } from "../../infra/model/problem.ts";
import { exitCodes, ToolError } from "../../lib/errors.ts";
import { noReport, type Report, type ReportEvent } from "../../lib/report.ts";
import type { Stack } from "./stack.ts";

/**
 * Reads and validates the model; its rules are `auth0-m2m model --check`'s business and the program's.
 * @throws {ToolError} `access_model`, exit code 2, with every problem at once
 */
export async function loadModel(source: AccessModelSource): Promise<AccessModel> {
  const { AccessModelError, loadAccessModel } = await import("../../infra/accessModel.ts");
  try {
    return loadAccessModel(source);
  } catch (error) {
    if (error instanceof AccessModelError) throw modelError(error);
    throw error;
  }
}

export interface RuleOptions {
  /** Whether what a rule only warns of is a problem too. @default false */
  readonly warningsAsErrors?: boolean;
  /** Gets the rules' warnings. @default nobody */
  readonly report?: Report;
}

/** The same for a stack, with its overrides. @param rules Absent where the rules do not apply. */
export function loadStackModel(
  { root, project, accessModelFile, name, settingsFile, env }: Omit<Stack, "idsFile" | "local">,
  rules?: RuleOptions,
): Promise<AccessModel> {
  const source = { root, project, file: accessModelFile, stack: name, stackFile: settingsFile, env };
  return rules ? loadRuledModel(source, rules) : loadModel(source);
}

/**
 * The same with the rules applied, for commands that change a tenant.
 * @throws {ToolError} `access_model`, exit code 2, with every problem at once
 */
export async function loadRuledModel(
  source: AccessModelSource,
  { warningsAsErrors = false, report = noReport }: RuleOptions = {},
): Promise<AccessModel> {
  const [{ AccessModelError }, { checkModel }] = await Promise.all([
    import("../../infra/accessModel.ts"),
    import("../../infra/policy.ts"),
  ]);
  try {
    const { model, warnings } = checkModel(source);
    if (warningsAsErrors && warnings.length > 0) throw new AccessModelError(warnings);
    for (const warning of warnings) report(warningEvent(warning));
    return model;
  } catch (error) {
    if (!(error instanceof AccessModelError)) throw error;
    const all = warningsAsErrors ? [...error.problems, ...error.warnings] : error.problems;
    throw modelError(new AccessModelError(all));
  }
}

/** What is reported of a model that breaks a rule which only warns. */
export function warningEvent(warning: Problem): ReportEvent {
  return { level: "warning", code: "access_model", message: describeProblem(warning), data: { ...warning } };
}

/** The error that a command ends with when the model has problems. */
export function modelError(cause: Error & { problems: readonly unknown[] }): ToolError {
  const count = cause.problems.length;
  return new ToolError("access_model", cause.message, {
    exitCode: exitCodes.usage,
    hint: count === 1 ? "The access model has one problem." : `The access model has ${count} problems.`,
    cause,
  });
}
