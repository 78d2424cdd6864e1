/** Short forms for the tests of rotations on the local stack. */
import type { Fault, FaultOrder } from "../../../local/tenant/faults.ts";
import { readStackOutputs, type StackOutputs } from "../../../scripts/lib/pulumi.ts";
import type { CommandResult } from "../../helpers/commandLine.ts";
import type { LocalStack } from "../../helpers/localStack.ts";

const never = new AbortController().signal;

/** Makes the empty tenant what the model says, by the engine alone. */
export async function bringUp({ pulumi }: LocalStack): Promise<StackOutputs> {
  await pulumi.must(["stack", "init", "--no-select"], { signal: never });
  await pulumi.must(["up", "--yes", "--skip-preview"], { signal: never });
  return readStackOutputs(pulumi, { signal: never });
}

/** Runs `timesheets <argv> --stack local`. */
export function local(stack: LocalStack, ...argv: string[]): Promise<CommandResult> {
  return stack.run([...argv, "--stack", "local"]);
}

/** One request that matches gets another answer, after `skip` that get their own. */
export function faultOrder(method: string, path: string, answer: Fault, skip = 0): FaultOrder {
  // biome-ignore lint/suspicious/noThenProperty: the name on the wire; the order is never awaited
  return { method, path, count: 1, skip, then: answer };
}
