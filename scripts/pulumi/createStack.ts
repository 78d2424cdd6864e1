/** Creates a stack that was not there a moment ago. */
import { type Pulumi, pulumiError } from "./pulumi.ts";

/**
 * Creates the stack, without selecting it. It may be there by now: the engine of a run that was killed finishes what it
 * was doing.
 * @throws {ToolError} with the engine's own words
 */
export async function createStack(pulumi: Pulumi): Promise<void> {
  const args = ["stack", "init", "--no-select"];
  const result = await pulumi.run(args);
  if (result.code !== 0 && !/stack '[^']*' already exists/.test(result.stderr))
    throw pulumiError(args, result);
}
