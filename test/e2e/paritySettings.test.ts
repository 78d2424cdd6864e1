/** Both providers write the wider settings of APIs, applications and grants alike, and undo the same of what others set. */
import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { startProvider } from "../../local/provider/serve.ts";
import { officialPlugin } from "../helpers/officialPlugin.ts";
import { createProject } from "../local/provider/project.ts";
import { startRecordingTenant } from "../local/provider/recordingTenant.ts";
import { byKind, comparable, createNames, writesOf } from "./comparable.ts";
import { settingSteps } from "./paritySettingSteps.ts";

const providers = ["bundled", ...(existsSync(officialPlugin) ? ["official"] : [])];
const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

/** What one provider does with the same stack, step by step. */
async function steps(provider: string) {
  const tenant = await startRecordingTenant();
  closers.push(() => tenant.close());
  const env: Record<string, string> = { ...tenant.env };
  if (provider === "bundled") {
    const served = await startProvider({ env: { PATH: process.env.PATH, ...env } });
    closers.push(() => served.close());
    env.PULUMI_DEBUG_PROVIDERS = `auth0:${served.port}`;
  }
  const project = await createProject(path.join(tenant.folder, "project"), env);
  const name = createNames();
  const seen: unknown[] = [];
  for (const { title, meanwhile, program } of settingSteps) {
    await meanwhile?.(tenant);
    tenant.take();
    const refresh = meanwhile ? ["--refresh"] : [];
    const argv = ["up", "--yes", "--skip-preview", "--parallel", "1", "--json", ...refresh];
    const up = await project.pulumi(argv, program);
    expect(up.code, title + up.stdout.slice(-2000) + up.stderr).toBe(0);
    const writes = writesOf(tenant, name);
    const { resources } = await project.stored();
    const state = resources.map(({ urn, inputs, outputs }) => [
      urn.split("::").at(-1),
      comparable({ inputs, outputs }, name),
    ]);
    seen.push({ title, operations: project.operations(up), writes, state: Object.fromEntries(state) });
  }
  return seen;
}

test(`${providers.join(" and ")}: the same requests and the same states at every step`, {
  timeout: 600_000,
  tags: ["soak"],
}, async () => {
  const [bundled, official] = await Promise.all(providers.map(steps));
  if (official) expect(bundled).toEqual(official);
  expect(
    (bundled as { title: string; writes: unknown }[]).map(({ title, writes }) => ({ title, writes })),
  ).toEqual(settingSteps.map(({ title, writes }) => ({ title, writes: byKind(writes) })));
});
