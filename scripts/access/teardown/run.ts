/** A teardown from its options to its exit code: look, ask, destroy, forget the ids. */
import { stackBaseName } from "../../../infra/stackSettings.ts";
import { type ExitCode, exitCodes, ToolError, usageError } from "../../../lib/errors.ts";
import { plainText } from "../../../lib/text.ts";
import { type ManagedResource, titleOf, titleWithId } from "../../pulumi/engineState.ts";
import { entriesOf, grantsOfOthers, partsOf, urnsOf } from "../../pulumi/release.ts";
import { noSuchStack } from "../../pulumi/stackState.ts";
import { editState, removeFromState } from "../../pulumi/stateEdit.ts";
import { noIds, readIds, recordIds } from "../../session/ids.ts";
import { preflight } from "../../session/preflight/preflight.ts";
import { openSession } from "../../session/session.ts";
import type { Context } from "../../terminal/command.ts";
import { confirm, confirmDeletion, requireAnswer } from "../../terminal/confirm.ts";
import { print, printJson, say } from "../../terminal/output.ts";
import { assertGone, assertThere } from "./presence.ts";

export interface TeardownOptions {
  readonly stack: string;
  readonly yes: boolean;
  readonly adopted?: "release" | "delete" | undefined;
  readonly removeStack: boolean;
  readonly json: boolean;
}

export async function teardownStack(options: TeardownOptions, context: Context): Promise<ExitCode> {
  requireAnswer(context, options.yes, "Add --yes.");
  const session = await openSession(options.stack, context, { plugin: true, enterTenant: true });
  const { stack, model } = session;
  if (model.protectedStacks.includes(stackBaseName(stack.name))) throw isProtected(stack.name);
  const { state } = await preflight(session, "teardown");
  if (!state) throw noSuchStack(stack.name);
  if (state.managed.some(({ protect }) => protect)) throw isProtected(stack.name);
  const targets = entriesOf(state);
  const { created = [] } = await readIds(stack);
  const adoptedEntries = targets.filter(({ resource }) => !created.includes(resource.id));
  const adoptedGrants = grantsOfOthers(state).filter(({ id }) => !created.includes(id));
  const adopted = [...adoptedEntries.map(({ resource }) => resource), ...adoptedGrants];
  if (adopted.length > 0 && options.adopted === undefined && options.yes) throw adoptedNeedsAnswer(adopted);
  const releasing = adopted.length > 0 && (await isReleasing(options, adopted, context));
  const released = releasing ? adoptedEntries : [];
  const releasedGrants = releasing ? adoptedGrants : [];
  const kept = [...released.flatMap((entry) => partsOf(state, entry)), ...releasedGrants];
  const going = state.managed.filter((resource) => !kept.includes(resource));
  const deletedTargets = targets.filter((target) => !released.includes(target));
  const missing = await assertThere(deletedTargets, session.tenant);
  if (state.managed.length > 0) {
    say(
      context,
      `This deletes what stack ${stack.name} manages in ${stack.env.AUTH0_DOMAIN ?? "its tenant"}:`,
    );
    for (const line of linesOf(going)) say(context, plainText(line));
    if (kept.length > 0) {
      say(context, "This leaves in the tenant, no longer managed:");
      for (const line of linesOf(kept)) say(context, plainText(line));
    } else if (adopted.length > 0) {
      say(context, "What was adopted goes as well: ids and secrets do not come back.");
    }
    for (const { resource } of missing) {
      const message = `${titleWithId(resource)} is not in the tenant any more.`;
      session.report({ level: "warning", code: "not_in_tenant", message });
    }
    if (!options.yes && !(await confirm(context, "Do this?"))) {
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
  if (kept.length > 0) {
    const urns = [
      ...released.flatMap((entry) => [...urnsOf(state, entry, partsOf(state, entry))]),
      ...releasedGrants.map(({ urn }) => urn),
    ];
    await editState(pulumi, session.stack, (found) => removeFromState(found, new Set(urns)));
  }
  await pulumi.must(["destroy", "--yes", "--skip-preview"], { shown: true });
  await assertGone(deletedTargets, session.tenant);
  await recordIds(stack, noIds);
  if (options.removeStack) await pulumi.must(["stack", "rm", "--yes", "--preserve-config"]);
  if (options.json) {
    printJson(context, {
      stack: stack.name,
      deleted: going.map(named),
      released: kept.map(named),
      missing: missing.map(({ resource }) => named(resource)),
      stackRemoved: options.removeStack,
    });
  } else print(context, `The stack ${stack.name} is ${options.removeStack ? "gone" : "empty"}.`);
  return exitCodes.done;
}

const named = (resource: ManagedResource) => ({ title: titleOf(resource), id: resource.id });

/** Whether what was adopted stays in the tenant; anything but a clear yes keeps it. */
async function isReleasing(
  { adopted: choice }: TeardownOptions,
  adopted: readonly ManagedResource[],
  context: Context,
): Promise<boolean> {
  if (choice !== undefined) return choice === "release";
  say(context, "These existed before this tool managed them, or nothing says that it made them:");
  for (const line of linesOf(adopted)) say(context, plainText(line));
  return !(await confirmDeletion(context, "Delete them as well? Otherwise they stay in the tenant."));
}

function adoptedNeedsAnswer(adopted: readonly ManagedResource[]): ToolError {
  return new ToolError(
    "adopted_objects",
    `These existed before this tool managed them, or nothing says that it made them:\n${linesOf(adopted).join("\n")}`,
    {
      exitCode: exitCodes.usage,
      hint: "Add --adopted release to leave them in the tenant, or --adopted delete to delete them, ids and secrets with them.",
    },
  );
}

function linesOf(resources: readonly ManagedResource[]): string[] {
  return resources.map((resource) => `  ${titleWithId(resource)}`);
}

function isProtected(stack: string): ToolError {
  return usageError(
    `The stack ${stack} is protected.`,
    "To take it down on purpose, take it out of protectedStacks, run `pulumi up`, and then this again.",
  );
}
