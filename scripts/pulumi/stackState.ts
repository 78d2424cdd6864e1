/** Reads what the state backend holds of a stack, past what a killed engine left in its way. */
import { exitCodes, ToolError } from "../../lib/errors.ts";
import { type EngineState, readEngineState } from "./engineState.ts";
import { type EngineStack, type Pulumi, pulumiError } from "./pulumi.ts";
import { dropTornMetadata, isUntouched } from "./stateFolder.ts";

/** The stack as the backend has it; undefined where there is no such stack. @throws as `exportState` */
export async function readState(
  pulumi: Pulumi,
  stack: Pick<EngineStack, "env">,
): Promise<EngineState | undefined> {
  const exported = await exportState(pulumi, stack);
  return exported === undefined ? undefined : readEngineState(exported);
}

/**
 * The stack as JSON, its secrets encrypted; undefined where there is no such stack.
 * @throws {ToolError} where the backend cannot be reached, or answers with something else
 */
export async function exportState(
  pulumi: Pulumi,
  { env }: Pick<EngineStack, "env">,
): Promise<string | undefined> {
  if (isUntouched(env.PULUMI_BACKEND_URL)) return undefined;
  const args = ["stack", "export"];
  let result = await pulumi.run(args);
  if (/\bEOF\b/.test(result.stderr) && (await dropTornMetadata(env.PULUMI_BACKEND_URL))) {
    result = await pulumi.run(args);
  }
  if (result.code === 0) return result.stdout;
  if (/no stack named/i.test(result.stderr)) return undefined;
  throw pulumiError(args, { ...result, stdout: "" });
}

/** Exit code 6, for a command that needs the stack to be there. */
export function noSuchStack(name: string): ToolError {
  return new ToolError("no_such_stack", `There is no stack ${name}.`, { exitCode: exitCodes.noStack });
}
