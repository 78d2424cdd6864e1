/** Measures `auth0-m2m verify` as a whole process beside the engine's `stack output`, and counts its token requests. */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { trustAuthority } from "../lib/trust.ts";
import { requestAccessToken } from "../scripts/tokens/accessToken.ts";
import { median } from "./figures.ts";
import { cli, repository, serveLocal, stop, timed } from "./processes.ts";

const rounds = Number(process.env.ROUNDS ?? 10);
const folder = await mkdtemp(join(tmpdir(), "timesheets-bench-"));
const env = { ...process.env, M2M_LOCAL_DATA: join(folder, "data"), NO_COLOR: "1" };

const run = (argv: readonly string[]) => timed(process.execPath, [cli, ...argv], env);
const time = async (argv: readonly string[], more: NodeJS.ProcessEnv = {}) =>
  (await timed(process.execPath, argv, { ...env, ...more })).milliseconds;

const range = (values: readonly number[]) =>
  `${Math.round(Math.min(...values))} / ${Math.round(median(values))} / ${Math.round(Math.max(...values))} ms`;

const { process: tenant, served, variables } = await serveLocal(env);
try {
  trustAuthority(served.caFile);
  await run(["bootstrap", "--stack", "local", "--yes"]);
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

  const verify = ["verify", "--stack", "local"];
  const engine = join(repository, "node_modules", "pulumi", "run.js");
  const output = [engine, "stack", "output", "--json", "--show-secrets", "--stack", "local"];
  const times = { verify: [] as number[], withApi: [] as number[], output: [] as number[] };
  await run(verify);
  const before = await tokens();
  await run(verify);
  const asked = (await tokens()) - before;
  for (let round = 0; round < rounds; round += 1) {
    times.verify.push(await time([cli, ...verify]));
    times.withApi.push(await time([cli, ...verify, "--api-url", served.apis.timesheets ?? ""]));
    times.output.push(await time(output, variables));
  }
  console.info(`${rounds} rounds, ${cpus().length} cores; minimum / median / maximum of whole processes`);
  console.info(`auth0-m2m verify                ${range(times.verify)}`);
  console.info(`auth0-m2m verify --api-url      ${range(times.withApi)}`);
  console.info(`pulumi stack output              ${range(times.output)}`);
  console.info(
    `verify : pulumi stack output     ${(median(times.verify) / median(times.output)).toFixed(2)}`,
  );
  console.info(`token requests of one verify     ${asked}`);
} finally {
  await stop(tenant);
  await rm(folder, { recursive: true, force: true });
}
