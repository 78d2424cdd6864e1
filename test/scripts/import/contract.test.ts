/** The example API of each level of docs/import-contract.md, imported through a connection that loses the first answer. */
import { readdirSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createApi as atLeastOnce } from "../../../docs/contract/at-least-once.ts";
import { createApi as exactlyOnce } from "../../../docs/contract/exactly-once.ts";
import { createApi as statusAlone } from "../../../docs/contract/status-alone.ts";
import { type FakeApi, type Handler, startFakeApi } from "./fakeApi.ts";

const examples = fileURLToPath(new URL("../../../docs/contract/", import.meta.url));
const invoices = "Invoice No,Amount\nA-1,10.5\nA-2,20\nA-3,99999\n";

async function served(api: Server) {
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      api.closeAllConnections();
      await new Promise((resolve) => api.close(resolve));
    },
  };
}

/** Passes every upload on; the API stores the first, and nobody hears of it. */
const losingTheFirst =
  (url: string): Handler =>
  async ({ method, path: at, body, number }, response) => {
    const answer = await fetch(url + at, { method, body, headers: { "content-type": "application/json" } });
    const text = await answer.text();
    if (number === 1) {
      response.socket?.destroy();
      return undefined;
    }
    return { status: answer.status, headers: { "content-type": "application/json" }, body: text };
  };

async function importInto(
  example: string,
  createApi: (file: string) => Server,
  store: (file: string) => string[],
) {
  let front: FakeApi | undefined;
  const file = () => path.join(front?.folder ?? "", "store");
  let url = "";
  front = await startFakeApi((request, response) => losingTheFirst(url)(request, response));
  await using api = front;
  await using behind = await served(createApi(file()));
  ({ url } = behind);
  const args = [
    api.file("invoices.csv", invoices),
    "--job",
    path.join(examples, `${example}.yaml`),
    "--concurrency",
    "1",
  ];
  const first = await api.run(args);
  return { ...first, stored: store(file()), again: await api.run(args), storedAfterAll: store(file()), api };
}

const lines = (file: string) =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).number as string);

test("an API with a key stores every entry once, though an answer is lost and the file comes again", async () => {
  const keys = (file: string) => {
    const database = new DatabaseSync(file, { readOnly: true });
    const rows = database.prepare("SELECT number FROM invoices ORDER BY number").all();
    database.close();
    return rows.map(({ number }) => String(number));
  };
  const { code, summary, stored, again, storedAfterAll } = await importInto(
    "exactly-once",
    exactlyOnce,
    keys,
  );
  expect({ code, ...summary }).toMatchObject({
    code: 0,
    rows: 3,
    retries: { connection: 1 },
    perhapsTwice: 0,
  });
  expect(stored).toEqual(["A-1", "A-2", "A-3"]);
  expect(again).toMatchObject({ code: 0, summary: { accepted: 0, alreadyStored: 3 } });
  expect(storedAfterAll).toEqual(stored);
});

test("an API without a key loses no entry, and the summary says how many requests it may hold twice", async () => {
  const { code, summary, stored } = await importInto("at-least-once", atLeastOnce, lines);
  expect({ code, ...summary }).toMatchObject({
    code: 10,
    rows: 3,
    accepted: 2,
    rejected: 1,
    perhapsTwice: 1,
  });
  expect(stored).toEqual(["A-1", "A-2", "A-1", "A-2"]);
});

test("an API that answers with a status alone is believed where the job says so", async () => {
  const { code, summary, stored } = await importInto("status-alone", statusAlone, lines);
  expect({ code, ...summary }).toMatchObject({ code: 0, rows: 3, accepted: 3, perhapsTwice: 1 });
  expect(stored.toSorted()).toEqual(["A-1", "A-1", "A-2", "A-3"]);
});

test("every example is short enough to be read at a glance", () => {
  for (const name of readdirSync(examples)) {
    const length = readFileSync(path.join(examples, name), "utf8").split("\n").length - 1;
    expect(length, name).toBeLessThanOrEqual(name.endsWith(".yaml") ? 25 : 40);
  }
});
