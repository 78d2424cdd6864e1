/** Which stacks have settings: a `Pulumi.<stack>.yaml` beside Pulumi.yaml. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { errorCode, exitCodes, ToolError, usageError } from "../../lib/errors.ts";
import { stackFile } from "./project.ts";

/** Their names, sorted. @throws {ToolError} exit 2 where the folder cannot be read */
export function stacksWithSettings(root: string): string[] {
  try {
    return readdirSync(root)
      .map((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1])
      .filter((name) => name !== undefined)
      .sort();
  } catch (cause) {
    throw usageError(`${root} cannot be read.`, `Check its permissions (${errorCode(cause)}).`);
  }
}

/**
 * Refuses a stack that has none: its overrides cannot be shown, and its name is probably misspelt.
 * @throws {ToolError} `no_such_stack`, exit 6, naming those that have
 */
export function assertSettings(root: string, stack: string): void {
  const file = path.basename(stackFile(root, stack));
  const known = stacksWithSettings(root);
  if (known.some((name) => path.basename(stackFile(root, name)) === file)) return;
  throw new ToolError("no_such_stack", `There is no ${file} beside Pulumi.yaml.`, {
    exitCode: exitCodes.noStack,
    hint: `Stacks with settings: ${known.join(", ") || "none"}. Without --stack, the model is taken without overrides.`,
  });
}
