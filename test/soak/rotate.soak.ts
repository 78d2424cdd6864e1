/** Rotations that are killed at random moments, and rotations under a running import. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Application, loadAccessModel } from "../../infra/accessModel.ts";
import { tokensOf } from "../../scripts/checks/tokenAnswers.ts";
import type { LocalStack } from "../helpers/localStack.ts";
import { startImport, startM2m } from "../helpers/process.ts";
import { type KeyStack, startKeyStack } from "../scripts/access/rotate/keyStack.ts";
import { local } from "../scripts/access/rotate/local.ts";

const kills = Number(process.env.KILLS ?? 20);

let keys: KeyStack;
let stack: LocalStack;
let application: Application;
beforeAll(async () => {
  keys = await startKeyStack();
  stack = keys.stack;
  const job = loadAccessModel({ file: stack.modelFile }).applications["import-job"];
  if (!job) throw new Error("The model has lost its job.");
  application = job;
});
afterAll(() => stack.close());

/** Gets a token as the job would at this moment. */
async function jobGetsToken(): Promise<string> {
  const privateKey = readFileSync(keys.privateKeyFile, "utf8");
  const { signal } = new AbortController();
  const ask = tokensOf(
    application,
    { clientId: keys.clientId, privateKey },
    `https://${stack.record.domain}/`,
    signal,
  );
  const answer = await ask("https://api.exampleco.com/timesheets");
  return answer.kind === "refusal" ? answer.refusal.message : answer.kind;
}

test(`the job gets a token at every moment of ${kills} killed rotations, each finished by the next run`, async () => {
  const argv = ["rotate", "key", "--stack", "local", "--private-key", keys.privateKeyFile];
  const began = Date.now();
  const whole = await startM2m(argv, stack.env).ended;
  expect(whole.code, whole.stderr).toBe(0);
  const duration = Date.now() - began;
  let finished = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const run = startM2m(argv, stack.env);
    const delay = Math.random() * duration;
    let over = false;
    const watch = (async () => {
      while (!over) {
        expect(await jobGetsToken(), `kill ${kill} after ${delay} ms`).toBe("token");
        await sleep(50);
      }
    })();
    const ended = await Promise.race([run.ended, sleep(delay).then(() => undefined)]);
    if (ended === undefined) run.kill("SIGKILL");
    else {
      expect(ended.code, ended.stderr).toBe(0);
      finished += 1;
    }
    await run.ended;
    await sleep(200);
    over = true;
    await watch;
  }
  const last = await local(stack, "rotate", "key", "--private-key", keys.privateKeyFile);
  expect(last.code, last.stderr).toBe(0);
  expect(keys.listed()).toMatch(/^\[keys\/import-job-\w+\.pem\] # one of two$/);
  const verified = await local(stack, "verify", "--private-key", keys.privateKeyFile);
  expect(verified.code, verified.stdout).toBe(0);
  const credentials = await stack.management.get(
    `clients/${keys.clientId}/credentials`,
    z.array(z.object({ id: z.string() })),
  );
  expect(credentials).toHaveLength(1);
  console.info(`${kills} rotations, ${kills - finished} of them killed`);
});

test("an import of 50,000 rows goes through while key and signing key are rotated", async () => {
  const file = path.join(stack.folder, "hours.csv");
  const rows = Array.from({ length: 50_000 }, (_, row) => `auth0|${row},2026-10-01,project-${row % 7},7.5`);
  writeFileSync(file, ["user_id,date,project,hours", ...rows, ""].join("\n"));
  const run = startImport(
    [
      file,
      "--stack",
      "local",
      "--api-url",
      stack.record.apis.timesheets ?? "",
      "--concurrency",
      "1",
      "--batch-size",
      "2",
      "--json",
    ],
    { ...stack.env, TIMESHEETS_PRIVATE_KEY_FILE: keys.privateKeyFile },
  );
  await sleep(1_500);
  const key = await local(stack, "rotate", "key", "--private-key", keys.privateKeyFile);
  expect(key.code, key.stderr).toBe(0);
  const signingKey = await local(
    stack,
    "rotate",
    "signing-key",
    "--api-url",
    stack.record.apis.timesheets ?? "",
  );
  expect(signingKey.code, signingKey.stderr).toBe(0);
  const running = await Promise.race([run.ended.then(() => false), sleep(0).then(() => true)]);
  expect(running, "The import must outlast the rotations, or nothing was tried.").toBe(true);
  const { code, stdout, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  const summary = JSON.parse(stdout);
  expect([summary.accepted, summary.rejected]).toEqual([50_000, 0]);
});
