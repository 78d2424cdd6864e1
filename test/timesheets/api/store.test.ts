/** The store's promises that need a clock or a race. */
import { expect, test } from "vitest";
import { answerLifetime, TimesheetStore } from "../../../timesheets/api/store.ts";

const entry = (user_id: string, hours = 8) => ({ user_id, date: "2026-03-31", project: "atlas", hours });
const key = (fingerprint = "a") => ({ client: "job", key: "k", fingerprint });

test("reports that an upload with the same key is still in progress", async () => {
  const store = new TimesheetStore(":memory:");
  const first = store.upload([entry("a")], key());
  expect(await store.upload([entry("a")], key())).toEqual({ kind: "in_progress" });
  expect(await first).toMatchObject({ kind: "stored" });
  store.close();
});

test("keeps an answer for seven days, with its age, and then forgets it", async () => {
  let now = Date.UTC(2026, 0, 1);
  const store = new TimesheetStore(":memory:", () => now);
  await store.upload([entry("a")], key());
  now += answerLifetime - 1;
  expect(await store.upload([entry("a")], key())).toEqual({
    kind: "replayed",
    counts: { accepted: 1, alreadyStored: 0 },
    age: 7 * 24 * 60 * 60 - 1,
  });
  now += 1;
  store.forgetOldAnswers();
  expect(await store.upload([entry("b")], key("other"))).toMatchObject({ kind: "stored" });
  store.close();
});

test("keeps one application's keys apart from another's", async () => {
  const store = new TimesheetStore(":memory:");
  await store.upload([entry("a")], key());
  const other = await store.upload([entry("b")], { ...key("b"), client: "other" });
  expect(other).toMatchObject({ kind: "stored" });
  store.close();
});

test("undoes a batch with a conflict without touching the batches that share its commit", async () => {
  const store = new TimesheetStore(":memory:");
  await store.upload([entry("a", 8)]);
  const outcomes = await Promise.all([
    store.upload([entry("b")]),
    store.upload([entry("c"), entry("a", 7)]),
    store.upload([entry("d")]),
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["stored", "conflicts", "stored"]);
  expect(store.list(10, 0).entries.map(({ user_id }) => user_id)).toEqual(["a", "b", "d"]);
  store.close();
});

test("answers large uploads one after the other, in the order in which they came", async () => {
  const store = new TimesheetStore(":memory:");
  const large = (name: string) => Array.from({ length: 1000 }, (_, index) => entry(`${name}-${index}`));
  const answered: string[] = [];
  const upload = async (name: string) => {
    await store.upload(large(name));
    answered.push(`${name} with ${store.list(1, 0).total} stored`);
  };
  await Promise.all(["a", "b", "c"].map(upload));
  expect(answered).toEqual(["a with 1000 stored", "b with 2000 stored", "c with 3000 stored"]);
  store.close();
});

test("stores what still waits when it is closed", async () => {
  const store = new TimesheetStore(":memory:");
  const uploads = ["a", "b", "c"].map((name) =>
    store.upload(Array.from({ length: 1000 }, (_, index) => entry(`${name}-${index}`))),
  );
  store.close();
  expect((await Promise.all(uploads)).map(({ kind }) => kind)).toEqual(["stored", "stored", "stored"]);
});

test("does not answer a key whose upload was refused: corrected, it may be sent again", async () => {
  const store = new TimesheetStore(":memory:");
  await store.upload([entry("a", 8)]);
  expect(await store.upload([entry("a", 7)], key())).toMatchObject({ kind: "conflicts" });
  expect(await store.upload([entry("b")], key("corrected"))).toMatchObject({ kind: "stored" });
  store.close();
});
