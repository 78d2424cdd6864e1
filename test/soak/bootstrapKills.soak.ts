/** `bootstrap` itself killed (SIGKILL) at twenty random moments on each provider, or stopped by Ctrl-C, then run again. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { inventory } from "../helpers/combinations.ts";
import { faultOrder } from "../helpers/faults.ts";
import { type LocalStack, startLocal } from "../helpers/localStack.ts";
import { startM2m } from "../helpers/process.ts";
import { providers } from "../helpers/providers.ts";
import { secretsOf, whereSecretsAre } from "../helpers/secrets.ts";
import { comparableState } from "../helpers/stackState.ts";

const argvFor = (local: LocalStack) => [
  "bootstrap",
  "--stack",
  "local",
  "--yes",
  "--credentials",
  "json",
  "--out",
  path.join(local.folder, "job.json"),
];

type Provider = (typeof providers)[number];

async function uninterrupted(
  provider: Provider,
  seeded: boolean,
): Promise<{ state: unknown; tenant: string[]; seconds: number }> {
  const local = await startLocal({ provider });
  try {
    if (seeded) await local.seed();
    const started = performance.now();
    const { code, stderr } = await startM2m(argvFor(local), local.env).ended;
    expect(code, stderr).toBe(0);
    const seconds = (performance.now() - started) / 1000;
    return { state: await comparableState(local), tenant: await kinds(local), seconds };
  } finally {
    await local.close();
  }
}

async function kinds(local: LocalStack): Promise<string[]> {
  const all = await inventory(local);
  return all.map((line) => line.replace(/cgr_\w+/, "cgr").replaceAll(local.record.domain, "tenant")).sort();
}

const tenants = providers.flatMap((provider) =>
  ["empty", "as the Dashboard leaves it"].map((tenant) => [provider, tenant] as const),
);

describe.each(tenants)("by the %s provider, on a tenant that is %s", (provider, tenant) => {
  const seeded = tenant !== "empty";
  let whole: Awaited<ReturnType<typeof uninterrupted>>;
  beforeAll(async () => {
    whole = await uninterrupted(provider, seeded);
  });

  const rounds = Array.from({ length: 10 }, (_, index) => index + 1);
  test.each(rounds)("killed at a random moment, round %i", { timeout: 240_000 }, async () => {
    const local = await startLocal({ provider });
    try {
      if (seeded) await local.seed();
      const after = Math.random() * whole.seconds * 1000;
      const running = startM2m(argvFor(local), local.env);
      setTimeout(() => running.kill("SIGKILL"), after);
      const killed = await running.ended;
      const file = path.join(local.folder, "job.json");
      if (existsSync(file)) JSON.parse(await readFile(file, "utf8"));

      const again = await startM2m(argvFor(local), local.env).ended;
      const moment = `killed after ${after.toFixed(0)} ms:\n${killed.stderr}\n--- again:\n${again.stderr}`;
      expect(again.code, moment).toBe(0);
      expect(await comparableState(local), moment).toEqual(whole.state);
      expect(await kinds(local), moment).toEqual(whole.tenant);
      const { clientSecret } = JSON.parse(await readFile(file, "utf8"));
      const secrets = await secretsOf(local);
      expect(secrets.has(clientSecret)).toBe(true);
      const printed = killed.stdout + killed.stderr + again.stdout + again.stderr;
      expect(await whereSecretsAre(secrets, local, printed)).toEqual([]);
    } finally {
      await local.close();
    }
  });
});

test.each(providers)(
  "by the %s provider, stopped by Ctrl-C in the middle of an update it ends with 130 and no lock, and resumes when run again",
  async (provider) => {
    const local = await startLocal({ provider });
    try {
      const running = startM2m(argvFor(local), local.env);
      await local.fault(faultOrder({ method: "POST", path: "/api/v2/clients" }, { delayMs: 1_500 }));
      for (let writes = 0; writes === 0; writes = (await local.writes()).length) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      running.kill("SIGINT");
      const stopped = await running.ended;
      expect(stopped.code, stopped.stderr).toBe(130);
      expect(running.leftovers()).toEqual([]);
      const again = await startM2m(argvFor(local), local.env).ended;
      expect(again.code, again.stderr).toBe(0);
      expect((await kinds(local)).filter((line) => line.startsWith("application Timesheets"))).toHaveLength(
        1,
      );
    } finally {
      await local.close();
    }
  },
);
