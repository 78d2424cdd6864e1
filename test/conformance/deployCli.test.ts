/** Auth0's deploy CLI exports a tenant, imports it, and a second export equals the first. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startTenant, type TestTenant } from "../local/tenant/support/running.ts";

const included = ["resourceServers", "clients", "clientGrants"];
const tool = join(import.meta.dirname, "node_modules/.bin/a0deploy");

async function run(tenant: TestTenant, args: readonly string[]): Promise<string> {
  const config = join(tenant.dataDir, "deploy.json");
  const secrets = {
    AUTH0_DOMAIN: tenant.domain,
    AUTH0_CLIENT_ID: tenant.clientId,
    AUTH0_CLIENT_SECRET: tenant.clientSecret,
  };
  await writeFile(config, JSON.stringify({ ...secrets, AUTH0_INCLUDED_ONLY: included }), { mode: 0o600 });
  const env = { PATH: process.env.PATH, HOME: tenant.dataDir, NODE_EXTRA_CA_CERTS: tenant.caFile };
  const child = spawn(process.execPath, [tool, ...args, "--config_file", config], { env });
  const [output, problems, code] = await Promise.all([
    child.stdout.setEncoding("utf8").toArray(),
    child.stderr.setEncoding("utf8").toArray(),
    new Promise((resolve) => child.once("exit", resolve)),
  ]);
  assert.equal(code, 0, [...output, ...problems].join(""));
  return [...output, ...problems].join("");
}

const exportTo = (tenant: TestTenant, folder: string) =>
  run(tenant, ["export", "--format", "yaml", "--output_folder", folder]);

test("export, import and export again give the same", async () => {
  await using tenant = await startTenant();
  const api = { name: "Timesheets API", identifier: "https://api.exampleco.com/timesheets" };
  const { body: ids } = await tenant.control("POST", "/dashboard/apis", api);
  await tenant.manage("PATCH", `/resource-servers/${ids.resourceServerId}`, {
    scopes: [{ value: "batch:upload", description: "Upload timesheets in batches" }],
  });
  await tenant.manage("PATCH", `/client-grants/${ids.grantId}`, { scope: ["batch:upload"] });
  const folder = await mkdtemp(join(tmpdir(), "deploy-cli-"));
  const [first, second] = [join(folder, "first"), join(folder, "second")];

  await exportTo(tenant, first);
  const exported = await readFile(join(first, "tenant.yaml"), "utf8");
  assert.match(exported, /Timesheets API \(Test Application\)/);
  assert.match(exported, /batch:upload/);
  await run(tenant, ["import", "--input_file", join(first, "tenant.yaml")]);
  await exportTo(tenant, second);
  assert.equal(await readFile(join(second, "tenant.yaml"), "utf8"), exported);

  await tenant.manage("DELETE", `/clients/${ids.clientId}`);
  await tenant.manage("DELETE", `/resource-servers/${ids.resourceServerId}`);
  await run(tenant, ["import", "--input_file", join(first, "tenant.yaml")]);
  const third = join(folder, "third");
  await exportTo(tenant, third);
  assert.equal(await readFile(join(third, "tenant.yaml"), "utf8"), exported);
  await rm(folder, { recursive: true });
});
