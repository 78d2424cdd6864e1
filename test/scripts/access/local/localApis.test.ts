/** The APIs that a project names to run beside its local tenant. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noReport } from "../../../../lib/report.ts";
import { startApiProcess } from "../../../../scripts/access/local/apiProcess.ts";
import { readLocalSettings } from "../../../../scripts/access/local/localApis.ts";
import { startServices } from "../../../../scripts/access/local/services.ts";
import { accessModel } from "../../../helpers/accessModel.ts";
import { plainEnvironment } from "../../../helpers/environment.ts";
import { startLocal } from "../../../helpers/localStack.ts";

const model = accessModel();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "local-apis-"));
  writeFileSync(path.join(folder, "Pulumi.yaml"), "name: 'orders' # ours\nruntime: nodejs\n");
  writeFileSync(path.join(folder, "api.mjs"), "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function settings(yaml: string) {
  writeFileSync(path.join(folder, "Pulumi.local.yaml"), yaml);
  return readLocalSettings(folder, model);
}

test("a project that names none has none", async () => {
  const none = { project: "orders", apis: [], demoSample: undefined };
  expect(await readLocalSettings(folder, model)).toEqual(none);
  expect(await settings("")).toEqual(none);
  expect(await settings("config:\n")).toEqual(none);
});

test("modules are found by the project's name and the API's key; an API that the model lacks is left out", async () => {
  const found = await settings(
    "config:\n  orders:localApis: { timesheets: api.mjs, payroll: absent.mjs }\n  orders:demoSample: a.csv\n",
  );
  expect(found.apis.map(({ api, module }) => [api.key, module])).toEqual([
    ["timesheets", path.join(folder, "api.mjs")],
  ]);
  expect(found.demoSample).toBe("a.csv");
  expect((await settings("config:\n  other:localApis: { timesheets: api.mjs }\n")).apis).toEqual([]);
});

test.each([
  ["orders:localApis: [api.mjs]", "orders:localApis is a map from API keys to modules"],
  ["orders:localApis: { timesheets: absent.mjs }", "which is not there"],
])("refuses %s", async (line, message) => {
  await expect(settings(`config:\n  ${line}\n`)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(message),
  });
});

test.each([
  ["process.stderr.write('no database')", "no database"],
  ["", "it ended without an address."],
  ["console.log('ready')", 'its first line is neither {"url"} nor {"error"}.'],
])("an API that does not start is named with its reason: %s", async (source, reason) => {
  const module = path.join(folder, "broken.mjs");
  writeFileSync(module, source);
  const starting = startApiProcess(module, {
    dataDir: folder,
    port: 0,
    issuer: "https://localhost:1/",
    audience: "orders",
    signingAlgorithm: "RS256",
    tokenProfile: "auth0",
    caFile: "",
  });
  await expect(starting).rejects.toMatchObject({ code: "local_api_failed", message: `${module}: ${reason}` });
});

test("without any, the tenant is served alone", async () => {
  const services = await startServices({
    dataDir: path.join(folder, "data"),
    port: 0,
    apiPort: 0,
    provider: "official",
    apis: async () => [],
    env: plainEnvironment(),
    report: noReport,
  });
  try {
    expect(services.record.apis).toEqual({});
  } finally {
    await services.close();
  }
});

test("local env names the address of each, after its key", async () => {
  const local = await startLocal();
  try {
    const { code, stdout, stderr } = await local.run(["local", "env", "--json"]);
    expect(code, stderr).toBe(0);
    const { timesheets } = local.record.apis;
    expect(timesheets).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(JSON.parse(stdout)).toMatchObject({ TIMESHEETS_API_URL: timesheets });
  } finally {
    await local.close();
  }
});
