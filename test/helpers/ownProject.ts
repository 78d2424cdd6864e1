/** A project folder beside the repository's own, for stacks that need settings of their own. */
import { cp, mkdtemp, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { noReport } from "../../lib/report.ts";
import { startServices } from "../../scripts/access/local/services.ts";
import { repository } from "./commandLine.ts";
import { plainEnvironment } from "./environment.ts";

/** Makes it in a temporary folder; program and modules are the repository's. */
export async function createOwnProject(prefix: string): Promise<string> {
  const root = await mkdtemp(path.join(os.tmpdir(), prefix));
  await cp(path.join(repository, "Pulumi.yaml"), path.join(root, "Pulumi.yaml"));
  for (const name of ["infra", "node_modules", "package.json"]) {
    await symlink(path.join(repository, name), path.join(root, name));
  }
  return root;
}

/** Serves a tenant alone, for the official plugin. */
export async function serveTenantAlone(dataDir: string) {
  const services = await startServices({
    dataDir,
    port: 0,
    apiPort: 0,
    provider: "official",
    apis: async () => [],
    env: plainEnvironment(),
    report: noReport,
  });
  await services.ready;
  return services;
}
