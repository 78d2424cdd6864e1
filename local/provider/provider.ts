/** The resource operations, for every type alike: guard, look up the type, act, and return what state should record. */
import { type Checked, check as checkInputs } from "./check.ts";
import { type Difference, differences, topLevel, touched } from "./diff.ts";
import { describeFailure, ProviderError } from "./errors.ts";
import { parseUrn, requireLocalStack } from "./guard.ts";
import { importedInputs, refreshedInputs } from "./inputs.ts";
import { resourceTypes } from "./resources/index.ts";
import type { ResourceType } from "./resources/resourceType.ts";
import { entries, type Table } from "./schema.ts";
import { type Access, connect, type ManagementApi } from "./tenant.ts";
import {
  holdsSecret,
  isObject,
  mapValues,
  type Properties,
  plain,
  plainProperties,
  secret,
  unknown,
} from "./values.ts";

export interface DiffResult {
  readonly found: readonly Difference[];
  /** Top-level properties that force a replacement. */
  readonly replaces: readonly string[];
  /** Top-level properties that cannot change without one. */
  readonly stables: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

export interface Recorded {
  readonly id: string;
  readonly outputs: Properties;
}

/** The object exists, but what should have followed failed: state must keep its id. */
export class IncompleteError extends ProviderError {
  readonly id: string;
  readonly outputs: Properties;

  constructor(message: string, { id, outputs }: Recorded) {
    super(message);
    this.id = id;
    this.outputs = outputs;
  }
}

export interface Provider {
  check(urn: string, request: { olds: Properties; news: Properties; randomSeed: Uint8Array }): Checked;
  diff(
    urn: string,
    request: { state: Properties; inputs: Properties; ignoreChanges: readonly string[] },
  ): DiffResult;
  /** What a preview can say of a resource that is yet to be made. */
  previewCreate(urn: string, inputs: Properties): Properties;
  previewUpdate(urn: string, state: Properties, inputs: Properties): Properties;
  create(urn: string, inputs: Properties): Promise<Recorded>;
  /** The resource as it is and the inputs that would make it so, or undefined when it is gone. */
  read(
    urn: string,
    request: { id: string; state: Properties; inputs: Properties },
  ): Promise<(Recorded & { inputs: Properties }) | undefined>;
  update(
    urn: string,
    request: { id: string; state: Properties; inputs: Properties; ignoreChanges: readonly string[] },
  ): Promise<Properties>;
  delete(urn: string, request: { id: string; state: Properties }): Promise<void>;
}

/** A provider for one tenant; `signal` ends its requests. */
export function createProvider(access: Access, signal: AbortSignal): Provider {
  const tenant: ManagementApi = connect(access, signal);

  /** Runs calls to the tenant; a failure names the resource and the operation, in one line. */
  async function reaching<Result>(urn: string, doing: string, act: () => Promise<Result>): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      throw new ProviderError(failureText(urn, doing, error), { cause: error });
    }
  }

  function failureText(urn: string, doing: string, error: unknown): string {
    return `${doing} ${typeOf(urn).title} "${parseUrn(urn).name}": ${describeFailure(error, access.domain)}`;
  }

  return {
    check(urn, request) {
      return checkInputs(typeOf(urn), { name: parseUrn(urn).name, ...request });
    },

    diff(urn, { state, inputs, ignoreChanges }) {
      const type = typeOf(urn);
      const found = unignored(
        differences(type.properties, plainProperties(state), plainProperties(inputs)),
        ignoreChanges,
      );
      const replaces = [
        ...new Set(found.filter(({ replace }) => replace).map(({ path }) => topLevel(path))),
      ].sort();
      return {
        found,
        replaces,
        stables: entries(type.properties)
          .filter(([name, property]) => property.replace && !replaces.includes(name))
          .map(([name]) => name)
          .sort(),
        deleteBeforeReplace: replaces.length > 0 && type.autonamed === true && !hasGeneratedName(inputs),
      };
    },

    previewCreate(urn, inputs) {
      const type = typeOf(urn);
      assertValid(urn, type, "cannot create", inputs);
      const outputs = expected(type.properties, plainProperties(inputs));
      return guarded(type, outputs, inputs);
    },

    previewUpdate(urn, state, inputs) {
      const type = typeOf(urn);
      assertValid(urn, type, "cannot update", inputs);
      const known = plainProperties(inputs);
      const outputs = plainProperties(state);
      for (const [name, property] of entries(type.properties)) {
        if (property.output) continue;
        const value = known[name];
        if (value !== undefined) outputs[name] = value;
        else if (!property.computed) delete outputs[name];
      }
      return guarded(type, outputs, state, inputs);
    },

    async create(urn, inputs) {
      const type = typeOf(urn);
      assertValid(urn, type, "cannot create", inputs);
      const wanted = plainProperties(inputs);
      let id: string | undefined;
      try {
        await type.create(tenant, wanted, (made) => {
          id = made;
        });
        const result = id === undefined ? undefined : await type.read(tenant, id, wanted);
        if (!result) throw new ProviderError("it was made, but cannot be found");
        return { id: result.id, outputs: guarded(type, result.outputs, inputs) };
      } catch (error) {
        const message = failureText(urn, "cannot create", error);
        if (id === undefined) throw new ProviderError(message, { cause: error });
        throw new IncompleteError(message, { id, outputs: guarded(type, wanted, inputs) });
      }
    },

    async read(urn, { id, state, inputs }) {
      const type = typeOf(urn);
      const known = { ...plainProperties(inputs), ...plainProperties(state) };
      const result = await reaching(urn, "cannot read", () => type.read(tenant, id, known));
      if (!result) return undefined;
      const fresh = Object.keys(inputs).length === 0;
      const reported = fresh
        ? importedInputs(type.properties, result.outputs)
        : refreshedInputs(type.properties, plain(inputs) as Properties, result.outputs);
      return {
        id: result.id,
        outputs: guarded(type, result.outputs, state, inputs),
        inputs: guarded(type, reported, inputs),
      };
    },

    async update(urn, { id, state, inputs, ignoreChanges }) {
      const type = typeOf(urn);
      assertValid(urn, type, "cannot update", inputs);
      const [had, wanted] = [plainProperties(state), plainProperties(inputs)];
      const changed = touched(unignored(differences(type.properties, had, wanted), ignoreChanges));
      return reaching(urn, "cannot update", async () => {
        await type.update(tenant, { id, state: had, inputs: wanted, changed });
        const result = await type.read(tenant, id, { ...had, ...wanted });
        if (!result) throw new ProviderError("it is gone; refresh the stack (pulumi refresh)");
        return guarded(type, result.outputs, inputs);
      });
    },

    async delete(urn, { id, state }) {
      const type = typeOf(urn);
      await reaching(urn, "cannot delete", () => type.remove(tenant, { id, state: plainProperties(state) }));
    },
  };
}

