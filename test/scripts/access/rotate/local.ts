/** Short forms for the tests of rotations on the local stack. */
import { readStackOutputs, type StackOutputs } from "../../../../scripts/pulumi/pulumi.ts";
import type { CommandResult } from "../../../helpers/commandLine.ts";
import type { LocalStack } from "../../../helpers/localStack.ts";

const never = new AbortController().signal;

/** Makes the empty tenant what the model says, by the engine alone. */
export async function bringUp({ pulumi }: LocalStack): Promise<StackOutputs> {
  await pulumi.must(["stack", "init", "--no-select"], { signal: never });
  await pulumi.must(["up", "--yes", "--skip-preview"], { signal: never });
  return readStackOutputs(pulumi, { signal: never });
}

/** Runs `auth0-m2m <argv> --stack local`. */
export function local(stack: LocalStack, ...argv: string[]): Promise<CommandResult> {
  return stack.run([...argv, "--stack", "local"]);
}
