/** The provider in a tenant with a low rate limit. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { resourceTypes as types } from "../../../infra/names.ts";
import { type RunningProvider, startProvider } from "../../../local/provider/serve.ts";
import { connectTo, urnOf } from "./protocolClient.ts";
import { type RecordingTenant, startRecordingTenant } from "./recordingTenant.ts";

let tenant: RecordingTenant;
let served: RunningProvider;

beforeAll(async () => {
  tenant = await startRecordingTenant("free");
  served = await startProvider({ env: { PATH: process.env.PATH, ...tenant.env } });
});

afterAll(async () => {
  await served?.close();
  await tenant?.close();
});

test("makes many resources at once in a tenant that allows two requests a second", async () => {
  const provider = connectTo(served.port);
  const names = ["a", "b", "c", "d"];
  const made = await Promise.all(names.map((name) => provider.create(urnOf(types.application), { name })));
  provider.close();
  expect(new Set(made.map(({ id }) => id)).size).toBe(names.length);
  const requests = tenant.take();
  expect(requests.filter(({ status }) => status === 201)).toHaveLength(names.length);
  expect(requests.some(({ status }) => status === 429)).toBe(true);
});
