/** Measures `timesheets drift` beside Pulumi's own two checks and auth0-deploy-cli's export, on one tenant of three sizes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../local/tenant/store.ts";
import { findLocalRecord, type LocalRecord } from "../scripts/lib/localRecord.ts";
import { localEnvironment, withoutTenant } from "../scripts/lib/stack.ts";

const root = join(import.meta.dirname, "..");
const sizes = (process.env.SIZES ?? "10,1000,10000").split(",").map(Number);
const rounds = Number(process.env.ROUNDS ?? 5);
const cli = join(root, "bin", "timesheets.js");
const deployCli = join(import.meta.dirname, "node_modules", ".bin", "a0deploy");

const dataDir = await mkdtemp(join(tmpdir(), "timesheets-bench-drift-"));
const base = { ...withoutTenant(process.env), TIMESHEETS_LOCAL_DATA: dataDir, NO_COLOR: "1" };

interface Timed {
  readonly milliseconds: number;
  readonly code: number;
  readonly stdout: string;
}

async function time(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Timed> {
  const began = performance.now();
  const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return { milliseconds: performance.now() - began, code, stdout };
}

async function serve(rateLimit: string): Promise<{ child: ChildProcess; record: LocalRecord }> {
  const args = [cli, "local", "--port", "0", "--api-port", "0", "--rate-limit", rateLimit, "--json"];
  const child = spawn(process.execPath, args, { cwd: root, env: base, stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout ?? child, "data");
  for (;;) {
    const record = findLocalRecord(dataDir);
    if (record?.providerPort !== undefined) return { child, record };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

/** Other applications, written straight into the tenant's database while it is stopped. */
function fillTo(size: number): void {
  const store = openStore(join(dataDir, "tenant", "tenant.sqlite"));
  const [some] = store.clients.list({ start: 1, limit: 1 }).items;
  store.transaction(() => {
    for (let index = 0; index < size; index += 1) {
      const clientId = `bench${String(index).padStart(27, "0")}`;
      if (store.clients.byId(clientId)) continue;
      const body = { ...some?.body, name: `Other ${index}` };
      store.clients.insert({ clientId, clientSecret: "x".repeat(64), isGlobal: false, body });
    }
  });
  store.close();
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

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
  fillTo(size);
  const { child, record } = await serve("none");
  try {
    const env = { ...base, ...localEnvironment(record) };
    const drift = () => time(process.execPath, [cli, "drift", "--stack", "local", "--json"], base);
    const engine = (...args: string[]) =>
      time(
        join(root, "node_modules", ".bin", "pulumi"),
        [...args, "--stack", "local", "--non-interactive"],
        env,
      );
    const folder = join(dataDir, "export");
    mkdirSync(folder, { recursive: true });
    const settings = join(dataDir, "deploy.json");
    await writeFile(
      settings,
      JSON.stringify({
        AUTH0_DOMAIN: record.domain,
        AUTH0_CLIENT_ID: record.clientId,
        AUTH0_CLIENT_SECRET: record.clientSecret,
        AUTH0_INCLUDED_ONLY: ["resourceServers", "clients", "clientGrants"],
      }),
      { mode: 0o600 },
    );
    const exportArgs = ["export", "--config_file", settings, "--format", "yaml", "--output_folder", folder];
    const exported = () => time(process.execPath, [deployCli, ...exportArgs], env);
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
    await stop(child);
  }
}

async function measureFree() {
  const { child } = await serve("free");
  try {
    const run = () => time(process.execPath, [cli, "drift", "--stack", "local", "--json"], base);
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
    await stop(child);
  }
}

try {
  const { child } = await serve("none");
  try {
    await time(process.execPath, [cli, "bootstrap", "--stack", "local", "--yes"], base);
  } finally {
    await stop(child);
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
