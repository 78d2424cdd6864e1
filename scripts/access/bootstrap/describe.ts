/** A plan in words, and the user's choice of clients out of words; pure. */

import { usageError } from "../../../lib/errors.ts";
import { describeAcceptance } from "../../differences/acceptances.ts";
import { resourceKey, titleOf } from "../../pulumi/engineState.ts";
import { describeChanges } from "./describeChanges.ts";
import type { Kept } from "./differences.ts";
import type { ChosenClients } from "./discover.ts";
import { keyOfStep, type Plan, type Step } from "./plan.ts";

/** What happens to each object, its id, and what changes in it, with old and new value. */
export function describePlan(
  { renames, steps, removed, leftoverKeys, stale }: Plan,
  kept: readonly Kept[] = [],
): string[] {
  const reasonsFor = (step: Step) =>
    kept
      .filter(({ resource }) => resourceKey(resource.type, resource.name) === keyOfStep(step))
      .map(({ acceptance }) => describeAcceptance(acceptance));
  return [
    ...renames.map(({ section, from, to, id }) => `rename key ${from} -> ${to} (${section}, ${id})`),
    ...steps.flatMap((step) => describeStep(step, reasonsFor(step))),
    ...removed.map((resource) => line("delete", titleOf(resource), resource.id)),
    ...leftoverKeys.map(({ title, credentialId }) => line("delete", title, credentialId)),
    ...stale.map((title) => line("refresh", title, undefined, ["the engine knows it under another id"])),
  ];
}

/** What adoption changes stands on a line of its own: it is no part of taking an object over. */
function describeStep({ action, title, id, changes }: Step, reasons: readonly string[]): string[] {
  if (reasons.length > 0) {
    const taken = action === "adopt" ? [line("adopt", title, id)] : [];
    return [...taken, line("leave", title, id, reasons)];
  }
  const words = describeChanges(changes);
  const isChanged = changes.length > 0;
  if (action === "adopt") {
    return [line("adopt", title, id), ...(isChanged ? [line("change", title, id, words)] : [])];
  }
  const verb = { create: "create", manage: isChanged ? "change" : "keep", replace: "replace" }[action];
  return [line(verb, title, id, words)];
}

function line(verb: string, title: string, id: string | undefined, changes: readonly string[] = []): string {
  const detail = changes.length > 0 ? `: ${changes.join("; ")}` : "";
  return `${verb.padEnd(8)} ${title}${id ? ` (${id})` : ""}${detail}`;
}

/**
 * Reads `--client-id` values: `<application>=<client id>`, or the id alone where the model has one application.
 * @throws {ToolError} exit code 2
 */
export function chosenClients(values: readonly string[], applications: readonly string[]): ChosenClients {
  const chosen: Record<string, string> = {};
  for (const value of values) {
    const split = value.indexOf("=");
    if (split < 0 && applications.length !== 1) {
      throw usageError("The model has several applications.", "Write --client-id <application>=<client id>.");
    }
    const key = split < 0 ? applications[0] : value.slice(0, split);
    const clientId = value.slice(split + 1);
    if (key === undefined || !applications.includes(key)) {
      const known = applications.join(", ");
      throw usageError(`--client-id names ${key}, which is no application of the model.`, `It has ${known}.`);
    }
    if (clientId === "") throw usageError("--client-id needs a client id.");
    if (chosen[key] !== undefined) throw usageError(`--client-id names ${key} twice.`);
    chosen[key] = clientId;
  }
  return chosen;
}
