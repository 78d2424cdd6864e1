/** A creation that happens without an answer, on the real engine: the object is made once, and the next run finds it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { faultOrder } from "../helpers/faults.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";

let local: LocalStack;
beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local.close());

const bootstrap = () => local.run(["bootstrap", "--yes", "--stack", "local"]);

test("an application made without an answer is named, not made again, and adopted by the next run", async () => {
  await local.fault(faultOrder({ method: "POST", path: "/api/v2/clients" }, { status: 502, done: true }));
  const unclear = await bootstrap();
  expect(unclear.code, unclear.stderr).toBe(4);
  expect(unclear.stderr).toContain('look in the tenant for the application "Timesheets Import Job"');
  const next = await bootstrap();
  expect(next.code, next.stderr).toBe(0);
  expect((await local.writes()).filter((write) => write === "POST /api/v2/clients")).toHaveLength(1);
  const clients = await local.management.list("clients", "clients", z.object({ name: z.string() }));
  expect(clients.filter(({ name }) => name === "Timesheets Import Job")).toHaveLength(1);
});
