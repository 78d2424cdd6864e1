/** What an answer of the API means: every entry is accounted for, or the import stops and says why. */
import { expect, test } from "vitest";
import { type Handler, type Reply, startFakeApi, stored } from "./fakeApi.ts";

const html = { "content-type": "text/html" };
const json = { "content-type": "application/json" };

test.each<[string, Reply, { accepted: number; alreadyStored: number }]>([
  [
    "201 with both numbers",
    { status: 201, body: { accepted: 1, alreadyStored: 1 } },
    { accepted: 1, alreadyStored: 1 },
  ],
  ["200 with the accepted alone", { body: { accepted: 2 } }, { accepted: 2, alreadyStored: 0 }],
  [
    "207 with a list in order",
    { status: 207, body: [{ status: 201 }, { status: 200 }] },
    { accepted: 2, alreadyStored: 0 },
  ],
  [
    "207 with results by index",
    {
      status: 207,
      body: {
        results: [
          { index: 1, status: 201 },
          { index: 0, status: "201 Created" },
        ],
      },
    },
    { accepted: 2, alreadyStored: 0 },
  ],
  [
    "207 with results by pointer",
    {
      status: 207,
      body: {
        items: [
          { pointer: "/1", status: 201 },
          { pointer: "/0", status: 201 },
        ],
      },
    },
    { accepted: 2, alreadyStored: 0 },
  ],
])("takes %s for two stored rows", async (_what, reply, counts) => {
  await using api = await startFakeApi(() => reply);
  const { code, summary } = await api.run();
  expect({ code, ...summary }).toMatchObject({ code: 0, rows: 2, rejected: 0, ...counts });
});

test.each<[string, Reply, RegExp]>([
  [
    "200 with a login page",
    { headers: html, body: "<title>Sign in</title>" },
    /200 with text that is not JSON \(text\/html\)/,
  ],
  ["200 without a body", {}, /200 without a body/],
  ["200 with JSON that is no object", { headers: json, body: "7" }, /200 with no JSON object/],
  ["200 with an object that says nothing", { body: { id: 7 } }, /does not say which entries are stored/],
  [
    "200 with numbers as text",
    { body: { accepted: "2", alreadyStored: "0" } },
    /does not say which entries are stored/,
  ],
  ["200 with half an answer", { headers: json, body: '{"accepted":2,' }, /text that is not JSON/],
  [
    "201 with nothing stored",
    { status: 201, body: { accepted: 0, alreadyStored: 0 } },
    /accounts for 0 of 2 entries/,
  ],
  [
    "201 with one of two",
    { status: 201, body: { accepted: 1, alreadyStored: 0 } },
    /accounts for 1 of 2 entries/,
  ],
  [
    "201 with three of two",
    { status: 201, body: { accepted: 2, alreadyStored: 1 } },
    /accounts for 3 of 2 entries/,
  ],
  [
    "201 with a fault too many",
    { status: 201, body: { accepted: 2, errors: [{ index: 0 }] } },
    /accounts for 3 of 2/,
  ],
  [
    "201 with a fault of nobody",
    { status: 201, body: { accepted: 1, errors: [{ message: "bad" }] } },
    /errors that name no entry/,
  ],
  ["200 with errors that are no list", { body: { accepted: 2, errors: true } }, /errors that name no entry/],
  ["200 with errors in words", { body: { accepted: 2, errors: "one failed" } }, /errors that name no entry/],
  ["200 with an error", { body: { accepted: 2, error: { code: 7 } } }, /holds an error/],
  ["200 with success: false", { body: { success: false, accepted: 2 } }, /says that it did not succeed/],
  ["200 with rejected entries beside", { body: { accepted: 2, rejected: 1 } }, /counts entries as rejected/],
  ["200 with failed entries beside", { body: { accepted: 2, failed: [1] } }, /counts entries as failed/],
  ["202", { status: 202, body: { accepted: 2, alreadyStored: 0 } }, /202: it accepted the entries for later/],
  ["204", { status: 204 }, /204, which does not say/],
  ["206", { status: 206, body: { accepted: 2 } }, /206, which does not say/],
  [
    "207 with an entry too few",
    { status: 207, body: [{ status: 201 }] },
    /1 items that do not name each of 2 entries once/,
  ],
  [
    "207 with an entry twice",
    {
      status: 207,
      body: [
        { index: 0, status: 201 },
        { index: 0, status: 201 },
      ],
    },
    /name each of 2 entries once/,
  ],
  [
    "207 with a place that was not sent",
    {
      status: 207,
      body: [
        { index: 1, status: 201 },
        { index: 2, status: 201 },
      ],
    },
    /name each of 2/,
  ],
  [
    "207 with an entry accepted for later",
    { status: 207, body: [{ status: 201 }, { status: 202 }] },
    /an entry with the status "202"/,
  ],
  [
    "207 with an entry in words",
    { status: 207, body: [{ status: 201 }, { status: "queued" }] },
    /an entry with the status "queued"/,
  ],
  [
    "207 in XML",
    { status: 207, headers: { "content-type": "application/xml" }, body: "<multistatus/>" },
    /not JSON \(application\/xml\)/,
  ],
])("counts nothing as stored after %s, and says why", async (_what, reply, reason) => {
  await using api = await startFakeApi(() => reply);
  const { code, summary } = await api.run();
  expect(code).toBe(1);
  expect(summary.error).toMatchObject({ code: "answer_unclear", message: expect.stringMatching(reason) });
  expect(summary.error.hint).toContain("0 rows are done");
  expect(api.uploads).toHaveLength(1);
});

