/** Short forms for the tests of rotations on the local stack. */
import { readStackOutputs, type StackOutputs } from "../../../../scripts/pulumi/pulumi.ts";
import type { CommandResult } from "../../../helpers/commandLine.ts";
import type { LocalStack } from "../../../helpers/localStack.ts";

/** Makes the empty tenant what the model says, by the engine alone. */
export async function bringUp({ pulumi }: LocalStack): Promise<StackOutputs> {
  await pulumi.must(["stack", "init", "--no-select"]);
  await pulumi.must(["up", "--yes", "--skip-preview"]);
  return readStackOutputs(pulumi);
}

/** Runs `auth0-m2m <argv> --stack local`. */
export function local(stack: LocalStack, ...argv: string[]): Promise<CommandResult> {
  return stack.run([...argv, "--stack", "local"]);
}
