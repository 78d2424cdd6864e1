/** A local tenant that the real engine has brought to the access model, for what only the engine can show. */

import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { noReport } from "../../../../lib/report.ts";
import { startServices } from "../../../../scripts/access/local/services.ts";
import { type Pulumi, readStackOutputs } from "../../../../scripts/pulumi/pulumi.ts";
import { type Ids, recordIds } from "../../../../scripts/session/ids.ts";
import type { LocalRecord } from "../../../../scripts/session/localRecord.ts";
import { openPulumi } from "../../../../scripts/session/session.ts";
import { openStack } from "../../../../scripts/session/stack.ts";
import { accessModel } from "../../../helpers/accessModel.ts";
import { m2m, repository } from "../../../helpers/commandLine.ts";
import { plainEnvironment } from "../../../helpers/environment.ts";
import { type Body, callerFor, type DriftTenant } from "./driftTenant.ts";

export interface EngineTenant extends Omit<DriftTenant, "fault" | "faultsLeft" | "forgetFaults" | "callAs"> {
  readonly pulumi: Pulumi;
  readonly dataDir: string;
}

const signal = new AbortController().signal;

export async function startEngineTenant(
  provider: LocalRecord["provider"] = "bundled",
): Promise<EngineTenant> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), "timesheets-engine-"));
  const model = accessModel();
  const services = await startServices({
    dataDir,
    port: 0,
    apiPort: 0,
    provider,
    apis: async () => [],
    env: process.env,
    report: noReport,
  });
  await services.ready;
  const env = { ...plainEnvironment(), M2M_LOCAL_DATA: dataDir };
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const context = { env, cwd: repository, stdin: process.stdin, stdout: silent, stderr: silent, signal };
  const stack = openStack("local", context);
  const pulumi = await openPulumi(stack, { report: noReport, signal }, false);
  await pulumi.must(["stack", "init", "--no-select"]);
  await pulumi.must(["up", "--yes", "--skip-preview"]);
  const { url, clientId, clientSecret, domain, caFile, controlUrl, controlKey } = services.record;
  const running = { url, clientId, clientSecret, domain, caFile, controlUrl, controlKey };
  const call = await callerFor(running, clientId, clientSecret);
  const ids = await idsOf(pulumi, call);
  await recordIds(stack, ids);
  return {
    running: { ...running, close: () => services.close() },
    root: repository,
    model,
    ids,
    env: { M2M_LOCAL_DATA: dataDir },
    call,
    pulumi,
    dataDir,
    drift: (...args) => m2m(["drift", "--stack", "local", ...args], { env: { M2M_LOCAL_DATA: dataDir } }),
    async close() {
      await services.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function idsOf(pulumi: Pulumi, call: DriftTenant["call"]): Promise<Ids> {
  const outputs = await readStackOutputs(pulumi);
  const applications = Object.fromEntries(
    Object.entries(outputs.applications).map(([key, { clientId }]) => [key, clientId]),
  );
  const grants = (await call("GET", "client-grants")) as unknown as Body[];
  const own = grants.find(({ client_id }) => client_id === applications["import-job"]);
  return {
    apis: Object.fromEntries(Object.entries(outputs.apis).map(([key, { id }]) => [key, id])),
    applications,
    grants: { "import-job/timesheets": String(own?.id) },
  };
}
