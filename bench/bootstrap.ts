/** Measures `auth0-m2m bootstrap` of an empty tenant beside a bare `pulumi up` of the same stack, and counts its requests. */
import { prepareBootstrap, runBootstrap } from "../scripts/access/bootstrap/bootstrap.ts";
import { namedApplicationSchema } from "../scripts/tenant/objects.ts";
import { localSession } from "../test/helpers/localSession.ts";
import { type LocalStack, startLocal } from "../test/helpers/localStack.ts";
import { median } from "./figures.ts";
import { cli, timed } from "./processes.ts";

const rounds = Number(process.env.ROUNDS ?? 5);
const others = Number(process.env.OTHERS ?? 5_000);

/** Seconds. */
async function time(command: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return (await timed(command, argv, env)).milliseconds / 1000;
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
    const argv = [cli, "bootstrap", "--stack", "local", "--yes"];
    return time(process.execPath, argv, { ...process.env, ...local.env });
  });

const updated = () =>
  onTenant(async ({ pulumi, engine }) => {
    await pulumi.must(["stack", "init", "--no-select"]);
    return time(engine.command, ["up", "--yes", "--skip-preview", "--stack", "local"], engine.env);
  });

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
console.log(`ratio, median of ${rounds}: ${median(ratios).toFixed(2)} (at most 1.5 wanted)`);

/** Management API requests of a bootstrap beside the provider's own. */
async function requests(local: LocalStack): Promise<number> {
  const session = localSession(local);
  await runBootstrap(session, {}, await prepareBootstrap(session, {}));
  return session.tenant.requests;
}

await onTenant(async (local) => {
  await local.seed();
  for (let made = 0; made < others; made += 50) {
    const some = Array.from({ length: Math.min(50, others - made) }, (_, index) =>
      local.management.send("POST", "clients", { name: `Other ${made + index}` }, namedApplicationSchema),
    );
    await Promise.all(some);
  }
  console.log(`requests beside the provider's, among ${others} other applications (at most 10 wanted):`);
  console.log(`  a candidate in the API's grants:   ${await requests(local)}`);
  console.log(`  a finished tenant:                 ${await requests(local)}`);
});
