/** A release from its options to its exit code: find, show, ask, take out of the state, forget the ids. */
import type { AccessModel } from "../../../infra/accessModel.ts";
import { type ExitCode, exitCodes, usageError } from "../../../lib/errors.ts";
import { plainText } from "../../../lib/text.ts";
import { type EngineState, type ManagedResource, titleOf, titleWithId } from "../../pulumi/engineState.ts";
import { type Entry, entriesOf, grantsOn, partsOf, urnsOf } from "../../pulumi/release.ts";
import { noSuchStack, readState } from "../../pulumi/stackState.ts";
import { editState, removeFromState, withoutOutput } from "../../pulumi/stateEdit.ts";
import { type Ids, readIds, recordIds } from "../../session/ids.ts";
import { openSession } from "../../session/session.ts";
import type { Context } from "../../terminal/command.ts";
import { confirm, requireAnswer } from "../../terminal/confirm.ts";
import { print, printJson, say } from "../../terminal/output.ts";

export interface ReleaseOptions {
  readonly key: string;
  readonly stack: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export async function releaseObject(options: ReleaseOptions, context: Context): Promise<ExitCode> {
  requireAnswer(context, options.yes || options.dryRun, "Add --yes, or --dry-run to see it alone.");
  const session = await openSession(options.stack, context);
  const { stack, model } = session;
  const pulumi = await session.pulumi();
  const state = await readState(pulumi, stack);
  if (!state) throw noSuchStack(stack.name);
  const ids = await readIds(stack);
  const entry = chooseEntry(options.key, state, ids, model);
  const resources = resourcesOf(state, entry);
  for (const resource of resources) say(context, plainText(`release  ${titleWithId(resource)}`));
  if (options.dryRun || (!options.yes && !(await confirm(context, "Stop managing these?")))) {
    say(context, "Nothing was changed.");
  } else {
    // The state first: killed in between, the same command forgets the ids that are left.
    if (resources.length > 0) {
      const urns = urnsOf(state, entry, resources);
      await editState(pulumi, session.stack, (found) => withoutOutput(removeFromState(found, urns), entry));
    }
    await recordIds(stack, idsWithout(ids, entry, [entry.key, ...formerKeys(entry, state, model)]));
  }
  const isDeclared =
    entry.key in model[entry.section] ||
    (entry.section === "applications" && entry.key in model.foreignApplications);
  if (isDeclared) {
    say(
      context,
      `The model still has ${entry.section}.${entry.key}: remove it, or bootstrap adopts it again.`,
    );
  }
  if (options.json) {
    const released = resources.map((resource) => ({ title: titleOf(resource), id: resource.id }));
    printJson(context, { stack: stack.name, dryRun: options.dryRun, released, inModel: isDeclared });
  } else if (!options.dryRun) {
    print(context, `The stack ${stack.name} no longer manages ${entry.section}.${entry.key}.`);
  }
  return exitCodes.done;
}

/** @throws {ToolError} exit code 2 where nothing, or more than one object, has the key */
function chooseEntry(text: string, state: EngineState, ids: Ids, model: AccessModel): Entry {
  const renamed = entriesOf(state).flatMap((entry) =>
    formerKeys(entry, state, model).map((key) => `${entry.section}.${key}`),
  );
  const recorded = (["apis", "applications"] as const).flatMap((section) =>
    Object.keys(ids[section])
      .filter((key) => !renamed.includes(`${section}.${key}`))
      .map((key) => ({ section, key })),
  );
  const known = new Map(
    [...entriesOf(state), ...recorded].map(({ section, key }) => [`${section}.${key}`, { section, key }]),
  );
  const found = [...known].filter(([name, { key }]) => text === name || text === key);
  const [only] = found;
  if (only && found.length === 1) return only[1];
  if (found.length > 1) {
    throw usageError(
      `An API and an application have the key ${text}.`,
      `Write apis.${text} or applications.${text}.`,
    );
  }
  throw usageError(
    `The stack manages nothing under the key ${text}.`,
    `It manages ${[...known.keys()].sort().join(", ") || "nothing"}.`,
  );
}

/** With the grants: an application's own, or everybody's on an API. */
function resourcesOf(state: EngineState, entry: Entry): ManagedResource[] {
  const grants = entry.section === "apis" ? grantsOn(state, entry.key) : [];
  return [...new Set([...partsOf(state, entry), ...grants])];
}

/** Keys that the ids may be recorded under as well: plain `pulumi up` renames a key in the state alone. */
function formerKeys({ section, key }: Entry, state: EngineState, model: AccessModel): readonly string[] {
  const isHeld = (name: string) =>
    entriesOf(state).some((one) => one.section === section && one.key === name);
  const former = model[section][key]?.formerly ?? [];
  return isHeld(key) ? former.filter((name) => !isHeld(name)) : [];
}

function idsWithout(ids: Ids, { section }: Entry, keys: readonly string[]): Ids {
  const gone = keys.map((key) => ids[section][key]);
  const without = (record: Readonly<Record<string, string>>, isGone: (key: string) => boolean) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !isGone(name)));
  const names = ids.names ?? { apis: {}, applications: {} };
  return {
    ...ids,
    [section]: without(ids[section], (name) => keys.includes(name)),
    grants: without(ids.grants, (name) =>
      keys.includes(name.split("/")[section === "applications" ? 0 : 1] ?? ""),
    ),
    names: { ...names, [section]: without(names[section], (name) => keys.includes(name)) },
    created: (ids.created ?? []).filter((one) => !gone.includes(one)),
  };
}