test.each<[string, Reply]>([
  [
    "207 with an entry at 422",
    { status: 207, body: [{ status: 422, detail: "No such project." }, { status: 201 }] },
  ],
  [
    "207 with numbers and a fault",
    { status: 207, body: { accepted: 1, errors: [{ index: 0, message: "No such project." }] } },
  ],
  [
    "200 with false and true",
    { body: { results: [{ status: false, error: { message: "No such project." } }, { status: true }] } },
  ],
  [
    "201 with a fault by pointer",
    {
      status: 201,
      body: { alreadyStored: 1, errors: [{ pointer: "#/0/project", title: "No such project." }] },
    },
  ],
])("rejects one row and stores the other after %s", async (_what, reply) => {
  await using api = await startFakeApi(() => reply);
  const { code, summary } = await api.run();
  expect({ code, ...summary }).toMatchObject({ code: 10, rows: 2, rejected: 1 });
  expect(summary.accepted + summary.alreadyStored).toBe(1);
  expect(api.rejects()).toMatchObject([{ user_id: "contractor-0", _reason: "No such project." }]);
  expect(api.uploads).toHaveLength(1);
});

test("sends those entries again that an API puts off, and only those", async () => {
  await using api = await startFakeApi(({ number, entries }) =>
    number === 1
      ? { status: 207, body: entries.map((_, index) => ({ status: index === 1 ? 503 : 201 })) }
      : stored({ number, entries } as never, {} as never),
  );
  const { code, summary } = await api.run([], { rows: 3 });
  expect({ code, ...summary }).toMatchObject({ code: 0, accepted: 3 });
  expect(api.uploads.map(({ entries }) => entries.map(({ user_id }) => user_id))).toEqual([
    ["contractor-0", "contractor-1", "contractor-2"],
    ["contractor-1"],
  ]);
});

test.each([301, 302, 303, 307, 308])(
  "follows no redirect, so that the token goes nowhere else: %i",
  async (status) => {
    await using other = await startFakeApi();
    for (const origin of [other.url, undefined]) {
      await using api = await startFakeApi(() => ({
        status,
        headers: { location: `${origin ?? ""}/elsewhere?secret=1` },
      }));
      const { code, summary } = await api.run();
      expect(code).toBe(1);
      expect(summary.error.message).toContain(`it answers ${status} and redirects`);
      expect(summary.error.message).not.toContain("secret");
      expect(api.uploads).toHaveLength(1);
    }
    expect(other.uploads).toHaveLength(0);
  },
);

const refusing =
  (reply: Reply): Handler =>
  (request) =>
    request.entries.some(({ user_id }) => user_id === "contractor-0") ? reply : stored(request, {} as never);

test.each<[string, Reply, string]>([
  [
    "problem details",
    { status: 422, body: { title: "Refused", detail: "No such project." } },
    "Refused: No such project.",
  ],
  ["a message", { status: 400, body: { message: "No such project." } }, "No such project."],
  [
    "an OAuth error",
    { status: 400, body: { error: "invalid", error_description: "No such project." } },
    "invalid: No such project.",
  ],
  ["an error inside", { status: 400, body: { error: { message: "No such project." } } }, "No such project."],
  [
    "a list of errors",
    { status: 422, body: { errors: [{ message: "No such project." }] } },
    "No such project.",
  ],
  [
    "errors by field",
    { status: 400, body: { title: "Invalid", errors: { project: ["No such project."] } } },
    "No such project.",
  ],
  [
    "plain text",
    { status: 400, headers: { "content-type": "text/plain" }, body: "No such project.\n" },
    "No such project.",
  ],
  [
    "text with escapes",
    { status: 400, body: { message: "No such\n\u001b[2Jproject\u202e." } },
    "No such \\u001b[2Jproject\\u202e.",
  ],
  [
    "a very long text",
    { status: 400, body: { message: "No such project. ".repeat(10_000) } },
    "No such project.",
  ],
])("puts what the API says into the reason of the reject: %s", async (_what, reply, said) => {
  await using api = await startFakeApi(refusing(reply));
  const { code, summary } = await api.run();
  expect({ code, ...summary }).toMatchObject({ code: 10, accepted: 1, rejected: 1 });
  const reason = String(api.rejects()[0]?._reason);
  expect(reason).toContain(said);
  expect(reason.length).toBeLessThan(700);
});

test("never writes the token of a request that the API repeats in its message", async () => {
  await using api = await startFakeApi((request) =>
    refusing({ status: 400, body: { message: `Bad: ${request.headers.authorization}` } })(
      request,
      {} as never,
    ),
  );
  await api.run();
  expect(String(api.rejects()[0]?._reason)).toContain("Bad: Bearer ...");
});

test("never writes the token that a redirect repeats", async () => {
  await using api = await startFakeApi(({ headers }) => ({
    status: 302,
    headers: { location: `https://login.example.com/${headers.authorization?.split(" ")[1]}/` },
  }));
  const { code, summary } = await api.run();
  expect({ code, message: summary.error.message }).toEqual({
    code: 1,
    message: expect.stringContaining("https://login.example.com/.../"),
  });
});
