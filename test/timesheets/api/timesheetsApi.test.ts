/** The Timesheets API over HTTP, with tokens of a real tenant. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requestAccessToken } from "../../../scripts/tokens/accessToken.ts";
import { type RunningTimesheetsApi, serveTimesheetsApi } from "../../../timesheets/api/serve.ts";
import { type ImportTenant, startImportTenant } from "../../scripts/import/importTenant.ts";

let tenant: ImportTenant;
let api: RunningTimesheetsApi;
let folder: string;
let everything: string;
let uploadOnly: string;

const scopes = [
  "batch:upload",
  "read:timesheets",
  "create:timesheets",
  "delete:timesheets",
  "approve:timesheets",
];

beforeAll(async () => {
  tenant = await startImportTenant();
  folder = mkdtempSync(path.join(os.tmpdir(), "timesheets-api-"));
  const { issuer, audience, caFile } = tenant;
  api = await serveTimesheetsApi({ dataDir: folder, issuer, audience, caFile });
  uploadOnly = await token();
  await tenant.grant(scopes);
  everything = await token();
});

afterAll(async () => {
  await api.close();
  await tenant.close();
  rmSync(folder, { recursive: true, force: true });
});

async function token(): Promise<string> {
  const { clientId = "", clientSecret = "" } = tenant.credentials;
  const { value } = await requestAccessToken({
    tokenEndpoint: `${tenant.issuer}oauth/token`,
    clientId,
    audience: tenant.audience,
    proof: { method: "client_secret_post", clientSecret },
  });
  return value;
}

interface Call {
  readonly body?: unknown;
  readonly key?: string;
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function call(
  method: string,
  address: string,
  { body, key, as = everything, headers = {} }: Call = {},
) {
  const response = await fetch(api.url + address, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
      ...headers,
    },
    body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : (JSON.parse(text) as Record<string, unknown>),
  };
}

const entry = (user_id: string, hours = 8) => ({ user_id, date: "2026-03-31", project: "atlas", hours });

test("takes one entry or an array, and counts what it stored and what it had", async () => {
  const one = await call("POST", "/timesheets/upload", { body: entry("one") });
  expect(one).toMatchObject({ status: 201, body: { accepted: 1, alreadyStored: 0 } });
  const more = await call("POST", "/timesheets/upload", { body: [entry("one"), entry("two")] });
  expect(more).toMatchObject({ status: 201, body: { accepted: 1, alreadyStored: 1 } });
});

test("names every entry at fault and stores none of the batch", async () => {
  const answer = await call("POST", "/timesheets/upload", {
    body: [entry("whole"), { ...entry("broken"), date: "31.3.2026", hours: 25 }, 5],
  });
  expect(answer.status).toBe(422);
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
  expect(answer.body).toMatchObject({
    type: "https://api.exampleco.com/problems/invalid-entries",
    status: 422,
    errors: [
      { index: 1, pointer: "#/1/date", code: "invalid_date" },
      { index: 1, pointer: "#/1/hours", code: "invalid_hours" },
      { index: 2, pointer: "#/2", code: "not_an_object" },
    ],
  });
  const { body } = await call("GET", "/timesheets?limit=1000");
  expect(JSON.stringify(body)).not.toContain("whole");
});

test("refuses other hours for an entry that is stored", async () => {
  await call("POST", "/timesheets/upload", { body: entry("contradicted", 8) });
  const answer = await call("POST", "/timesheets/upload", {
    body: [entry("fresh"), entry("contradicted", 7)],
  });
  expect(answer).toMatchObject({ status: 422, body: { errors: [{ index: 1, code: "conflict" }] } });
});

test("compares instants whatever their offset", async () => {
  const at = (date: string) => ({ ...entry("traveller"), date });
  await call("POST", "/timesheets/upload", { body: at("2026-03-31T10:00:00+02:00") });
  const again = await call("POST", "/timesheets/upload", { body: at("2026-03-31T08:00:00Z") });
  expect(again.body).toEqual({ accepted: 0, alreadyStored: 1 });
});

test("answers a repeated Idempotency-Key with the first answer, and refuses it for another body", async () => {
  const first = await call("POST", "/timesheets/upload", { body: [entry("keyed")], key: '"night-1"' });
  expect(first.headers.get("idempotent-replayed")).toBeNull();
  const again = await call("POST", "/timesheets/upload", { body: [entry("keyed")], key: '"night-1"' });
  expect(again).toMatchObject({ status: 201, body: { accepted: 1, alreadyStored: 0 } });
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  expect(again.headers.get("age")).toMatch(/^\d+$/);
  const other = await call("POST", "/timesheets/upload", { body: [entry("other")], key: '"night-1"' });
  expect(other).toMatchObject({
    status: 422,
    body: { type: "https://api.exampleco.com/problems/idempotency-key-reused" },
  });
  expect(await call("POST", "/timesheets/upload", { body: [], key: "x".repeat(200) })).toMatchObject({
    status: 400,
  });
});

test("lists, creates, approves and deletes entries", async () => {
  const created = await call("POST", "/timesheets", { body: entry("lifecycle") });
  expect(created.status).toBe(201);
  const id = created.body?.id;
  expect(created.headers.get("location")).toBe(`/timesheets/${id}`);
  expect(await call("POST", "/timesheets", { body: entry("lifecycle") })).toMatchObject({
    status: 200,
    body: { id },
  });
  expect(await call("POST", "/timesheets", { body: entry("lifecycle", 1) })).toMatchObject({ status: 409 });
  const approved = await call("POST", `/timesheets/${id}/approve`);
  expect(approved.body?.approved_at).toMatch(/^\d{4}-/);
  expect((await call("POST", `/timesheets/${id}/approve`)).body).toEqual(approved.body);
  const { total } = (await call("GET", "/timesheets?limit=1")).body as { total: number };
  const last = await call("GET", `/timesheets?limit=1&offset=${total - 1}`);
  expect(last.body).toMatchObject({ total, entries: [{ id, user_id: "lifecycle", hours: 8 }] });
  expect((await call("DELETE", `/timesheets/${id}`)).status).toBe(204);
  expect((await call("DELETE", `/timesheets/${id}`)).status).toBe(404);
  expect((await call("POST", "/timesheets/nonsense/approve")).status).toBe(404);
  expect((await call("GET", "/timesheets?limit=0")).status).toBe(400);
});

test.each([
  ["GET", "/timesheets", "read:timesheets"],
  ["POST", "/timesheets", "create:timesheets"],
  ["DELETE", "/timesheets/1", "delete:timesheets"],
  ["POST", "/timesheets/1/approve", "approve:timesheets"],
])("refuses the import job's token on %s %s with the scope that it lacks", async (method, address, scope) => {
  const answer = await call(method, address, {
    as: uploadOnly,
    ...(method === "GET" || method === "DELETE" ? {} : { body: entry("refused") }),
  });
  expect(answer).toMatchObject({ status: 403, body: { status: 403 } });
  const challenge = answer.headers.get("www-authenticate");
  expect(challenge).toContain('error="insufficient_scope"');
  expect(challenge).toContain(`scope="${scope}"`);
});

test("refuses no token, a broken one and one for another API with the challenge of RFC 6750", async () => {
  const none = await fetch(`${api.url}/timesheets`);
  expect(none.status).toBe(401);
  expect(none.headers.get("www-authenticate")).toMatch(/^Bearer realm=/);
  expect(none.headers.get("www-authenticate")).not.toContain("error=");
  const broken = await call("GET", "/timesheets", { as: `${everything.slice(0, -3)}AAA` });
  expect(broken.status).toBe(401);
  expect(broken.headers.get("www-authenticate")).toContain('error="invalid_token"');
});

test.each([
  [415, { body: "a=1", headers: { "content-type": "application/x-www-form-urlencoded" } }],
  [400, { body: "{" }],
  [413, { body: JSON.stringify(Array.from({ length: 10_001 }, () => 1)) }],
  [413, { body: JSON.stringify("x".repeat(4 * 1024 * 1024)) }],
])("answers %i to a body that it cannot take, as a problem document", async (status, sent) => {
  const answer = await call("POST", "/timesheets/upload", sent);
  expect(answer).toMatchObject({ status, body: { status } });
});

test("keeps its database to itself", () => {
  expect(statSync(path.join(folder, "timesheets.db")).mode & 0o777).toBe(0o600);
});