/** Without the differences at or below the paths that the program leaves as they are. */
function unignored(found: readonly Difference[], ignored: readonly string[]): Difference[] {
  return found.filter(
    ({ path }) =>
      !ignored.some((name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`)),
  );
}

/** The type of a resource, once its stack is known to be the one that this provider may serve. */
function typeOf(urn: string): ResourceType {
  const parsed = parseUrn(urn);
  requireLocalStack(parsed);
  const type = resourceTypes.get(parsed.type);
  if (type) return type;
  throw new ProviderError(
    `the resource type ${parsed.type} is not supported by the bundled provider (it has ` +
      `${[...resourceTypes.keys()].map((name) => name.split(":").at(-1)).join(", ")}); the official auth0 plugin has it`,
  );
}

function assertValid(urn: string, type: ResourceType, doing: string, inputs: Properties): void {
  const failures = type.validateChange?.(plainProperties(inputs)) ?? [];
  if (failures.length === 0) return;
  const reasons = failures.map(({ property, reason }) => `${property}: ${reason}`).join("; ");
  throw new ProviderError(`${doing} ${type.title} "${parseUrn(urn).name}": ${reasons}`);
}

/** Puts secrets into their envelope: those of the type, and whatever was secret where the values come from. */
function guarded(type: ResourceType, values: Properties, ...sources: Properties[]): Properties {
  return mapValues(values, (value, name) => {
    const property = type.properties[name];
    const always = property !== undefined && "secret" in property && property.secret === true;
    return always || sources.some((source) => holdsSecret(source[name])) ? secret(value) : value;
  });
}

/** What will be recorded, as far as the inputs show: what the tenant decides is unknown, nothing else is there. */
function expected(table: Table, inputs: Properties): Properties {
  const outputs: Properties = {};
  for (const [name, property] of entries(table)) {
    const value = inputs[name];
    if (value === undefined) {
      if (property.computed || property.output) outputs[name] = unknown;
    } else if ("properties" in property) {
      outputs[name] = Array.isArray(value)
        ? value.map((element) => (isObject(element) ? expected(property.properties, element) : element))
        : isObject(value)
          ? expected(property.properties, value)
          : value;
    } else if (!property.writeOnly) {
      outputs[name] = value;
    }
  }
  return outputs;
}

function hasGeneratedName(inputs: Properties): boolean {
  return Array.isArray(inputs.__defaults) && inputs.__defaults.includes("name");
}
