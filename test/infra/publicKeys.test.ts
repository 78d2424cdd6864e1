/** Which public keys a model takes, and why others are refused. */
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AccessModelError, loadAccessModel } from "../../infra/accessModel.ts";
import { sound } from "./brokenModels/soundModel.ts";

const root = mkdtempSync(path.join(tmpdir(), "public-keys-"));
const keys = path.join(root, "infra", "keys");

beforeAll(() => {
  mkdirSync(keys, { recursive: true });
  const write = (name: string, pem: string | Buffer) => writeFileSync(path.join(keys, name), pem);
  const spki = { type: "spki", format: "pem" } as const;
  const pkcs8 = { type: "pkcs8", format: "pem" } as const;
  const one = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const two = generateKeyPairSync("rsa", { modulusLength: 2048 });
  write("one.pem", one.publicKey.export(spki));
  write("again.pem", one.publicKey.export({ type: "pkcs1", format: "pem" }));
  write("two.pem", two.publicKey.export(spki));
  write("private.pem", two.privateKey.export(pkcs8));
  write("short.pem", generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export(spki));
  write("curve.pem", generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export(spki));
  write("text.pem", "no key at all\n");
  write("long.pem", `${"# a certificate's text form\n".repeat(160)}${one.publicKey.export(spki)}`);
  write("large.pem", "x".repeat(100_000));
});

afterAll(() => rmSync(root, { recursive: true }));

function load(files: string) {
  const method = `private_key_jwt\n    publicKeys: ${files}`;
  writeFileSync(path.join(root, "infra", "access.yaml"), sound.replace("client_secret_post", method));
  return loadAccessModel({ root, env: {} }).applications["import-job"]?.publicKeys;
}

function reported(files: string): string {
  try {
    load(files);
  } catch (error) {
    if (error instanceof AccessModelError) return error.message;
    throw error;
  }
  return "";
}

test("two public keys are read in order, named after their files, each with its thumbprint", () => {
  const read = load("[keys/one.pem, keys/two.pem]") ?? [];
  expect(read.map(({ file, name }) => [file, name])).toEqual([
    ["keys/one.pem", "one"],
    ["keys/two.pem", "two"],
  ]);
  expect(read.every(({ pem }) => pem.startsWith("-----BEGIN PUBLIC KEY-----"))).toBe(true);
  expect(read.every(({ keyId }) => /^[\w-]{43}$/.test(keyId))).toBe(true);
});

test.each([
  ["a private key", "keys/private.pem", "this file holds a private key. Keep it out of the repository"],
  ["the same key in another form", "keys/one.pem, keys/again.pem", "this is the same key as the one above."],
  ["a key that is too short", "keys/short.pem", "Auth0 takes RSA keys of 2048 to 4096 bits here"],
  ["a key on an elliptic curve", "keys/curve.pem", "Auth0 takes RSA keys of 2048 to 4096 bits here"],
  ["a file without a key", "keys/text.pem", "this file holds no public key in PEM form."],
  ["a file that is no PEM by its size", "keys/large.pem", "this file holds no public key in PEM form."],
  [
    "a PEM that is longer than Auth0 takes",
    "keys/long.pem",
    "and Auth0 takes 4096. Leave nothing in it but the key",
  ],
  ["a folder", "keys", "this file holds no public key in PEM form."],
])("%s is refused", (_, files, message) => {
  expect(reported(`[${files}]`)).toContain(message);
});

test("what a private key file says appears nowhere", () => {
  expect(reported("[keys/private.pem]")).not.toMatch(/BEGIN|MII/);
});
