/** How many requests it takes to read a tenant, whatever else is in it. */
import { afterEach, expect, test } from "vitest";
import type { z } from "zod";
import type { ManagementReads } from "../../../scripts/tenant/managementClient.ts";
import type { Query } from "../../../scripts/tenant/managementRequests.ts";
import { createReader } from "../../../scripts/tenant/reader.ts";

const pageSize = 100;
let requests: string[] = [];
let clients: { client_id: string; name: string }[] = [];
let grants: { id: string; client_id: string; audience: string }[] = [];

const named = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => ({
    client_id: `${prefix}${index}`,
    name: `${prefix} ${index}`,
  }));

/** A Management API with these applications and grants; it counts. */
const client: ManagementReads = {
  async get(path, schema) {
    requests.push(path);
    const [, id] = path.split("/");
    const found = clients.find(({ client_id }) => client_id === id);
    return found && schema.parse(found);
  },
  async *pages<T>(path: string, _key: string, item: z.ZodType<T>, query: Query = {}) {
    const { client_id, audience } = query;
    const filtered = grants.filter(
      (grant) =>
        (client_id === undefined || grant.client_id === client_id) &&
        (audience === undefined || grant.audience === audience),
    );
    const wanted = path === "clients" ? clients : filtered;
    for (let start = 0; ; start += pageSize) {
      requests.push(path);
      const items = wanted.slice(start, start + pageSize).map((one) => item.parse(one));
      const more = start + pageSize < wanted.length;
      yield { items, more };
      if (!more) return;
    }
  },
  async list(path, key, item, query) {
    const all = [];
    for await (const { items } of client.pages(path, key, item, query)) all.push(...items);
    return all;
  },
};

afterEach(() => {
  requests = [];
  clients = [];
  grants = [];
});

test("a few applications are asked for one by one, among however many", async () => {
  clients = [...named(9_000, "other"), ...named(5, "job")];
  const reader = createReader(client);
  const ids = named(5, "job").map(({ client_id }) => client_id);
  expect([...(await reader.applications(ids)).keys()]).toEqual(ids);
  expect(requests).toHaveLength(5);
  await reader.applications([...ids, ...ids]);
  expect(requests).toHaveLength(5);
});

test("many are read from the list where that is shorter, at most a quarter of the requests wasted where it is not", async () => {
  const ids = named(40, "job").map(({ client_id }) => client_id);
  clients = [...named(300, "other"), ...named(40, "job")];
  const short = createReader(client);
  expect([...(await short.applications([...ids, "gone"])).keys()]).toEqual(ids);
  expect(requests).toHaveLength(4);
  expect(await short.everyApplication()).toHaveLength(340);
  expect(requests).toHaveLength(4);

  requests = [];
  clients = [...named(9_000, "other"), ...named(40, "job")];
  expect([...(await createReader(client).applications(ids)).keys()]).toEqual(ids);
  expect(requests).toHaveLength(40 + 10);
});

test("one page of grants serves everything where it holds all of them", async () => {
  grants = named(100, "job").map(({ client_id }) => ({ id: `g-${client_id}`, client_id, audience: "api" }));
  const reader = createReader(client);
  const [on, of, few] = await Promise.all([
    reader.grantsOn(["api", "another"]),
    reader.grantsOf(["job1", "job2"]),
    reader.hasFewGrants(),
  ]);
  expect([on.length, of.length, few]).toEqual([100, 2, true]);
  expect(requests).toEqual(["client-grants"]);
});

test("elsewhere each API and each application is asked for its own grants, once", async () => {
  grants = [
    ...named(5_000, "other").map(({ client_id }) => ({ id: `g-${client_id}`, client_id, audience: "else" })),
    { id: "g1", client_id: "job", audience: "api" },
    { id: "g2", client_id: "job", audience: "else" },
  ];
  const reader = createReader(client);
  expect((await reader.grantsOn(["api"])).map(({ id }) => id)).toEqual(["g1"]);
  expect((await reader.grantsOf(["job"])).map(({ id }) => id)).toEqual(["g1", "g2"]);
  expect(await reader.hasFewGrants()).toBe(false);
  await reader.grantsOn(["api"]);
  expect(requests).toHaveLength(3);
});

test("a page that fails is not taken for the end of the list", async () => {
  grants = [{ id: "g1", client_id: "job", audience: "api" }];
  let calls = 0;
  const failing: typeof client = {
    ...client,
    // biome-ignore lint/correctness/useYield: it fails before there is anything to yield.
    async *pages() {
      calls += 1;
      throw new Error("cut");
    },
  };
  const reader = createReader(failing);
  await expect(reader.grantsOn(["api"])).rejects.toThrow("cut");
  await expect(reader.everyGrant()).rejects.toThrow("cut");
  expect(calls).toBe(1);
});
