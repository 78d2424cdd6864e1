/** Writes whose answer is lost: what is looked into, what is sent again, and what ends with "state unknown". */
import { expect, test } from "vitest";
import { noReport } from "../../../../lib/report.ts";
import { settle } from "../../../../scripts/access/rotate/settle.ts";
import { ManagementError } from "../../../../scripts/tenant/managementClient.ts";

const never = new AbortController().signal;
const answered = (status: number) => new ManagementError("POST /x", status, "no", undefined);
const failed = (code: string) => Object.assign(new Error(code), { code });

/**
 * A secret that each request makes new, some time after it came.
 * @param first What the caller gets of the first request.
 * @param landsAfter Milliseconds; undefined for a request that is never carried out.
 */
function tenant(first: Error | undefined, landsAfter: number | undefined) {
  let requests = 0;
  let secret = 0;
  const outcome = settle({
    what: "The rotation of the secret",
    write: async () => {
      requests += 1;
      if (requests > 1) secret += 1;
      else if (landsAfter !== undefined) setTimeout(() => (secret += 1), landsAfter);
      if (requests === 1 && first) throw first;
    },
    read: async () => secret,
    done: (state) => state > 0,
    signal: never,
    report: noReport,
    patience: 1_500,
  });
  return outcome.then(
    (state) => ({ state, requests }),
    (error) => ({ error: error.code, hint: error.hint, requests }),
  );
}

test.each([
  ["no answer in time", new DOMException("No answer in time.", "TimeoutError")],
  ["a cut connection", failed("ECONNRESET")],
  ["an answer of a gateway, 502", answered(502)],
  ["an answer of a gateway, 504", answered(504)],
  ["an unreadable answer", new Error("unexpected body")],
  ["an answer before the change is seen", undefined],
])("after %s, a request that lands later is waited for, and not sent again", async (_, first) => {
  expect(await tenant(first, 600)).toEqual({ state: 1, requests: 1 });
});

test.each([
  ["no answer in time", new DOMException("No answer in time.", "TimeoutError"), "state_unknown"],
  ["an answer of a gateway, 502", answered(502), "state_unknown"],
  ["an answer that it was done", undefined, "not_done"],
])("after %s and no change, it ends without a second request", async (_, first, error) => {
  expect(await tenant(first, undefined)).toMatchObject({ error, requests: 1 });
});

test.each([
  ["was never sent", failed("ECONNREFUSED")],
  ["the API itself failed, 503", answered(503)],
])("a request that %s is sent again", async (_, first) => {
  expect(await tenant(first, undefined)).toEqual({ state: 1, requests: 2 });
});

test("a refusal is final", async () => {
  expect(await tenant(answered(403), undefined)).toMatchObject({ error: "insufficient_scope", requests: 1 });
});
