/** What the engine already has in its state, read from `pulumi stack export`. */
import { z } from "zod";
import { presentType, type ResourceKind, resourceTypes } from "../../infra/names.ts";
import { parseStackOutputs, type StackOutputs } from "./pulumi.ts";

const resourceSchema = z.object({
  urn: z.string(),
  parent: z.string().optional(),
  id: z.string().default(""),
  type: z.string(),
  custom: z.boolean().default(false),
  delete: z.boolean().default(false),
  protect: z.boolean().default(false),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
});

const exportSchema = z.object({
  deployment: z
    .object({
      resources: z.array(resourceSchema).default([]),
      pending_operations: z.array(z.unknown()).default([]),
    })
    .nullable(),
});

/** An object under management. */
export interface ManagedResource {
  readonly urn: string;
  readonly type: string;
  /** Name of the Pulumi resource. */
  readonly name: string;
  /** Physical id. */
  readonly id: string;
  /** What the tenant calls it, where its kind has a name. */
  readonly title: string | undefined;
  readonly protect: boolean;
  /** URN of its component. */
  readonly parent?: string;
}

export interface EngineState {
  /** Physical id by `<type>::<name>`, e.g. `auth0:index/client:Client::import-job`; empty for components. */
  readonly resources: ReadonlyMap<string, string>;
  /** URN by the same key. */
  readonly urns: ReadonlyMap<string, string>;
  /** Those that a provider manages, in the order of the state. */
  readonly managed: readonly ManagedResource[];
  /**
   * URNs of grants that were imported with no scope and never updated. The official plugin cannot refresh them ("either
   * `scopes` must be provided or `allow_all_scopes` must be set to `true`"), and takes a failed update for done.
   */
  readonly grantsWithoutScopes: readonly string[];
  /** How many operations an interrupted run left unfinished. */
  readonly pendingOperations: number;
  /** Outputs of the program, secrets in the envelopes that they have in state. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

export const emptyState: EngineState = {
  resources: new Map(),
  urns: new Map(),
  managed: [],
  grantsWithoutScopes: [],
  pendingOperations: 0,
  outputs: {},
};

/** Parses the engine's export. */
export function readEngineState(text: string): EngineState {
  const { deployment } = exportSchema.parse(JSON.parse(text));
  const resources = (deployment?.resources ?? []).filter((resource) => !resource.delete);
  const keyed = resources.map((resource) => ({ ...resource, key: keyOf(resource) }));
  return {
    resources: new Map(keyed.map(({ key, id }) => [key, id])),
    urns: new Map(keyed.map(({ key, urn }) => [key, urn])),
    managed: resources
      .filter(({ custom, type }) => custom && !type.startsWith("pulumi:"))
      .map(({ urn, type, id, protect, outputs, parent }) => ({
        urn,
        ...(parent !== undefined && { parent }),
        type,
        id,
        protect,
        name: nameIn(urn),
        title: typeof outputs.name === "string" ? outputs.name : undefined,
      })),
    grantsWithoutScopes: resources
      .filter(({ type, inputs }) => type === resourceTypes.grant && !statesScopes(inputs))
      .map(({ urn }) => urn),
    pendingOperations: deployment?.pending_operations.length ?? 0,
    outputs: resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {},
  };
}

/** An empty list was written by the program, and can be refreshed; an import leaves the property out. */
function statesScopes({ scopes, allowAllScopes }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(scopes) || allowAllScopes === true;
}

/**
 * The stack's outputs without what is secret among them.
 * @throws {ToolError} `no_outputs` (2) where the program has not run yet
 */
export function publicOutputsOf(state: EngineState): StackOutputs {
  return parseStackOutputs(withoutSecrets(state.outputs));
}

export function resourceKey(type: string, name: string): string {
  return `${type}::${name}`;
}

const nouns: Readonly<Record<ResourceKind, string>> = {
  api: "API",
  scopes: "scopes",
  application: "application",
  credentials: "credentials",
  grant: "grant",
};

/** What a reader calls something that the engine manages, e.g. `API Timesheets API`. */
export function titleOf({ type, name, title }: ManagedResource): string {
  const kind = Object.entries(resourceTypes).find(([, own]) => own === type)?.[0];
  return `${kind === undefined ? type : nouns[kind as ResourceKind]} ${title ?? name}`;
}

/** The same with its id, for a line of a list. */
export function titleWithId(resource: ManagedResource): string {
  return `${titleOf(resource)} (${resource.id})`;
}

const keyOf = ({ type, urn }: { type: string; urn: string }) => resourceKey(presentType(type), nameIn(urn));

function nameIn(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** What marks a secret in state (Pulumi: sdk/go/common/resource/sig). */
export const secretSignature = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
} as const;

/** Leaves out what lies in an envelope. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const [[mark, signature] = []] = Object.entries(secretSignature);
  const properties = value as Record<string, unknown>;
  if (mark !== undefined && properties[mark] === signature) return undefined;
  return Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, withoutSecrets(inner)]));
}
