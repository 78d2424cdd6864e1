/** Measures `timesheets bootstrap` of an empty tenant beside a bare `pulumi up` of the same stack, and counts its requests. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { z } from "zod";
import { prepareBootstrap, runBootstrap } from "../scripts/bootstrap/bootstrap.ts";
import { createBootstrapTools } from "../test/helpers/bootstrapTools.ts";
import { type LocalStack, startLocal } from "../test/helpers/localStack.ts";

const rounds = Number(process.env.ROUNDS ?? 5);
const others = Number(process.env.OTHERS ?? 5_000);
const root = join(import.meta.dirname, "..");
const { signal } = new AbortController();

async function timed(command: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const began = performance.now();
  const child = spawn(command, argv, { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}.`);
  return (performance.now() - began) / 1000;
}

/** Runs on a tenant of its own, which is gone afterwards. */
async function onTenant<T>(measure: (local: LocalStack) => Promise<T>): Promise<T> {
  const local = await startLocal();
  try {
    return await measure(local);
  } finally {
    await local.close();
  }
}

const bootstrapped = () =>
  onTenant((local) => {
    const argv = [join(root, "bin", "timesheets.js"), "bootstrap", "--stack", "local", "--yes"];
    return timed(process.execPath, argv, { ...process.env, ...local.env });
  });

const updated = () =>
  onTenant(async ({ pulumi, engine }) => {
    await pulumi.must(["stack", "init", "--no-select"], { signal });
    return timed(engine.command, ["up", "--yes", "--skip-preview", "--stack", "local"], engine.env);
  });

const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const [bootstrap, up]: [number[], number[]] = [[], []];
for (let round = 0; round < rounds; round += 1) {
  // Side by side and in turns, so that what else the machine does falls on both.
  up.push(await updated());
  bootstrap.push(await bootstrapped());
}
const ratios = bootstrap.map((seconds, round) => seconds / (up[round] ?? 0));
const seconds = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(" ");
console.log(`bootstrap of an empty tenant, seconds:  ${seconds(bootstrap)}`);
console.log(`bare pulumi up of the same stack:       ${seconds(up)}`);
console.log(`ratio, median of ${rounds}: ${middle(ratios).toFixed(2)} (at most 1.5 wanted)`);

/** Management API requests of a bootstrap beside the provider's own. */
async function requests(local: LocalStack): Promise<number> {
  const tools = createBootstrapTools(local);
  await runBootstrap(tools, await prepareBootstrap(tools, {}, "auto"));
  return tools.client.requests;
}

await onTenant(async (local) => {
  await local.seed();
  for (let made = 0; made < others; made += 50) {
    const some = Array.from({ length: Math.min(50, others - made) }, (_, index) =>
      local.management.send("POST", "clients", { name: `Other ${made + index}` }, z.unknown()),
    );
    await Promise.all(some);
  }
  console.log(`requests beside the provider's, among ${others} other applications (at most 10 wanted):`);
  console.log(`  a candidate in the API's grants:   ${await requests(local)}`);
  console.log(`  a finished tenant:                 ${await requests(local)}`);
});
