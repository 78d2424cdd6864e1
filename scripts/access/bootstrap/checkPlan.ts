/** Whether a plan may be carried out: what the user forbade, what only they can settle, what is protected; pure. */

import { resourceTypes } from "../../../infra/names.ts";
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import { titleOf, titleWithId } from "../../pulumi/engineState.ts";
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
  assertEachOnce(plan);
  if (plan.problems.length > 0) {
    throw new ToolError("not_adoptable", plan.problems.join("\n"), { exitCode: exitCodes.usage });
  }
  if (adopt !== "auto") checkAdoption(plan.steps, adopt);
  checkProtection(plan);
  const { missing } = compareScopes(scopesOfPlan(plan), granted ?? scopesOfPlan(plan));
  if (missing.length > 0) throw missingScopes(missing);
}

/**
 * No object is deleted that is also adopted, kept, or given another key.
 * @throws {ToolError} `plan_contradicts_itself`: a defect of this tool, found before it does harm
 */
export function assertEachOnce({ steps, removed }: Plan): void {
  const objects = [
    ...steps.flatMap(({ kind, id, title }) =>
      id === undefined ? [] : [{ type: resourceTypes[kind], id, title }],
    ),
    ...removed.map((resource) => ({ type: resource.type, id: resource.id, title: titleOf(resource) })),
  ];
  const keys = objects.map(({ type, id }) => `${type} ${id}`);
  const twice = objects.filter((_, index) => keys.indexOf(keys[index] ?? "") !== index);
  if (twice.length === 0) return;
  throw new ToolError(
    "plan_contradicts_itself",
    `The plan names one object twice, so nothing was changed:\n${twice.map(({ title, id }) => `  ${title} (${id})`).join("\n")}`,
    { hint: "Name the key that it had before: `formerly: [<old key>]`." },
  );
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
function checkProtection({ protectedOnes: kept, removed }: Plan): void {
  if (kept.length === 0) return;
  const list = kept.map((resource) => `  ${titleWithId(resource)}`).join("\n");
  const commands = kept.map(({ urn }) => `  npx pulumi state unprotect '${urn}'`).join("\n");
  const gone = kept.some((resource) => removed.includes(resource));
  throw new ToolError(
    "protected",
    gone
      ? `The model no longer has these, and the stack protects them:\n${list}`
      : `The model gives these another identifier, so they would be deleted and created again, and the stack protects them:\n${list}`,
    {
      exitCode: exitCodes.usage,
      hint: `${
        gone
          ? "Put them back into the model. To leave them in the tenant without managing them, run: auth0-m2m release <key> --stack <stack>."
          : "Put the old identifier back, and give the new one to an API of another key."
      } To delete them on purpose, with their ids and secrets, run this and then bootstrap with --allow-delete:\n${commands}`,
    },
  );
}
