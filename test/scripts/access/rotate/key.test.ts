/** `rotate key` on the real engine: the pair changes, and a working key is there at every moment. */
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyId } from "../../../../scripts/access/rotate/key/keyPair.ts";
import { faultOrder } from "../../../helpers/faults.ts";
import type { LocalStack } from "../../../helpers/localStack.ts";
import { type KeyStack, startKeyStack } from "./keyStack.ts";
import { local } from "./local.ts";

let stack: LocalStack;
let privateKeyFile: string;
let listed: KeyStack["listed"];
beforeAll(async () => {
  ({ stack, privateKeyFile, listed } = await startKeyStack());
}, 120_000);
afterAll(() => stack.close());

test("refuses to replace a file that is not the job's key", async () => {
  const { code, stderr } = await local(stack, "rotate", "key", "--private-key", stack.modelFile);
  expect(code).toBe(2);
  expect(stderr).toContain("exists and is not the private key of import-job; it is left as it is.");
  expect(listed()).toBe("[keys/first.pem] # one of two");
});

test("neither reads nor replaces a link where the new private key is to lie", async () => {
  const elsewhere = path.join(stack.folder, "elsewhere");
  writeFileSync(elsewhere, "mine");
  symlinkSync(elsewhere, `${privateKeyFile}.next`);
  try {
    const { code, stderr } = await local(stack, "rotate", "key", "--private-key", privateKeyFile);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("it is a symbolic link") });
    expect(readFileSync(elsewhere, "utf8")).toBe("mine");
    expect(listed()).toBe("[keys/first.pem] # one of two");
  } finally {
    rmSync(`${privateKeyFile}.next`);
  }
});

test("resumes where it was interrupted, and leaves one new key that verify passes with", async () => {
  const before = readFileSync(privateKeyFile, "utf8");
  // The provider cannot add the new key, so the first `up` of the rotation fails.
  await stack.fault(faultOrder({ method: "POST", path: "/api/v2/clients/*/credentials" }, { status: 403 }));
  const failed = await local(stack, "rotate", "key", "--private-key", privateKeyFile);
  expect(failed.code, failed.stderr).toBe(4);
  expect(readFileSync(privateKeyFile, "utf8")).toBe(before);
  const both = /^\[keys\/first\.pem, (keys\/import-job-\w+\.pem)\] # one of two$/.exec(listed() ?? "");
  expect(both).not.toBeNull();
  const working = await local(stack, "verify", "--private-key", privateKeyFile);
  expect(working.code, working.stdout).toBe(0);

  const kept = await local(stack, "rotate", "key", "--private-key", privateKeyFile, "--keep-old");
  expect(kept.code, kept.stderr).toBe(0);
  expect(kept.stderr).toContain("Both keys are valid.");
  expect(listed()).toBe(both?.[0]);
  expect(readFileSync(privateKeyFile, "utf8")).not.toBe(before);

  const out = path.join(stack.folder, "job.json");
  const finished = await local(
    stack,
    "rotate",
    "key",
    "--private-key",
    privateKeyFile,
    "--credentials",
    "json",
    "--out",
    out,
  );
  expect(finished.code, finished.stderr).toBe(0);
  expect(finished.stderr).toContain("An earlier run was interrupted; resuming it.");
  expect(listed()).toBe(`[${both?.[1]}] # one of two`);
  const after = readFileSync(privateKeyFile, "utf8");
  expect(after).not.toBe(before);
  expect(keyId(after)).toBe(
    keyId(readFileSync(path.join(path.dirname(stack.modelFile), both?.[1] ?? ""), "utf8")),
  );
  expect(statSync(privateKeyFile).mode & 0o777).toBe(0o600);
  expect(existsSync(`${privateKeyFile}.next`)).toBe(false);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(out, "utf8")).privateKeyFile).toBe(privateKeyFile);
  for (const text of [failed.stdout, failed.stderr, finished.stdout, finished.stderr]) {
    expect(text).not.toContain("PRIVATE KEY");
    expect(text).not.toMatch(/eyJ[\w-]+\.[\w-]+/);
  }
  const verified = await local(stack, "verify", "--private-key", privateKeyFile);
  expect(verified.code, verified.stdout).toBe(0);
}, 180_000);

test("the import finds the key where it lies by default, and says where that is", {
  tags: ["soak"],
  timeout: 120_000,
}, async () => {
  const hours = path.join(stack.folder, "hours.csv");
  writeFileSync(hours, "user_id,date,project,hours\ncontractor-1,2026-01-05,alpha,7.5\n");
  const without = await stack.runImport([hours, "--stack", "local"]);
  expect(without.code).toBe(2);
  expect(without.stderr).toContain(path.join("keys", "import-job.pem is not there."));

  const rotated = await local(stack, "rotate", "key");
  expect(rotated.code, rotated.stderr).toBe(0);
  const imported = await stack.runImport([hours, "--stack", "local"]);
  expect(imported.code, imported.stderr).toBe(0);
  expect(imported.stderr).toMatch(/1 accepted/);
});

test("refuses a third key, with what to do", async () => {
  const yaml = readFileSync(stack.modelFile, "utf8");
  await stack.setModel(yaml.replace("publicKeys: [", "publicKeys: [keys/first.pem, "));
  const { code, stderr } = await local(stack, "rotate", "key", "--private-key", privateKeyFile);
  expect(code).toBe(2);
  expect(stderr).toContain("Both slots of import-job are full");
  expect(stderr).toContain("Take the one that the job does not use out of the list");
});
