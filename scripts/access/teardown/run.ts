/** A teardown from its options to its exit code: look, ask, destroy, forget the ids. */
import { stackBaseName } from "../../../infra/stackSettings.ts";
import { type ExitCode, exitCodes, ToolError, usageError } from "../../../lib/errors.ts";
import { plainText } from "../../../lib/text.ts";
import { titleOf } from "../../pulumi/engineState.ts";
import { noIds, recordIds } from "../../session/ids.ts";
import { preflight } from "../../session/preflight/preflight.ts";
import { openSession } from "../../session/session.ts";
import type { Context } from "../../terminal/command.ts";
import { confirm, requireAnswer } from "../../terminal/confirm.ts";
import { print, printJson, say } from "../../terminal/output.ts";

export interface TeardownOptions {
  readonly stack: string;
  readonly yes: boolean;
  readonly removeStack: boolean;
  readonly json: boolean;
}

export async function teardownStack(options: TeardownOptions, context: Context): Promise<ExitCode> {
  requireAnswer(context, options.yes, "Add --yes.");
  const session = await openSession(options.stack, context, { plugin: true, enterTenant: true });
  const { stack, model } = session;
  if (model.protectedStacks.includes(stackBaseName(stack.name))) throw isProtected(stack.name);
  const { state } = await preflight(session, "teardown");
  if (!state) {
    throw new ToolError("no_such_stack", `There is no stack ${stack.name}.`, { exitCode: exitCodes.noStack });
  }
  if (state.managed.some(({ protect }) => protect)) throw isProtected(stack.name);
  if (state.managed.length > 0) {
    say(
      context,
      `This deletes what stack ${stack.name} manages in ${stack.env.AUTH0_DOMAIN ?? "its tenant"}:`,
    );
    for (const resource of state.managed) say(context, plainText(`  ${titleOf(resource)} (${resource.id})`));
    say(context, "Adopted APIs and applications go as well: their ids and secrets do not come back.");
    if (!options.yes && !(await confirm(context, "Delete them?"))) {
      say(context, "Nothing was changed.");
      return exitCodes.done;
    }
  }
  if (state.pendingOperations > 0) {
    session.report({
      level: "warning",
      code: "interrupted_earlier",
      message:
        "An earlier run was interrupted: what it was just making may be left. `auth0-m2m bootstrap` finds and adopts it.",
    });
  }
  const pulumi = await session.pulumi();
  await pulumi.must(["destroy", "--yes", "--skip-preview"], { shown: true });
  await recordIds(stack, noIds);
  if (options.removeStack) await pulumi.must(["stack", "rm", "--yes", "--preserve-config"]);
  const deleted = state.managed.map((resource) => ({ title: titleOf(resource), id: resource.id }));
  if (options.json) {
    printJson(context, { stack: stack.name, deleted, stackRemoved: options.removeStack });
  } else print(context, `The stack ${stack.name} is ${options.removeStack ? "gone" : "empty"}.`);
  return exitCodes.done;
}

function isProtected(stack: string): ToolError {
  return usageError(
    `The stack ${stack} is protected.`,
    "To take it down on purpose, take it out of protectedStacks, run `pulumi up`, and then this again.",
  );
}
