/** The access model for commands: what is wrong with it becomes exit code 2. */
import type { AccessModel, AccessModelSource } from "../../infra/accessModel.ts";
import { exitCodes, ToolError } from "../../lib/errors.ts";
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

/** The same for a stack, with its overrides. @param rules Whether the rules apply. @default false */
export function loadStackModel(
  { root, project, accessModelFile, name, settingsFile, env }: Omit<Stack, "idsFile" | "local">,
  { rules = false }: { readonly rules?: boolean } = {},
): Promise<AccessModel> {
  const source = { root, project, file: accessModelFile, stack: name, stackFile: settingsFile, env };
  return rules ? loadRuledModel(source) : loadModel(source);
}

/**
 * The same with the rules applied, for commands that change a tenant.
 * @throws {ToolError} `access_model`, exit code 2, with every problem at once
 */
export async function loadRuledModel(source: AccessModelSource): Promise<AccessModel> {
  const [{ AccessModelError }, { loadCheckedModel }] = await Promise.all([
    import("../../infra/accessModel.ts"),
    import("../../infra/policy.ts"),
  ]);
  try {
    return loadCheckedModel(source);
  } catch (error) {
    if (error instanceof AccessModelError) throw modelError(error);
    throw error;
  }
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
