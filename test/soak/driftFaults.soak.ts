/**
 * Every kind of failure at every request of a check, once, twice and without end: the report is the whole one, or there is
 * none and the exit code is 1; either way it ends within its budget.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type Body,
  type DriftTenant,
  findingsOf,
  startDriftTenant,
} from "../scripts/access/drift/driftTenant.ts";

/** So that grants and applications come in pages. */
const others = 110;
const endless = 100_000;
/** Seconds; the longest that the rate limit may hold a check up is half a minute. */
const longest = 45;

let tenant: DriftTenant;
/** What an undisturbed check finds, and how many requests it takes. */
let whole: readonly string[];
let requests: number;

const argv = ["--json", "--scan-applications", "--no-blame"];

beforeAll(async () => {
  tenant = await startDriftTenant();
  const audience = "https://other.example";
  await tenant.call("POST", "resource-servers", { identifier: audience });
  for (let index = 0; index < others; index += 1) {
    const { client_id } = await tenant.call("POST", "clients", { name: `Other ${index}` });
    await tenant.call("POST", "client-grants", { client_id, audience, scope: [] });
  }
  await tenant.call("PATCH", `resource-servers/${tenant.ids.apis.timesheets}`, { signing_alg: "HS256" });
  // The last application on the last page.
  await tenant.call("POST", "clients", { name: "Timesheets Import Job" });
  const result = await tenant.drift(...argv);
  whole = findingsOf(result).map(({ path }) => path);
  requests = JSON.parse(result.stdout).stacks[0].requests.management;
  expect(whole).toHaveLength(2);
  console.info(`${requests} requests`);
});
afterAll(() => tenant.close());
afterEach(() => tenant.forgetFaults());

const tooMany = { statusCode: 429, error: "Too Many Requests", message: "Global limit has been reached" };
const resets = () => String(Math.ceil(Date.now() / 1000) + 1);
const kinds: readonly (readonly [name: string, answer: () => Body])[] = [
  ["429 with Retry-After", () => ({ status: 429, headers: { "retry-after": "1" }, body: tooMany })],
  ["429 with a reset", () => ({ status: 429, headers: { "x-ratelimit-reset": resets() }, body: tooMany })],
  ["429 without a word", () => ({ status: 429 })],
  ["500", () => ({ status: 500, body: { statusCode: 500 } })],
  ["503 that is a page", () => ({ status: 503, headers: { "content-type": "text/html" }, body: "<html>" })],
  ["a cut connection", () => ({ cut: true })],
  ["a malformed body", () => ({ malformed: true })],
  ["an empty body", () => ({ status: 200, body: "" })],
  ["an empty object", () => ({ status: 200, body: {} })],
  ["an empty list", () => ({ status: 200, body: [] })],
  ["null", () => ({ status: 200, body: "null" })],
];

describe.each(kinds)("%s", (kind, answer) => {
  test.each([1, 2, endless])("%i times, from each request on", async (count) => {
    const tally = { whole: 0, none: 0 };
    let slowest = 0;
    // Without end a wait takes all of the budget, so that not every start is tried.
    for (let skip = 0; skip < requests; skip += count === endless ? 3 : 1) {
      await tenant.fault("/api/v2/*", count, answer(), skip);
      const began = performance.now();
      const result = await tenant.drift(...argv);
      const seconds = (performance.now() - began) / 1000;
      await tenant.forgetFaults();
      slowest = Math.max(slowest, seconds);
      const where = `${kind} at request ${skip}: ${result.stdout}`;
      if (result.code === 7) {
        tally.whole += 1;
        expect(
          findingsOf(result).map(({ path }) => path),
          where,
        ).toEqual(whole);
      } else {
        tally.none += 1;
        expect(result.code, where).toBe(1);
        expect(Object.keys(JSON.parse(result.stdout)), where).toEqual(["error"]);
      }
      expect(seconds, where).toBeLessThan(longest);
      // What may pass is tried again at least twice.
      if (count <= 2 && !/empty (object|list)|null/.test(kind)) expect(result.code, where).toBe(7);
    }
    const times = count === endless ? "without end" : `${count} times`;
    console.info(
      `${kind} ${times}: ${tally.whole} whole reports, ${tally.none} refusals, at most ${slowest.toFixed(1)} s`,
    );
  });
});
