/** `model --check`: every problem of a model and what its rules warn of, for the file and for every stack. */
import type { AccessModelSource, Problem } from "../../../infra/accessModel.ts";
import { type ExitCode, exitCodes } from "../../../lib/errors.ts";
import { modelError, warningEvent } from "../../session/accessModel.ts";
import type { Context } from "../../terminal/command.ts";
import { printJson, say } from "../../terminal/output.ts";
import { createReporter } from "../../terminal/reporter.ts";

export interface CheckOptions {
  readonly json: boolean;
  readonly warningsAsErrors: boolean;
}

/** Checks the model of each source; what the file itself gets wrong is wrong for every stack, and reported once. */
export async function checkModels(
  sources: readonly AccessModelSource[],
  { json, warningsAsErrors }: CheckOptions,
  context: Context,
): Promise<ExitCode> {
  const { AccessModelError } = await import("../../../infra/accessModel.ts");
  const { problems, warnings } = await findings(sources);
  const stacks = sources.flatMap(({ stack }) => (stack === undefined ? [] : [stack]));
  const failures = warningsAsErrors ? [...problems, ...warnings] : problems;
  if (!json && !warningsAsErrors) {
    const report = createReporter(context);
    for (const warning of warnings) report(warningEvent(warning));
  }
  if (failures.length === 0) {
    if (json) printJson(context, { problems, warnings, stacks });
    else say(context, `The access model is sound${stacks.length ? `, also for ${stacks.join(", ")}` : ""}.`);
    return exitCodes.done;
  }
  const error = modelError(new AccessModelError(failures));
  if (!json) throw error;
  const { code, message, hint = null } = error;
  printJson(context, { error: { code, message, hint }, problems, warnings, stacks });
  return error.exitCode;
}

async function findings(sources: readonly AccessModelSource[]) {
  const { AccessModelError, describeProblem } = await import("../../../infra/accessModel.ts");
  const { checkModel } = await import("../../../infra/policy.ts");
  const problems = new Map<string, Problem>();
  const warnings = new Map<string, Problem>();
  const keep = (kept: Map<string, Problem>, found: readonly Problem[]) => {
    for (const problem of found) kept.set(describeProblem(problem), problem);
  };
  for (const source of sources) {
    try {
      keep(warnings, checkModel(source).warnings);
    } catch (error) {
      if (!(error instanceof AccessModelError)) throw error;
      keep(problems, error.problems);
      keep(warnings, error.warnings);
    }
  }
  return { problems: [...problems.values()], warnings: [...warnings.values()] };
}
