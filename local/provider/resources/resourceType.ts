/** What the provider needs to know of a resource type. */
import { isNotFound } from "../errors.ts";
import type { Table } from "../schema.ts";
import type { ManagementApi } from "../tenant.ts";
import type { Properties } from "../values.ts";
import { type Body, fromAnswer } from "../wire.ts";

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface Existing {
  readonly id: string;
  /** The outputs recorded last. */
  readonly state: Properties;
}

export interface Change extends Existing {
  /** What the program asks for now. */
  readonly inputs: Properties;
  /** The top-level properties that differ. */
  readonly changed: ReadonlySet<string>;
}

export interface ReadResult {
  readonly id: string;
  readonly outputs: Properties;
}

/** All values that these functions see are plain: no secret envelopes, no unknowns. */
export interface ResourceType {
  /** As in a URN, e.g. `auth0:index/client:Client`. */
  readonly type: string;
  /** In messages, e.g. `application`. */
  readonly title: string;
  readonly properties: Table;
  /** A program that gives no `name` gets one made of the resource's own name. */
  readonly autonamed?: boolean;
  /** Checks that span properties; each input may still be unknown. */
  validate?(inputs: Properties): CheckFailure[];
  /** The same before a creation or a change alone: imported inputs may fail it, as with the official plugin. */
  validateChange?(inputs: Properties): CheckFailure[];
  /** Makes the object; calls `made` as soon as it exists, so that a later failure does not lose it. */
  create(tenant: ManagementApi, inputs: Properties, made: (id: string) => void): Promise<void>;
  /** The object as it is, or undefined when it is gone. `known` is what was recorded or asked for last. */
  read(tenant: ManagementApi, id: string, known: Properties): Promise<ReadResult | undefined>;
  update(tenant: ManagementApi, change: Change): Promise<void>;
  remove(tenant: ManagementApi, existing: Existing): Promise<void>;
}

/** The result of a read, or undefined when the tenant says that there is no such object. */
export async function absentWhen404<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Reads an object whose outputs are the fields of its answer; undefined when it is gone. @param idField What state keeps as its id. */
export function readObject(
  properties: Table,
  idField: "id" | "client_id",
  get: () => Promise<Body>,
): Promise<ReadResult | undefined> {
  return absentWhen404(async () => {
    const answer = await get();
    return { id: String(answer[idField]), outputs: fromAnswer(properties, answer) };
  });
}
