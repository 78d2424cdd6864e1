/** A passphrase that is missing or wrong is reported before anything else happens. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { assertPassphrase } from "../../../scripts/pulumi/passphrase.ts";
import { pulumiError } from "../../../scripts/pulumi/pulumi.ts";

/** As the engine 3.259.0 wrote it for the passphrase `right`. */
const salted = "encryptionsalt: v1:Cg3zhd9XNXw=:v1:A5mR5KRpKZ2sAn/3:9k+YIwZP12kGjhlvh0VqWy+W2sawyg==\n";
const ownStore = { PULUMI_BACKEND_URL: "file:///srv/pulumi" };

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "passphrase-"));
  writeFileSync(path.join(root, "right"), "right\n");
});
afterEach(() => rmSync(root, { recursive: true }));

async function problem(settings: string, env: Record<string, string>): Promise<string> {
  const settingsFile = path.join(root, "Pulumi.dev.yaml");
  writeFileSync(settingsFile, settings);
  return assertPassphrase({ name: "dev", root, settingsFile, env }).then(
    () => "none",
    (error: { code: string; exitCode: number }) => `${error.code} ${error.exitCode}`,
  );
}

test.each([
  ["the right one", salted, { PULUMI_CONFIG_PASSPHRASE: "right" }, "none"],
  [
    "the right one in a file that ends with a line break",
    salted,
    { PULUMI_CONFIG_PASSPHRASE_FILE: "right" },
    "none",
  ],
  ["a wrong one", salted, { PULUMI_CONFIG_PASSPHRASE: "wrong" }, "passphrase_wrong 2"],
  ["an empty one where it is another", salted, { PULUMI_CONFIG_PASSPHRASE: "" }, "passphrase_wrong 2"],
  ["none for a stack that has one", salted, {}, "passphrase_missing 2"],
  ["none for a new stack in a store of one's own", "", ownStore, "passphrase_missing 2"],
  [
    "a file that is not there",
    "",
    { ...ownStore, PULUMI_CONFIG_PASSPHRASE_FILE: "gone" },
    "passphrase_missing 2",
  ],
  ["any for a new stack", "", { ...ownStore, PULUMI_CONFIG_PASSPHRASE: "first" }, "none"],
  ["none where Pulumi Cloud encrypts", "", { PULUMI_BACKEND_URL: "https://api.pulumi.com" }, "none"],
  ["none where a key service encrypts", "secretsprovider: awskms://alias/pulumi\n", ownStore, "none"],
])("%s", async (_, settings, env, expected) => {
  expect(await problem(settings, env)).toBe(expected);
});

test.each([
  [
    "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
    "no_state_backend",
  ],
  ["error: getting stack configuration: get stack secrets manager: incorrect passphrase", "passphrase_wrong"],
  [
    "error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
    "passphrase_missing",
  ],
])("the engine's words %j become an error of usage that says what to set", (stderr, code) => {
  const error = pulumiError(["up"], { code: 255, stdout: "", stderr });
  expect(error).toMatchObject({ code, exitCode: 2 });
  expect(error.hint).toContain("Set PULUMI_");
});
