/** What `verify --api-url` finds in an API that guards itself, and in ones that do not. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApiProcess } from "../../../scripts/access/local/apiProcess.ts";
import { apiAddress } from "../../../scripts/checks/apiUrl.ts";
import { type Check, verifyStack } from "../../../scripts/checks/verifyStack.ts";
import { requestAccessToken } from "../../../scripts/tokens/accessToken.ts";
import { accessModel } from "../../helpers/accessModel.ts";
import { repository } from "../../helpers/commandLine.ts";
import { type Provisioned, provision, startTenant, type TestTenant } from "../../helpers/tenant.ts";

const model = accessModel();
let tenant: TestTenant;
let made: Provisioned;
beforeAll(async () => {
  tenant = await startTenant();
  made = await provision(tenant, model);
});
afterAll(() => tenant.close());

async function verifyApi(apiUrl: string, endpoints = model.apis.timesheets?.endpoints): Promise<Check[]> {
  const { domain, clientId, clientSecret } = tenant.tenant;
  const other = await requestAccessToken({
    tokenEndpoint: `https://${domain}/oauth/token`,
    clientId,
    audience: `https://${domain}/api/v2/`,
    scope: "read:client_grants",
    proof: { method: "client_secret_post", clientSecret },
  });
  const asked = accessModel({ api: { endpoints: endpoints ?? {} } });
  const checks = await verifyStack({
    model: asked,
    issuer: tenant.issuer,
    credentials: { "import-job": { clientId: made.clientId, clientSecret: made.clientSecret } },
    otherToken: other.value,
    address: apiAddress(apiUrl, asked),
    signal: new AbortController().signal,
  });
  return checks.filter(({ id }) => id.startsWith("timesheets.api."));
}

/** An API that answers every request with one status, and keeps what it was asked. */
async function answering(status: number, use: (url: string, asked: Asked[]) => Promise<void>): Promise<void> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    asked.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.close();
  }
}

interface Asked {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
}

test("the Timesheets API lets in the job's token for an upload, and nobody else", async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "timesheets-api-"));
  const api = await startApiProcess(path.join(repository, "timesheets/api/main.ts"), {
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
      "import-job.post-timesheets-upload let in (415)",
      "import-job.get-timesheets 403",
      "import-job.post-timesheets 403",
      "import-job.delete-timesheets-id 403",
      "import-job.post-timesheets-id-approve 403",
    ]);
    expect(checks.every(({ ok }) => ok)).toBe(true);
  } finally {
    await api.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test("an API that answers 201 to everybody fails every check but the upload", async () => {
  await answering(201, async (url) => {
    const checks = await verifyApi(url);
    expect(checks.filter(({ ok }) => ok).map(({ id }) => id)).toEqual([
      "timesheets.api.import-job.post-timesheets-upload",
    ]);
    expect(checks).toHaveLength(8);
  });
});

test.each([401, 403, 302, 404, 405, 429, 500])(
  "an answer %i is not one to a token that was let in",
  async (status) => {
    await answering(status, async (url) => {
      const checks = await verifyApi(url);
      const upload = checks.find(({ id }) => id.endsWith(".post-timesheets-upload"));
      expect(upload).toMatchObject({ ok: false, expected: "let in", seen: String(status) });
    });
  },
);

test("nothing that is sent has a body, names an object, or could delete one", async () => {
  const endpoints = {
    "DELETE /timesheets": "delete:timesheets",
    "DELETE /timesheets/{id}": "batch:upload",
    "POST /timesheets/{id}/approve": "approve:timesheets",
    "POST /timesheets/upload": "batch:upload",
  };
  await answering(200, async (url, asked) => {
    const checks = await verifyApi(url, endpoints);
    expect(checks.filter(({ skipped }) => skipped).map(({ id, explanation }) => [id, explanation])).toEqual([
      [
        "timesheets.api.import-job.delete-timesheets",
        "A DELETE without an id in braces in its path could delete.",
      ],
      [
        "timesheets.api.import-job.delete-timesheets-id",
        "A DELETE is never sent with a token that it lets in.",
      ],
    ]);
    expect(asked.length).toBeGreaterThan(3);
    for (const { line, headers } of asked) {
      expect(line).toMatch(
        /^POST \/timesheets\/(upload|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\/approve)$/,
      );
      expect(headers["content-length"] ?? "0").toBe("0");
      expect(headers["transfer-encoding"]).toBeUndefined();
    }
  });
});

test("an API without endpoints in the model is not asked, and the check says why", async () => {
  await answering(200, async (url, asked) => {
    expect(await verifyApi(url, {})).toEqual([
      expect.objectContaining({
        id: "timesheets.api.endpoints",
        skipped: true,
        explanation: "The model names no endpoints of this API; list some under apis.timesheets.endpoints.",
      }),
    ]);
    expect(asked).toEqual([]);
  });
});

describe("--api-url", () => {
  const [timesheets] = Object.values(model.apis);
  if (!timesheets) throw new Error("The model has lost its API.");
  const billing = { ...timesheets, key: "billing" };
  const two = { apis: { timesheets, billing } };
  const plain = { apis: { billing: { ...billing, endpoints: {} }, timesheets } };

  test("is of the one API whose endpoints the model names, else of the one that it names", () => {
    expect(apiAddress("https://api.example.com/v1", plain)).toEqual({
      api: timesheets,
      url: "https://api.example.com/v1",
    });
    expect(apiAddress("billing=https://api.example.com", two).api.key).toBe("billing");
    expect(apiAddress("billing=https://api.example.com", plain).api.key).toBe("billing");
  });

  test.each([
    ["https://api.example.com", "--api-url does not say which API is there."],
    ["payroll=https://api.example.com", "--api-url names the API payroll, which the model does not have."],
    ["billing=http://api.example.com", "The value of --api-url is not https"],
    ["billing=", "The value of --api-url is not the address of a service"],
  ])("refuses %s", (value, message) => {
    expect(() => apiAddress(value, two)).toThrow(message);
  });
});
