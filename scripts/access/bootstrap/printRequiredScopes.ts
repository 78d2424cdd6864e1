/** The scopes that a bootstrap needs, printed for the maker of the management application. */
import { type ExitCode, exitCodes } from "../../../lib/errors.ts";
import { loadRuledModel } from "../../session/accessModel.ts";
import { requiredScopes } from "../../session/preflight/requiredScopes.ts";
import { accessModelSource, findProjectRoot } from "../../session/project.ts";
import type { Context } from "../../terminal/command.ts";
import { print, printJson } from "../../terminal/output.ts";

/** Opens no session: there may be no credential yet. */
export async function printRequiredScopes(
  options: { readonly stack: string; readonly json: boolean },
  context: Context,
): Promise<ExitCode> {
  const stack = options.stack;
  const model = await loadRuledModel(accessModelSource(findProjectRoot(context.cwd), context.env, stack));
  const scopes = requiredScopes(model, "bootstrap");
  if (options.json) printJson(context, { stack, scopes });
  else for (const scope of scopes) print(context, scope);
  return exitCodes.done;
}
