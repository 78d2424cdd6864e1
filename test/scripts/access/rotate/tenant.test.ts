/** `rotate signing-key` and `rotate secret` on the real engine, a local tenant and a running Timesheets API. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { readStackOutputs } from "../../../../scripts/pulumi/pulumi.ts";
import { faultOrder } from "../../../helpers/faults.ts";
import { type LocalStack, startLocal } from "../../../helpers/localStack.ts";
import { bringUp, local } from "./local.ts";

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocal();
  await bringUp(stack);
}, 120_000);
afterAll(() => stack.close());

const rotateSigningKey = async (...argv: string[]) => {
  const { code, stdout, stderr } = await local(stack, "rotate", "signing-key", ...argv, "--json");
  return { code, stderr, document: JSON.parse(stdout) };
};

test("revoking before there is a previous key is refused, with the time at which it may be", async () => {
  const { code, document } = await rotateSigningKey("--revoke-previous");
  expect(code).toBe(4);
  expect(document.error.code).toBe("no_previous_key");
  expect(document.error.hint).toMatch(/may then be revoked from \d{4}-\d\d-\d\dT[\d:.]+Z on/);
});

test("rotates although the first request fails, and the API takes old and new tokens without a redeploy", async () => {
  await stack.fault(faultOrder({ method: "POST", path: "/api/v2/keys/signing/rotate" }, { status: 503 }));
  const { code, document, stderr } = await rotateSigningKey("--api-url", stack.record.apis.timesheets ?? "");
  expect(code, stderr).toBe(0);
  expect(document.after.current).toBe(document.before.next);
  expect(document.after.previous.kid).toBe(document.before.current);
  expect(document.affects).toContainEqual(
    expect.objectContaining({ name: "Auth0 Management API", inModel: false }),
  );
  expect(stderr).toContain("which the model does not name, are touched too: Auth0 Management API.");
  expect(document.checks.map(({ id, ok }: { id: string; ok: boolean }) => [id, ok])).toEqual([
    ["signing-key.published", true],
    ["signing-key.new-token", true],
    ["signing-key.api-new-token", true],
    ["signing-key.old-token", true],
    ["signing-key.api-old-token", true],
  ]);
});

test("the previous key stays until its last token has expired, and no second rotation ends it", async () => {
  for (const argv of [["--revoke-previous"], []]) {
    const { code, document } = await rotateSigningKey(...argv);
    expect(code).toBe(4);
    expect(document.error.message).toMatch(/refused until \d{4}-\d\d-\d\dT[\d:.]+Z\.$/);
  }
  await stack.control("/clock", { advanceMs: 86_400_000 - 60_000 });
  expect((await rotateSigningKey("--revoke-previous")).code).toBe(4);
  await stack.control("/clock", { advanceMs: 2 * 60_000 });
  const { code, document, stderr } = await rotateSigningKey("--revoke-previous");
  expect(code, stderr).toBe(0);
  expect(document.revoked).toMatch(/^[\w-]{21}$/);
  expect(document.after.previous).toBeUndefined();
  expect(stderr).toContain("until then a revoked key's tokens still pass there");
}, 30_000);

test("--force ends a key at once", async () => {
  const { code, document } = await rotateSigningKey("--revoke-previous", "--force");
  expect(code).toBe(0);
  expect(document.revoked).toBe(document.before.current);
  expect(document.after.current).toBe(document.before.next);
});

test("rotates the secret, lets the outputs follow, and writes credentials that work", async () => {
  const out = path.join(stack.folder, "job.env");
  const { code, stdout, stderr } = await local(
    stack,
    "rotate",
    "secret",
    "--credentials",
    "env",
    "--out",
    out,
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("A secret has a gap");
  expect(statSync(out).mode & 0o777).toBe(0o600);
  const secret = /^TIMESHEETS_CLIENT_SECRET=([\w-]{64})$/m.exec(readFileSync(out, "utf8"))?.[1] ?? "";
  expect(secret).not.toBe("");
  for (const text of [stdout, stderr]) expect(text).not.toContain(secret);
  const files = [...(await stack.files())].filter(([name]) => !name.startsWith("tenant/"));
  expect(files.map(([name]) => name)).toContain("running.json");
  expect(files.filter(([, content]) => content.includes(secret)).map(([name]) => name)).toEqual([]);
  const verified = await local(stack, "verify", "--api-url", stack.record.apis.timesheets ?? "");
  expect(verified.code, verified.stdout).toBe(0);
  expect(verified.stdout).not.toMatch(/FAIL|skip/);
}, 60_000);

test("a place where the credentials cannot go is refused before the secret is rotated", async () => {
  const out = path.join(stack.folder, "missing", "job.env");
  const refused = await local(stack, "rotate", "secret", "--credentials", "env", "--out", out);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`The credentials cannot be written to ${out} (ENOENT).`);
  expect((await local(stack, "verify")).code).toBe(0);
});

test("finishes a secret's rotation that was interrupted before the stack could follow", {
  tags: ["soak"],
  timeout: 60_000,
}, async () => {
  await stack.fault(faultOrder({ method: "GET", path: "/api/v2/clients/*", skip: 2 }, { status: 403 }));
  const interrupted = await local(stack, "rotate", "secret");
  expect(interrupted.code).not.toBe(0);
  const out = path.join(stack.folder, "later.json");
  const { code, stderr } = await local(stack, "rotate", "secret", "--credentials", "json", "--out", out);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("only the rest of that rotation is done");
  expect(existsSync(out)).toBe(true);
  expect((await local(stack, "verify")).code).toBe(0);
});

test("a state from a backup follows the tenant's secret, and that is not reported as a rotation", {
  tags: ["soak"],
  timeout: 60_000,
}, async () => {
  const { "import-job": job } = (await readStackOutputs(stack.pulumi)).applications;
  await stack.management.send("POST", `clients/${job?.clientId}/rotate-secret`, undefined, z.unknown());
  const followed = await local(stack, "rotate", "secret", "--json");
  expect(followed.code, followed.stderr).toBe(4);
  expect(JSON.parse(followed.stdout)).toMatchObject({ ok: false, rotated: false, resumed: false });
  const rotated = await local(stack, "rotate", "secret", "--json");
  expect(rotated.code, rotated.stderr).toBe(0);
  expect(JSON.parse(rotated.stdout)).toMatchObject({ ok: true, rotated: true, resumed: false });
});

test("on a full disk the secret is not rotated", async ({ skip }) => {
  const folder = path.join(stack.folder, "full");
  mkdirSync(folder);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8k", "tmpfs", folder]).status === 0;
  skip(!mounted, "Only root may mount a small disk.");
  try {
    const before = await stack.writes();
    const out = path.join(folder, "job.env");
    const { code, stderr } = await local(stack, "rotate", "secret", "--credentials", "env", "--out", out);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`cannot be written to ${out} (ENOSPC)`)]);
    expect(await stack.writes()).toEqual(before);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    spawnSync("umount", [folder]);
  }
}, 30_000);

test("says what to use instead where an application has no key, and that --out needs a format", async () => {
  const key = await local(stack, "rotate", "key", "--application", "import-job");
  expect(key.code).toBe(2);
  expect(key.stderr).toContain("Use `auth0-m2m rotate secret`.");
  const out = await local(stack, "rotate", "secret", "--out", "x");
  expect(out.code).toBe(2);
  expect(out.stderr).toContain("Add --credentials env, json or kubernetes-secret.");
});

test("Ctrl-C is exit 130, not a failure", async () => {
  const signal = AbortSignal.abort("SIGINT");
  const { code, stderr } = await stack.run(["graph", "--live", "--stack", "local"], { signal });
  expect([code, stderr]).toEqual([130, "Interrupted.\n"]);
});
