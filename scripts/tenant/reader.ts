/**
 * Reads a tenant's objects: each at most once, no secret among them, and whole lists only as long as they cost less than
 * a request an object, so that how many other objects a tenant has never counts for much.
 */
import { z } from "zod";
import { ToolError } from "../../lib/errors.ts";
import type { ManagementReads, Page } from "./managementClient.ts";
import {
  apiSchema,
  applicationSchema,
  credentialSchema,
  fieldsOf,
  grantSchema,
  type NamedApplication,
  namedApplicationSchema,
  type WireApi,
  type WireApplication,
  type WireCredential,
  type WireGrant,
  withoutSecrets,
} from "./objects.ts";

export interface TenantReader {
  /** By identifier; absent where the tenant has none. */
  apis(identifiers: Iterable<string>): Promise<ReadonlyMap<string, WireApi>>;
  apiById(id: string): Promise<WireApi | undefined>;
  everyApi(): Promise<readonly WireApi[]>;
  /** By client id; absent where the tenant has none. */
  applications(clientIds: Iterable<string>): Promise<ReadonlyMap<string, WireApplication>>;
  everyApplication(): Promise<readonly NamedApplication[]>;
  /** Every grant on these APIs, of any kind. */
  grantsOn(audiences: Iterable<string>): Promise<readonly WireGrant[]>;
  /** Every grant of these applications, of any kind. */
  grantsOf(clientIds: Iterable<string>): Promise<readonly WireGrant[]>;
  everyGrant(): Promise<readonly WireGrant[]>;
  /** Whether one page, which is read anyway, holds every grant of the tenant. */
  hasFewGrants(): Promise<boolean>;
  credentials(clientId: string): Promise<readonly WireCredential[]>;
}

/** Fewer objects than this are asked for one by one. */
const fewObjects = 5;

/** Pages of a list that may be read in the hope that they spare a request for each of so many objects. */
const pagesFor = (objects: number) => (objects <= fewObjects ? 0 : Math.ceil(objects / 4));

export function createReader(client: ManagementReads): TenantReader {
  const path = (family: string, id: string) => `${family}/${encodeURIComponent(id)}`;
  const apiAt = (id: string) => client.get(path("resource-servers", id), apiSchema);
  const apis = createShelf({
    pages: () => client.pages("resource-servers", "resource_servers", apiSchema),
    read: apiAt,
    keyOf: ({ identifier }) => identifier,
  });
  const applications = createShelf({
    pages: () =>
      client.pages("clients", "clients", applicationSchema, { ...withoutSecrets, is_global: false }),
    read: (id) => client.get(path("clients", id), applicationSchema, withoutSecrets),
    keyOf: ({ client_id }) => client_id,
  });
  const grants = createList(() => client.pages("client-grants", "client_grants", grantSchema));
  const grantsBy = (filter: "audience" | "client_id") => {
    const lists = new Map<string, Promise<readonly WireGrant[]>>();
    return async (values: Iterable<string>) => {
      const wanted = [...new Set(values)];
      if (wanted.length === 0) return [];
      if (await grants.isWhole(Math.max(1, pagesFor(wanted.length)))) {
        return grants.items().filter((grant) => wanted.includes(grant[filter] ?? ""));
      }
      const list = (value: string) =>
        client.list("client-grants", "client_grants", grantSchema, { [filter]: value });
      return (await Promise.all(wanted.map((value) => remembered(lists, value, list)))).flat();
    };
  };
  return {
    apis: apis.find,
    apiById: apiAt,
    everyApi: apis.list.all,
    applications: applications.find,
    everyApplication: once(async () => {
      const query = { ...fieldsOf(namedApplicationSchema), is_global: false };
      return applications.list.whole ?? client.list("clients", "clients", namedApplicationSchema, query);
    }),
    grantsOn: grantsBy("audience"),
    grantsOf: grantsBy("client_id"),
    everyGrant: grants.all,
    hasFewGrants: () => grants.isWhole(1),
    async credentials(clientId) {
      const found = await client.get(`${path("clients", clientId)}/credentials`, z.array(credentialSchema));
      if (found) return found;
      throw new ToolError(
        "unexpected_answer",
        `The tenant has no list of keys for the application ${clientId}.`,
        {
          hint: "If the tenant was being changed just then, run the command again.",
        },
      );
    },
  };
}

/** A list that is read as far as it is worth it. */
function createList<T>(open: () => AsyncGenerator<Page<T>, void>) {
  const pages: Page<T>[] = [];
  let rest: AsyncGenerator<Page<T>, void> | undefined;
  let reading: Promise<unknown> = Promise.resolve();
  const whole = () => pages.at(-1)?.more === false;
  const readTo = async (count: number) => {
    rest ??= open();
    while (!whole() && pages.length < count) {
      const { value } = await rest.next();
      if (!value) return;
      pages.push(value);
    }
  };
  const items = () => pages.flatMap((page) => page.items);
  /** Reads up to this many pages, those that were read before included. */
  const isWhole = async (most: number): Promise<boolean> => {
    // One after the other, since each page starts where the one before it ended; a list that failed stays failed.
    reading = reading.then(() => readTo(most));
    await reading;
    return whole();
  };
  return {
    items,
    /** Everything, where it was read already. */
    get whole(): readonly T[] | undefined {
      return whole() ? items() : undefined;
    },
    isWhole,
    async all(): Promise<readonly T[]> {
      await isWhole(Number.POSITIVE_INFINITY);
      return items();
    },
  };
}

/** Objects of one family, found in its list or one by one, each at most once. */
function createShelf<T>({
  pages,
  read,
  keyOf,
}: {
  readonly pages: () => AsyncGenerator<Page<T>, void>;
  readonly read: (key: string) => Promise<T | undefined>;
  readonly keyOf: (object: T) => string;
}) {
  const list = createList(pages);
  const single = new Map<string, Promise<T | undefined>>();
  const listedByKey = () => new Map(list.items().map((object) => [keyOf(object), object]));
  return {
    list,
    async find(wanted: Iterable<string>): Promise<Map<string, T>> {
      const keys = [...new Set(wanted)];
      const before = listedByKey();
      const unread = keys.filter((key) => !single.has(key) && !before.has(key));
      const isWhole = await list.isWhole(pagesFor(unread.length));
      const listed = listedByKey();
      const found = keys.map(async (key) => {
        const object = listed.get(key) ?? (isWhole ? undefined : await remembered(single, key, read));
        return object === undefined ? [] : [[key, object] as const];
      });
      return new Map((await Promise.all(found)).flat());
    },
  };
}

function remembered<T>(
  known: Map<string, Promise<T>>,
  key: string,
  read: (key: string) => Promise<T>,
): Promise<T> {
  const promise = known.get(key) ?? read(key);
  known.set(key, promise);
  return promise;
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined;
  return () => {
    promise ??= read();
    return promise;
  };
}
