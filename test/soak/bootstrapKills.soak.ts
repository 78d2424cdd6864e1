/** `bootstrap` and `release` killed (SIGKILL) at random moments on each provider, or stopped by Ctrl-C, then run again. */
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
  prepare: (local: LocalStack) => Promise<unknown>,
): Promise<{ state: unknown; tenant: string[]; seconds: number }> {
  const local = await startLocal({ provider });
  try {
    await prepare(local);
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

const must = async (local: LocalStack, ...argv: string[]) => {
  const { code, stderr } = await local.run([...argv, "--stack", "local", "--yes"]);
  expect(code, stderr).toBe(0);
};

const renameKeys = async (local: LocalStack) => {
  const yaml = await readFile(local.modelFile, "utf8");
  await local.setModel(
    yaml
      .replaceAll("import-job:", "nightly-job:")
      .replaceAll(/^( +(?:grants: \{ )?)timesheets:/gm, "$1hours:"),
  );
};

const beginnings: Record<string, (local: LocalStack) => Promise<unknown>> = {
  "an empty tenant": async () => {},
  "a tenant as the Dashboard leaves it": (local) => local.seed(),
  "a stack whose keys the model renames": async (local) => {
    await must(local, "bootstrap");
    await renameKeys(local);
  },
  "a stack that released what the model still has": async (local) => {
    await must(local, "bootstrap");
    await must(local, "release", "import-job");
    await must(local, "release", "timesheets");
  },
};

const starts = providers.flatMap((provider) =>
  Object.entries(beginnings).map(([start, prepare]) => [provider, start, prepare] as const),
);

describe.each(starts)("by the %s provider, from %s", (provider, _start, prepare) => {
  let whole: Awaited<ReturnType<typeof uninterrupted>>;
  beforeAll(async () => {
    whole = await uninterrupted(provider, prepare);
  });

  const rounds = Array.from({ length: 10 }, (_, index) => index + 1);
  test.each(rounds)("killed at a random moment, round %i", { timeout: 240_000 }, async () => {
    const local = await startLocal({ provider });
    try {
      await prepare(local);
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

const releases = providers.flatMap((provider) =>
  Array.from({ length: 10 }, (_, index) => [provider, index + 1] as const),
);

test.each(releases)(
  "by the %s provider, a release killed at a random moment is finished by the next, round %i",
  { timeout: 240_000 },
  async (provider) => {
    const local = await startLocal({ provider });
    try {
      await must(local, "bootstrap");
      const before = await kinds(local);
      const writes = await local.writes();
      const argv = ["release", "import-job", "--stack", "local", "--yes"];
      const after = Math.random() * 4_000;
      const running = startM2m(argv, local.env);
      setTimeout(() => running.kill("SIGKILL"), after);
      const killed = await running.ended;
      const again = await startM2m(argv, local.env).ended;
      const moment = `killed after ${after.toFixed(0)} ms:\n${killed.stderr}\n--- again:\n${again.stderr}`;
      // Where the first run had finished there is nothing left to release.
      expect([0, 2], moment).toContain(again.code);
      expect(await kinds(local), moment).toEqual(before);
      expect(await local.writes(), moment).toEqual(writes);
      expect(Object.keys((await comparableState(local)).resources), moment).not.toContainEqual(
        expect.stringContaining("import-job"),
      );
      expect(await readFile(path.join(local.record.dataDir, "ids.yaml"), "utf8"), moment).not.toContain(
        "import-job",
      );
    } finally {
      await local.close();
    }
  },
);

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
