/** Twenty stacks on twenty tenants in one call, one of them down and one of them slow: bounded time and memory. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DriftReport } from "../../scripts/access/drift/reportSchema.ts";
import { repository } from "../helpers/commandLine.ts";
import { type DriftTenant, startDriftTenant } from "../scripts/access/drift/driftTenant.ts";

const stacks = 20;
const tenants: DriftTenant[] = [];

beforeAll(async () => {
  for (let index = 0; index < stacks; index += 1) tenants.push(await startDriftTenant());
});
afterAll(async () => {
  // The second was closed by the test.
  tenants.splice(1, 1);
  await Promise.all(tenants.map((tenant) => tenant.close()));
});

test("twenty stacks are compared in one report; one that is down hides none", async () => {
  const [first, down, slow, drifted] = tenants;
  if (!first || !down || !slow || !drifted) throw new Error("There are not enough tenants.");
  const entries: Record<string, object> = {};
  const authorities: string[] = [];
  for (const [index, { running, root }] of tenants.entries()) {
    const name = `stack-${String(index).padStart(2, "0")}`;
    const { domain, clientId, clientSecret, caFile } = running;
    entries[name] = { domain, clientId, clientSecret };
    authorities.push(await readFile(caFile, "utf8"));
    const settings = await readFile(path.join(root, "Pulumi.dev.yaml"), "utf8");
    await writeFile(path.join(first.root, `Pulumi.${name}.yaml`), settings);
  }
  const credentials = path.join(first.root, "tenants.json");
  await writeFile(credentials, JSON.stringify(entries), { mode: 0o600 });
  const trusted = path.join(first.root, "authorities.pem");
  await writeFile(trusted, authorities.join("\n"));
  await down.running.close();
  await slow.fault("/api/v2/*", 100, { delayMs: 1000 });
  await drifted.call("PATCH", `resource-servers/${drifted.ids.apis.timesheets}`, { signing_alg: "HS256" });

  const names = Object.keys(entries).flatMap((name) => ["--stack", name]);
  const args = ["drift", ...names, "--credentials-file", credentials, "--json"];
  const probe = `process.on("exit", () => process.stderr.write(String(process.resourceUsage().maxRSS)))`;
  const preload = path.join(first.root, "memory.mjs");
  await writeFile(preload, probe);
  const began = performance.now();
  const child = spawn(
    process.execPath,
    ["--import", preload, path.join(repository, "bin", "auth0-m2m.js"), ...args],
    { cwd: first.root, env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted } },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  const milliseconds = performance.now() - began;

  expect(code).toBe(1);
  const report = JSON.parse(stdout) as DriftReport;
  expect(report.stacks).toHaveLength(stacks);
  expect(report.summary).toMatchObject({ failed: 1, changed: 1, weakened: 1 });
  expect(report.stacks[1]).toMatchObject({ status: "failed", error: { code: "tenant_unreachable" } });
  expect(report.stacks[2]?.status).toBe("clean");
  expect(report.stacks[3]?.status).toBe("drift");
  expect(milliseconds).toBeLessThan(30_000);
  // Kilobytes, as getrusage gives them.
  expect(Number(stderr.trim())).toBeLessThan(250_000);
  console.info(`${stacks} stacks: ${Math.round(milliseconds)} ms, ${Math.round(Number(stderr) / 1024)} MB`);
});
