/** `auth0-m2m teardown`: takes away what bootstrap made or adopted on a stack, unless the stack is protected. */
import { stackBaseName } from "../../../infra/stackSettings.ts";
import { exitCodes, ToolError, usageError } from "../../../lib/errors.ts";
import { requiredStackOption } from "../../session/stackOption.ts";
import { defineCommand } from "../../terminal/command.ts";
import { confirm, requireAnswer } from "../../terminal/confirm.ts";
import { print, printJson, say } from "../../terminal/output.ts";

export const teardown = defineCommand({
  command: "teardown",
  describe: "Delete everything that a stack manages; the inverse of bootstrap",
  examples: [
    ["$0 teardown --stack local --yes", "Empty the local stack without asking"],
    ["$0 teardown --stack dev --remove-stack", "Also forget the stack itself; its settings file stays"],
  ],
  options: (yargs) =>
    yargs
      .option("stack", requiredStackOption)
      .option("yes", { type: "boolean", default: false, describe: "Do not ask" })
      .option("remove-stack", {
        type: "boolean",
        default: false,
        describe: "Remove the empty stack as well",
      }),
  run: async (options, context) => {
    const [{ openStack, stackOption }, { loadStackModel }, { noIds, recordIds }, { preflight }, { titleOf }] =
      await Promise.all([
        import("../../session/stack.ts"),
        import("../../session/accessModel.ts"),
        import("../../session/ids.ts"),
        import("../../session/preflight/preflight.ts"),
        import("../../pulumi/engineState.ts"),
      ]);
    requireAnswer(context, options.yes, "Add --yes.");
    const stack = openStack(stackOption(options.stack), context);
    const model = await loadStackModel(stack);
    if (model.protectedStacks.includes(stackBaseName(stack.name))) throw isProtected(stack.name);
    const { pulumi, state } = await preflight(stack, model, "teardown", context);
    if (!state) {
      throw new ToolError("no_such_stack", `There is no stack ${stack.name}.`, {
        exitCode: exitCodes.noStack,
      });
    }
    if (state.managed.some(({ protect }) => protect)) throw isProtected(stack.name);
    const tenant = stack.env.AUTH0_DOMAIN ?? "its tenant";
    if (state.managed.length > 0) {
      say(context, `This deletes what stack ${stack.name} manages in ${tenant}:`);
      for (const resource of state.managed) say(context, `  ${titleOf(resource)} (${resource.id})`);
      say(context, "Adopted APIs and applications go as well: their ids and secrets do not come back.");
      if (!options.yes && !(await confirm(context, "Delete them?"))) {
        say(context, "Nothing was changed.");
        return exitCodes.done;
      }
    }
    if (state.pendingOperations > 0) {
      say(
        context,
        "An earlier run was interrupted: what it was just making may be left. `auth0-m2m bootstrap` finds and adopts it.",
      );
    }
    await pulumi.must(["destroy", "--yes", "--skip-preview"], { shown: true });
    await recordIds(stack, noIds);
    if (options.removeStack) await pulumi.must(["stack", "rm", "--yes", "--preserve-config"]);
    const deleted = state.managed.map((resource) => ({ title: titleOf(resource), id: resource.id }));
    if (options.json) {
      printJson(context, { stack: stack.name, deleted, stackRemoved: options.removeStack });
    } else print(context, `The stack ${stack.name} is ${options.removeStack ? "gone" : "empty"}.`);
    return exitCodes.done;
  },
});

function isProtected(stack: string): ToolError {
  return usageError(
    `The stack ${stack} is protected.`,
    "To take it down on purpose, take it out of protectedStacks, run `pulumi up`, and then this again.",
  );
}
