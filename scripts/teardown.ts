/** `timesheets teardown`: takes away what bootstrap made or adopted on a stack, unless the stack is protected. */
import { defineCommand } from "./lib/command.ts";
import { confirm, requireAnswer } from "./lib/confirm.ts";
import { exitCodes, usageError } from "./lib/errors.ts";
import { print, printJson, say } from "./lib/output.ts";

export const teardown = defineCommand({
  command: "teardown",
  describe: "Delete everything that a stack manages; the inverse of bootstrap",
  examples: [
    ["$0 teardown --stack local --yes", "Empty the local stack without asking"],
    ["$0 teardown --stack dev --remove-stack", "Also forget the stack itself; its settings file stays"],
  ],
  options: (yargs) =>
    yargs
      .option("stack", { type: "string", demandOption: true, requiresArg: true, describe: "The stack" })
      .option("yes", { type: "boolean", default: false, describe: "Do not ask" })
      .option("remove-stack", {
        type: "boolean",
        default: false,
        describe: "Remove the empty stack as well",
      }),
  run: async (options, context) => {
    const [{ openStack, stackOption }, { loadModel }, { openEngine }, { noIds, readIds, recordIds }] =
      await Promise.all([
        import("./lib/stack.ts"),
        import("./lib/accessModel.ts"),
        import("./lib/engine.ts"),
        import("./lib/ids.ts"),
      ]);
    requireAnswer(context, options.yes, "Add --yes.");
    const stack = openStack(stackOption(options.stack), context);
    const model = await loadModel({
      file: stack.accessModelFile,
      stack: stack.name,
      stackFile: stack.settingsFile,
    });
    if (model.protectedStacks.includes(stack.name)) {
      throw usageError(
        `The stack ${stack.name} is protected.`,
        "To take it down on purpose, take it out of protectedStacks, run `pulumi up`, and then this again.",
      );
    }
    const pulumi = await openEngine(stack, context);
    const ids = await readIds(stack);
    const count = [ids.apis, ids.applications, ids.grants].reduce(
      (sum, part) => sum + Object.keys(part).length,
      0,
    );
    const tenant = stack.env.AUTH0_DOMAIN ?? "its tenant";
    say(
      context,
      `This deletes what stack ${stack.name} manages in ${tenant}${count > 0 ? ` (${count} objects)` : ""}.`,
    );
    say(context, "Adopted APIs and applications go as well: their ids and secrets do not come back.");
    if (!options.yes && !(await confirm(context, "Delete them?"))) {
      say(context, "Nothing was changed.");
      return exitCodes.done;
    }
    const { signal } = context;
    const onOutput = (text: string) => context.stderr.write(text);
    await pulumi.must(["destroy", "--yes", "--skip-preview"], { signal, onOutput });
    await recordIds(stack, noIds);
    if (options.removeStack) await pulumi.must(["stack", "rm", "--yes", "--preserve-config"], { signal });
    if (options.json)
      printJson(context, { stack: stack.name, deleted: true, stackRemoved: options.removeStack });
    else print(context, `The stack ${stack.name} is ${options.removeStack ? "gone" : "empty"}.`);
    return exitCodes.done;
  },
});
