/** Measures `timesheets verify` as a whole process beside the engine's `stack output`, and counts its token requests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { requestAccessToken } from "../scripts/lib/accessToken.ts";
import { trustAuthority } from "../scripts/lib/trust.ts";

const rounds = Number(process.env.ROUNDS ?? 10);
const root = join(import.meta.dirname, "..");
const bin = join(root, "bin", "timesheets.js");
const folder = await mkdtemp(join(tmpdir(), "timesheets-bench-"));
const env = { ...process.env, TIMESHEETS_LOCAL_DATA: join(folder, "data"), NO_COLOR: "1" };

function start(argv: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, argv, {
    cwd: root,
    env: { ...env, ...more },
    stdio: ["ignore", "pipe", "ignore"],
  });
}

async function run(argv: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = start(argv, more);
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${argv.slice(1).join(" ")} ended with ${code}.`);
  return said;
}

async function timed(argv: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<number> {
  const began = performance.now();
  await run(argv, more);
  return performance.now() - began;
}

const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const range = (values: readonly number[]) =>
  `${Math.round(Math.min(...values))} / ${Math.round(middle(values))} / ${Math.round(Math.max(...values))} ms`;

const local = start([bin, "local", "--port", "0", "--api-port", "0", "--json"]);
try {
  if (!local.stdout) throw new Error("The local tenant has no output.");
  const [line] = await once(createInterface({ input: local.stdout }), "line");
  const served = JSON.parse(line);
  trustAuthority(served.caFile);
  await run([bin, "bootstrap", "--stack", "local", "--yes"]);
  const variables = JSON.parse(await run([bin, "local", "env", "--json"]));
  const engine = [join(root, "node_modules", "pulumi", "run.js")];

  const { domain, clientId, clientSecret } = served;
  const { value: token } = await requestAccessToken({
    tokenEndpoint: `https://${domain}/oauth/token`,
    clientId,
    audience: `https://${domain}/api/v2/`,
    scope: "read:logs",
    proof: { method: "client_secret_post", clientSecret },
  });
  /** Entries of the tenant's log for tokens issued and refused. */
  const tokens = async (): Promise<number> => {
    const totals = ["seccft", "feccft"].map(async (type) => {
      const address = `https://${domain}/api/v2/logs?q=type:${type}&include_totals=true&per_page=1`;
      const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
      return Number((await answer.json()).total);
    });
    return (await Promise.all(totals)).reduce((sum, total) => sum + total, 0);
  };

  const verify = [bin, "verify", "--stack", "local"];
  const output = [...engine, "stack", "output", "--json", "--show-secrets", "--stack", "local"];
  const times = { verify: [] as number[], withApi: [] as number[], output: [] as number[] };
  await run(verify);
  const before = await tokens();
  await run(verify);
  const asked = (await tokens()) - before;
  for (let round = 0; round < rounds; round += 1) {
    times.verify.push(await timed(verify));
    times.withApi.push(await timed([...verify, "--api-url", served.apiUrl]));
    times.output.push(await timed(output, variables));
  }
  console.info(`${rounds} rounds, ${cpus().length} cores; minimum / median / maximum of whole processes`);
  console.info(`timesheets verify                ${range(times.verify)}`);
  console.info(`timesheets verify --api-url      ${range(times.withApi)}`);
  console.info(`pulumi stack output              ${range(times.output)}`);
  console.info(
    `verify : pulumi stack output     ${(middle(times.verify) / middle(times.output)).toFixed(2)}`,
  );
  console.info(`token requests of one verify     ${asked}`);
} finally {
  const gone = once(local, "close");
  local.kill("SIGTERM");
  await gone;
  await rm(folder, { recursive: true, force: true });
}
