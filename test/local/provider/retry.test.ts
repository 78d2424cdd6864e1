/** How long the provider waits for a tenant, and when it gives up. */
import { expect, test } from "vitest";
import { patientFetch } from "../../../local/provider/retry.ts";

/** A `fetch` that gives these answers in turn, on a clock that moves only while something sleeps. */
function scripted(answers: (Response | Error)[]) {
  let now = 1_000_000;
  const slept: number[] = [];
  const controller = new AbortController();
  const send = patientFetch({
    domain: "localhost:1",
    signal: controller.signal,
    now: () => now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
    },
    fetch: async () => {
      const answer = answers.shift();
      if (answer === undefined) throw new Error("one request too many");
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { send, slept, controller, left: answers };
}

const limited = (headers: Record<string, string> = {}) => new Response("{}", { status: 429, headers });

test("waits for the second that a 429 names", async () => {
  const { send, slept } = scripted([limited({ "x-ratelimit-reset": "1003" }), new Response("ok")]);
  expect(await (await send("https://localhost:1/")).text()).toBe("ok");
  expect(slept).toHaveLength(1);
  expect(slept[0]).toBeGreaterThanOrEqual(3000);
  expect(slept[0]).toBeLessThan(3200);
});

test("waits five seconds where a 429 names none, as often as it takes", async () => {
  const { send, slept } = scripted([...Array.from({ length: 20 }, () => limited()), new Response("ok")]);
  expect((await send("https://localhost:1/")).status).toBe(200);
  expect(slept).toHaveLength(20);
  expect(Math.min(...slept)).toBeGreaterThanOrEqual(5000);
});

test("repeats a passing server error three times, then hands it over", async () => {
  const { send, left } = scripted(Array.from({ length: 5 }, () => new Response("", { status: 503 })));
  expect((await send("https://localhost:1/")).status).toBe(503);
  expect(left).toHaveLength(1);
});

test("repeats no creation after a server error, since it may have happened, but does after a 429", async () => {
  const failed = () => new Response("", { status: 503 });
  const post = { method: "POST", body: "{}" };
  const creation = scripted([limited(), failed(), new Response("ok")]);
  expect((await creation.send("https://localhost:1/api/v2/clients", post)).status).toBe(503);
  expect(creation.left).toHaveLength(1);
  const token = scripted([failed(), new Response("ok")]);
  expect((await token.send("https://localhost:1/oauth/token", post)).status).toBe(200);
  const change = scripted([failed(), new Response("ok")]);
  expect((await change.send("https://localhost:1/api/v2/clients/x", { method: "PATCH" })).status).toBe(200);
});

test("does not repeat an error of ours", async () => {
  const { send, left } = scripted([new Response("", { status: 400 }), new Response("ok")]);
  expect((await send("https://localhost:1/")).status).toBe(400);
  expect(left).toHaveLength(1);
});

test("distinguishes an untrusted certificate from a tenant that is not there", async () => {
  const failed = (code: string) =>
    new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
  await expect(scripted([failed("ECONNREFUSED")]).send("https://localhost:1/")).rejects.toThrow(
    "the tenant localhost:1 cannot be reached (ECONNREFUSED)",
  );
  await expect(
    scripted([failed("UNABLE_TO_VERIFY_LEAF_SIGNATURE")]).send("https://localhost:1/"),
  ).rejects.toThrow(/the certificate of localhost:1 is not trusted .* NODE_EXTRA_CA_CERTS/);
});

test("stops waiting when the operation is cancelled", async () => {
  const controller = new AbortController();
  const send = patientFetch({
    domain: "localhost:1",
    signal: controller.signal,
    fetch: async () => limited(),
  });
  const pending = send("https://localhost:1/");
  setTimeout(() => controller.abort(new Error("cancelled")), 20);
  await expect(pending).rejects.toThrow("cancelled");
});
