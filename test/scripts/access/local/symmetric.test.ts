/** The Timesheets API beside the local tenant, where the model has it sign with HS256. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type LocalStack, startLocal } from "../../../helpers/localStack.ts";
import { makeClient } from "../../../helpers/tenant.ts";

const identifier = "https://api.exampleco.com/timesheets";
const model = JSON.stringify({
  apis: {
    timesheets: {
      name: "Timesheets API",
      identifier,
      signingAlgorithm: "HS256",
      scopes: { "batch:upload": "Upload timesheets in batches" },
    },
  },
  applications: {},
  exceptions: [
    { rule: "asymmetric-signing", on: "apis.timesheets", reason: "tried here", until: "2099-12-31" },
  ],
});

let local: LocalStack;
beforeAll(async () => {
  local = await startLocal({ model });
});
afterAll(() => local?.close());

const anything = z.record(z.string(), z.unknown());

async function issueToken(): Promise<string> {
  const { client_id, client_secret } = await makeClient(local.management, {
    name: "Job",
    authentication: "client_secret_post",
  });
  const grant = { client_id, audience: identifier, scope: ["batch:upload"] };
  await local.management.send("POST", "client-grants", grant, anything);
  const response = await fetch(`${local.record.url}/oauth/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      grant_type: "client_credentials",
      client_id,
      client_secret,
      audience: identifier,
    }),
  });
  return z.object({ access_token: z.string() }).parse(await response.json()).access_token;
}

function upload(token: string): Promise<Response> {
  return fetch(`${local.record.apis.timesheets}/timesheets/upload`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "[]",
  });
}

test("it waits for the API to exist, then checks tokens with the secret that the tenant made", async () => {
  const early = await upload("a.b.c");
  expect(early.status).toBe(503);
  expect(early.headers.get("retry-after")).not.toBeNull();
  expect(await early.json()).toMatchObject({ title: "The tenant has no such API yet." });
  const api = {
    name: "Timesheets API",
    identifier,
    signing_alg: "HS256",
    scopes: [{ value: "batch:upload", description: "Upload timesheets in batches" }],
  };
  await local.management.send("POST", "resource-servers", api, anything);
  const token = await issueToken();
  expect((await upload(token)).status).toBe(201);
  expect((await upload(`${token.slice(0, -4)}AAAA`)).status).toBe(401);
});
