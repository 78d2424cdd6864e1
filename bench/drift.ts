/** Measures `auth0-m2m drift` beside Pulumi's own two checks and auth0-deploy-cli's export, on one tenant of three sizes. */
import { existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { withoutTenant } from "../scripts/session/stack.ts";
import { median } from "./figures.ts";
import { fillStore } from "./otherApplications.ts";
import { cli, repository, serveLocal, stop, type Timed, timed } from "./processes.ts";

const sizes = (process.env.SIZES ?? "10,1000,10000").split(",").map(Number);
const rounds = Number(process.env.ROUNDS ?? 5);
const deployCli = join(import.meta.dirname, "node_modules", ".bin", "a0deploy");

const dataDir = await mkdtemp(join(tmpdir(), "timesheets-bench-drift-"));
const base = { ...withoutTenant(process.env), M2M_LOCAL_DATA: dataDir, NO_COLOR: "1" };

async function medianOf(times: number, run: () => Promise<Timed>): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < times; round += 1) taken.push((await run()).milliseconds);
  return Math.round(median(taken));
}

/** The part of drift's own report that is measured. */
interface Report {
  readonly stacks: readonly { readonly requests: { readonly management: number } }[];
}

async function measure(size: number) {
  fillStore(join(dataDir, "tenant", "tenant.sqlite"), size);
  const { process: tenant, served, variables } = await serveLocal(base);
  try {
    const env = { ...base, ...variables };
    const drift = () => timed(process.execPath, [cli, "drift", "--stack", "local", "--json"], base);
    const engine = (...args: string[]) =>
      timed(
        join(repository, "node_modules", ".bin", "pulumi"),
        [...args, "--stack", "local", "--non-interactive"],
        env,
      );
    const folder = join(dataDir, "export");
    mkdirSync(folder, { recursive: true });
    const settings = join(dataDir, "deploy.json");
    await writeFile(
      settings,
      JSON.stringify({
        AUTH0_DOMAIN: served.domain,
        AUTH0_CLIENT_ID: served.clientId,
        AUTH0_CLIENT_SECRET: served.clientSecret,
        AUTH0_INCLUDED_ONLY: ["resourceServers", "clients", "clientGrants"],
      }),
      { mode: 0o600 },
    );
    const exportArgs = ["export", "--config_file", settings, "--format", "yaml", "--output_folder", folder];
    const exported = () => timed(process.execPath, [deployCli, ...exportArgs], env);
    const first = await drift();
    const [measured] = (JSON.parse(first.stdout) as Report).stacks;
    const ours = await medianOf(rounds, drift);
    const preview = await medianOf(3, () => engine("preview", "--refresh"));
    const refresh = await medianOf(3, () => engine("refresh", "--preview-only"));
    // A tenant gives a thousand records by page number, and the export knows no other way.
    const deploy = existsSync(deployCli) ? await medianOf(3, exported).catch(() => undefined) : undefined;
    const faster = Math.min(preview, refresh);
    return {
      "other applications": size,
      "drift (ms)": ours,
      "Management API requests": measured?.requests.management,
      "preview --refresh (ms)": preview,
      "refresh --preview-only (ms)": refresh,
      "times faster than Pulumi": Number((faster / ours).toFixed(1)),
      "deploy-cli export (ms)": deploy ?? "refused",
      "times faster than the export": deploy === undefined ? "-" : Number((deploy / ours).toFixed(1)),
    };
  } finally {
    await stop(tenant);
  }
}

async function measureFree() {
  const { process: tenant } = await serveLocal(base, "--rate-limit", "free");
  try {
    const run = () => timed(process.execPath, [cli, "drift", "--stack", "local", "--json"], base);
    const taken: number[] = [];
    let requests = 0;
    for (let round = 0; round < rounds; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const { milliseconds, stdout } = await run();
      taken.push(milliseconds);
      requests = Math.max(requests, (JSON.parse(stdout) as Report).stacks[0]?.requests.management ?? 0);
    }
    return {
      // As many as without a limit: none was refused and sent again.
      "requests under free": requests,
      "under --rate-limit free (ms), longest": Math.round(Math.max(...taken)),
    };
  } finally {
    await stop(tenant);
  }
}

try {
  const { process: tenant } = await serveLocal(base);
  try {
    await timed(process.execPath, [cli, "bootstrap", "--stack", "local", "--yes"], base);
  } finally {
    await stop(tenant);
  }
  const table = [];
  for (const size of sizes) table.push(await measure(size));
  console.table(table);
  console.table([await measureFree()]);
  console.log(
    `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}, medians of ${rounds} and 3`,
  );
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
