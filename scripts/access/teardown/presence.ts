/** Whether the objects that a teardown deletes are in the tenant: Auth0 answers a deletion of what is not there alike. */
import { exitCodes, ToolError } from "../../../lib/errors.ts";
import type { ManagedResource } from "../../pulumi/engineState.ts";
import { titleWithId } from "../../pulumi/engineState.ts";
import type { Entry } from "../../pulumi/release.ts";
import type { ManagementClient } from "../../tenant/managementClient.ts";
import { createReader } from "../../tenant/reader.ts";

type Target = Entry & { readonly resource: ManagedResource };

/** Those of the objects that the tenant has now. */
async function present(targets: readonly Target[], tenant: ManagementClient): Promise<Target[]> {
  const reader = createReader(tenant);
  const ids = targets.filter(({ section }) => section === "applications").map(({ resource }) => resource.id);
  const applications = await reader.applications(ids);
  const found = await Promise.all(
    targets.map(async (target) => {
      const { section, resource } = target;
      const isThere =
        section === "apis"
          ? (await reader.apiById(resource.id)) !== undefined
          : applications.has(resource.id);
      return isThere ? [target] : [];
    }),
  );
  return found.flat();
}

/**
 * @returns those that the tenant does not have
 * @throws {ToolError} `not_in_tenant`, exit code 4, where it has none of them: it is probably another tenant
 */
export async function assertThere(targets: readonly Target[], tenant: ManagementClient): Promise<Target[]> {
  const there = await present(targets, tenant);
  if (targets.length > 0 && there.length === 0) {
    throw new ToolError(
      "not_in_tenant",
      `The tenant has nothing of what the stack manages, so nothing was deleted:\n${listOf(targets)}`,
      {
        exitCode: exitCodes.check,
        hint: "Check which tenant the stack is for. If the objects were deleted by hand, `pulumi refresh` forgets them.",
      },
    );
  }
  return targets.filter((target) => !there.includes(target));
}

/** @throws {ToolError} `still_in_tenant`, exit code 4, naming what is left */
export async function assertGone(targets: readonly Target[], tenant: ManagementClient): Promise<void> {
  const left = await present(targets, tenant);
  if (left.length === 0) return;
  throw new ToolError(
    "still_in_tenant",
    `These were deleted, but the tenant still has them:\n${listOf(left)}`,
    {
      exitCode: exitCodes.check,
      hint: "Delete them in the Dashboard, or let bootstrap adopt them again.",
    },
  );
}

function listOf(targets: readonly Target[]): string {
  return targets.map(({ resource }) => `  ${titleWithId(resource)}`).join("\n");
}
