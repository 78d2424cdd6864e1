/** What `verify --api-url` finds in an API that guards itself, and in ones that do not. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTimesheetsApi } from "../../../scripts/access/local/timesheetsApi.ts";
import { type Check, verifyStack } from "../../../scripts/checks/verifyStack.ts";
import { requestAccessToken } from "../../../scripts/tokens/accessToken.ts";
import { accessModel } from "../../helpers/accessModel.ts";
import { type Provisioned, provision, startTenant, type TestTenant } from "../../helpers/tenant.ts";

const model = accessModel();
let tenant: TestTenant;
let made: Provisioned;
beforeAll(async () => {
  tenant = await startTenant();
  made = await provision(tenant, model);
});
afterAll(() => tenant.close());

async function verifyApi(apiUrl: string): Promise<Check[]> {
  const { domain, clientId, clientSecret } = tenant.tenant;
  const other = await requestAccessToken({
    tokenEndpoint: `https://${domain}/oauth/token`,
    clientId,
    audience: `https://${domain}/api/v2/`,
    scope: "read:client_grants",
    proof: { method: "client_secret_post", clientSecret },
  });
  const checks = await verifyStack({
    model,
    issuer: tenant.issuer,
    credentials: { "import-job": { clientId: made.clientId, clientSecret: made.clientSecret } },
    otherToken: other.value,
    apiUrl,
    signal: new AbortController().signal,
  });
  return checks.filter(({ id }) => id.startsWith("timesheets.api."));
}

test("the Timesheets API lets in the job's token for an upload, and nobody else", async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "timesheets-api-"));
  const api = await startTimesheetsApi({
    dataDir,
    port: 0,
    issuer: tenant.issuer,
    audience: model.apis.timesheets?.identifier ?? "",
    signingAlgorithm: "RS256",
    tokenProfile: "auth0",
    caFile: tenant.tenant.caFile,
  });
  try {
    const checks = await verifyApi(api.url);
    expect(checks.map(({ id, seen }) => `${id.slice("timesheets.api.".length)} ${seen}`)).toEqual([
      "no-token 401",
      "garbage 401",
      "other-audience 401",
      "upload 201",
      "refuses-read 403",
      "refuses-create 403",
      "refuses-delete 403",
      "refuses-approve 403",
    ]);
    expect(checks.every(({ ok }) => ok)).toBe(true);
  } finally {
    await api.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test("an API that answers 201 to everybody fails every check but the upload", async () => {
  const server = createServer((_request, response) => response.writeHead(201).end()).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    const checks = await verifyApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(checks.filter(({ ok }) => ok).map(({ id }) => id)).toEqual(["timesheets.api.upload"]);
    expect(checks).toHaveLength(8);
  } finally {
    server.close();
  }
});
