/** Edits of a stack's state that the engine has no single command for: one write, so that a kill leaves it old or new. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { ToolError } from "../../lib/errors.ts";
import { type EngineStack, type Pulumi, pulumiError } from "./pulumi.ts";
import { exportState } from "./stackState.ts";

const exportSchema = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(z.looseObject({ urn: z.string() })).default([]),
    pending_operations: z.array(z.unknown()).default([]),
  }),
});

type Export = z.infer<typeof exportSchema>;

/**
 * Reads the state, edits it, and writes it back; secrets stay encrypted throughout.
 * @param edit Pure.
 * @throws {StackLocked} where another run holds the stack. @throws {ToolError} where an earlier run was interrupted in the
 * middle of an operation, since the engine forgets that at such a write
 */
export async function editState(
  pulumi: Pulumi,
  stack: Pick<EngineStack, "env">,
  edit: (state: Export) => Export,
): Promise<void> {
  const exported = await exportState(pulumi, stack);
  // Nothing to edit in a stack that is not there.
  if (exported === undefined) return;
  const state = exportSchema.parse(JSON.parse(exported));
  if (state.deployment.pending_operations.length > 0) {
    throw new ToolError(
      "interrupted_earlier",
      "An earlier run was interrupted in the middle of an operation.",
      {
        hint: "Run `auth0-m2m bootstrap` or `pulumi refresh` first.",
      },
    );
  }
  const edited = edit(state);
  assertDistinct(edited);
  const folder = await mkdtemp(path.join(os.tmpdir(), "auth0-m2m-"));
  try {
    const file = path.join(folder, "state.json");
    await writeFile(file, JSON.stringify(edited), { mode: 0o600 });
    const args = ["stack", "import", "--file", file];
    const result = await pulumi.run(args);
    if (result.code !== 0) throw pulumiError(args, result);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Gives resources other URNs, everywhere that the state speaks of them. */
export function renameInState(state: Export, urns: ReadonlyMap<string, string>): Export {
  return exportSchema.parse(replaced(state, urns));
}

function replaced(value: unknown, urns: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return urns.get(value) ?? value;
  if (Array.isArray(value)) return value.map((inner) => replaced(inner, urns));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, urns)]));
}

/** Takes resources out, and out of what the others depend on. */
export function removeFromState(state: Export, urns: ReadonlySet<string>): Export {
  const { resources } = state.deployment;
  const kept = resources
    .filter(({ urn }) => !urns.has(urn))
    .map((resource) => {
      const { dependencies, propertyDependencies, deletedWith } = dependenciesSchema.parse(resource);
      const lists = Object.entries(propertyDependencies ?? {});
      return {
        ...resource,
        ...(dependencies && { dependencies: dependencies.filter((urn) => !urns.has(urn)) }),
        ...(propertyDependencies && {
          propertyDependencies: Object.fromEntries(
            lists.map(([name, list]) => [name, list?.filter((urn) => !urns.has(urn)) ?? null]),
          ),
        }),
        ...(deletedWith !== undefined && urns.has(deletedWith) && { deletedWith: undefined }),
      };
    });
  return { ...state, deployment: { ...state.deployment, resources: kept } };
}

/** Takes an object out of the stack's outputs, its secret with it, until the program writes them anew. */
export function withoutOutput(
  state: Export,
  { section, key }: { readonly section: string; readonly key: string },
): Export {
  const resources = state.deployment.resources.map((resource) => {
    const outputs = recordSchema.safeParse(resource.outputs).data;
    const entries = recordSchema.safeParse(outputs?.[section]).data;
    if (resource.type !== "pulumi:pulumi:Stack" || entries === undefined) return resource;
    const { [key]: _, ...others } = entries;
    return { ...resource, outputs: { ...outputs, [section]: others } };
  });
  return { ...state, deployment: { ...state.deployment, resources } };
}

const recordSchema = z.record(z.string(), z.unknown());

const dependenciesSchema = z.object({
  dependencies: z.array(z.string()).optional(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).optional(),
  deletedWith: z.string().optional(),
});

function assertDistinct({ deployment: { resources } }: Export): void {
  const live = resources.filter((resource) => resource.delete !== true).map(({ urn }) => urn);
  const twice = live.find((urn, index) => live.indexOf(urn) !== index);
  if (twice === undefined) return;
  throw new ToolError(
    "state_contradicts_itself",
    `The state would hold ${twice} twice; it was left as it is.`,
  );
}
