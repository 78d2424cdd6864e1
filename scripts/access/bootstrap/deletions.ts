/** The live objects that a plan deletes, what depends on each, and whether the user has agreed to that. */
import { resourceTypes } from "../../../infra/names.ts";
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import { titleOf } from "../../pulumi/engineState.ts";
import type { WireGrant } from "../../tenant/objects.ts";
import type { TenantReader } from "../../tenant/reader.ts";
import type { Plan } from "./plan.ts";

/** An API or application that will be gone, with an id, and a secret, that do not come back. */
export interface Deletion {
  readonly title: string;
  readonly id: string;
  /** What will stop working, one phrase each. */
  readonly dependents: readonly string[];
}

/** Grants and credentials are no loss of their own: the model has all that is in them. */
export async function findDeletions(
  { removed, steps }: Plan,
  reader: Pick<TenantReader, "apiById" | "applications" | "grantsOn" | "grantsOf">,
): Promise<Deletion[]> {
  const kinds: readonly string[] = [resourceTypes.api, resourceTypes.application];
  const objects = [
    ...steps.flatMap(({ kind, action, title, id }) =>
      kind === "api" && action === "replace" && id !== undefined
        ? [{ type: resourceTypes.api, title, id }]
        : [],
    ),
    ...removed
      .filter(({ type }) => kinds.includes(type))
      .map((resource) => ({ type: resource.type, title: titleOf(resource), id: resource.id })),
  ];
  return Promise.all(
    objects.map(async ({ type, title, id }) => {
      if (type === resourceTypes.application) {
        const grants = await reader.grantsOf([id]);
        return { title, id, dependents: grants.map((grant) => `grant ${grant.id} on ${grant.audience}`) };
      }
      const api = await reader.apiById(id);
      const grants = api ? await reader.grantsOn([api.identifier]) : [];
      return { title, id, dependents: await describeHolders(grants, reader) };
    }),
  );
}

async function describeHolders(
  grants: readonly WireGrant[],
  reader: Pick<TenantReader, "applications">,
): Promise<string[]> {
  const applications = await reader.applications(grants.flatMap(({ client_id }) => client_id ?? []));
  return grants.map(({ id, client_id: clientId }) => {
    if (!clientId) return `grant ${id}`;
    return `grant ${id} of application ${applications.get(clientId)?.name ?? "without a name"} (${clientId})`;
  });
}

/** One line an object, and one for each that depends on it. */
export function describeDeletions(deletions: readonly Deletion[]): string[] {
  return deletions.flatMap(({ title, id, dependents }) => [
    `  ${title} (${id})`,
    ...dependents.map((dependent) => `    with it goes ${dependent}`),
  ]);
}

/**
 * Refuses to delete what the user has not agreed to.
 * @param agreed Physical ids.
 * @throws {ToolError} `deletes_objects`, exit code 2, with the list; nothing was changed
 */
export function assertAgreed(deletions: readonly Deletion[], agreed: readonly string[]): void {
  const open = deletions.filter(({ id }) => !agreed.includes(id));
  if (open.length === 0) return;
  throw new ToolError(
    "deletes_objects",
    `This would delete live objects, whose ids and secrets do not come back:\n${describeDeletions(open).join("\n")}`,
    {
      exitCode: exitCodes.usage,
      hint:
        "Add --allow-delete to delete them. If one only has another key now, add `formerly: [<its old key>]`; to keep one " +
        "without managing it, run: auth0-m2m release <its key> --stack <stack>",
    },
  );
}
