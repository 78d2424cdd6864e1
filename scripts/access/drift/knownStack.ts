/** Distinguishes a misspelt stack from one that was never given a settings file. */
import { closest } from "../../../infra/model/suggest.ts";
import { stackBaseName } from "../../../infra/stackSettings.ts";
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import { localStack } from "../../session/localRecord.ts";
import { stacksWithSettings } from "../../session/stackSettings.ts";

/**
 * Refuses a stack without a settings file where others have one, or where its name is nearly that of another: it would be
 * compared without its overrides and its ids. A checkout whose stacks have no files gives no means to notice one.
 * @throws {ToolError} `no_such_stack`, exit 6, naming those that have
 */
export function assertKnown(root: string, stack: string): void {
  const known = stacksWithSettings(root);
  const name = stackBaseName(stack);
  if (known.includes(name)) return;
  const near = closest(name, known);
  if (near === undefined && known.every((other) => other === localStack)) return;
  throw new ToolError("no_such_stack", `There is no Pulumi.${name}.yaml beside Pulumi.yaml.`, {
    exitCode: exitCodes.noStack,
    hint:
      `${near === undefined ? "" : `Did you mean ${near}? `}Stacks with settings: ${known.join(", ")}. ` +
      "bootstrap writes that file; where there is nothing to override, `config: {}` in it is enough.",
  });
}
