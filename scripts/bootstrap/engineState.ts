/** What the engine already has in its state, read from `pulumi stack export`. */
import { z } from "zod";

const exportSchema = z.object({
  deployment: z
    .object({
      resources: z
        .array(
          z.object({
            urn: z.string(),
            id: z.string().optional(),
            type: z.string(),
            delete: z.boolean().default(false),
          }),
        )
        .default([]),
      pending_operations: z.array(z.object({ type: z.string() })).default([]),
    })
    .nullable(),
});

export interface EngineState {
  /** Physical id by `<type>::<name>`, e.g. `auth0:index/client:Client::import-job`; empty for components. */
  readonly resources: ReadonlyMap<string, string>;
  /** URN by the same key. */
  readonly urns: ReadonlyMap<string, string>;
  /** How many operations an interrupted run left unfinished. */
  readonly pendingOperations: number;
}

export const emptyState: EngineState = { resources: new Map(), urns: new Map(), pendingOperations: 0 };

/** Parses the engine's export. */
export function readEngineState(text: string): EngineState {
  const { deployment } = exportSchema.parse(JSON.parse(text));
  const resources = (deployment?.resources ?? []).filter((resource) => !resource.delete);
  const keyed = resources.map(({ urn, type, id = "" }) => ({
    key: resourceKey(type, urn.slice(urn.lastIndexOf("::") + 2)),
    urn,
    id,
  }));
  return {
    resources: new Map(keyed.map(({ key, id }) => [key, id])),
    urns: new Map(keyed.map(({ key, urn }) => [key, urn])),
    pendingOperations: deployment?.pending_operations?.length ?? 0,
  };
}

export function resourceKey(type: string, name: string): string {
  return `${type}::${name}`;
}
