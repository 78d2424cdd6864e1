/** Whether a plan may be carried out: what the user forbade, what only they can settle, what is protected; pure. */

import { exitCodes, ToolError } from "../../../lib/errors.ts";
import { titleOf } from "../../pulumi/engineState.ts";
import { compareScopes, missingScopes } from "../../session/preflight/requiredScopes.ts";
import type { Plan, Step } from "./plan.ts";
import { scopesOfPlan } from "./scopesOfPlan.ts";

/** Whether objects that exist are brought under management. */
export type AdoptMode = "auto" | "require" | "never";

/**
 * @param granted Scopes of the management application; undefined where they are not known.
 * @throws {ToolError} exit code 2, or 3 where a scope is missing; nothing was changed
 */
export function checkPlan(plan: Plan, adopt: AdoptMode, granted: readonly string[] | undefined): void {
  if (plan.problems.length > 0) {
    throw new ToolError("not_adoptable", plan.problems.join("\n"), { exitCode: exitCodes.usage });
  }
  if (adopt !== "auto") checkAdoption(plan.steps, adopt);
  checkProtection(plan);
  const { missing } = compareScopes(scopesOfPlan(plan), granted ?? scopesOfPlan(plan));
  if (missing.length > 0) throw missingScopes(missing);
}

function checkAdoption(steps: readonly Step[], adopt: "require" | "never"): void {
  const apart = steps.filter(({ action }) => action === (adopt === "never" ? "adopt" : "create"));
  const objects = apart.filter(({ kind }) => kind === "api" || kind === "application");
  if (objects.length === 0) return;
  const list = objects.map(({ title, id }) => `  ${title}${id ? ` (${id})` : ""}`).join("\n");
  throw adopt === "never"
    ? new ToolError("exists_already", `These exist and --adopt never forbids taking them over:\n${list}`, {
        exitCode: exitCodes.usage,
        hint: "Use --adopt auto, or give the model other names.",
      })
    : new ToolError(
        "nothing_to_adopt",
        `These do not exist and --adopt require forbids making them:\n${list}`,
        { exitCode: exitCodes.usage, hint: "Use --adopt auto." },
      );
}

/** The engine would refuse as well, but only after it has changed the rest. */
function checkProtection({ removed }: Plan): void {
  const kept = removed.filter(({ protect }) => protect);
  if (kept.length === 0) return;
  const list = kept.map((resource) => `  ${titleOf(resource)} (${resource.id})`).join("\n");
  const commands = kept.map(({ urn }) => `  npx pulumi state unprotect '${urn}'`).join("\n");
  throw new ToolError("protected", `The model no longer has these, and the stack protects them:\n${list}`, {
    exitCode: exitCodes.usage,
    hint: `Put them back into the model or, to delete them on purpose, run this and then bootstrap again:\n${commands}`,
  });
}
