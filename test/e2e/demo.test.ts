/** The demo as its user sees it: one command, the whole path, nothing left behind. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { repository } from "../helpers/commandLine.ts";
import { startM2m } from "../helpers/process.ts";

let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(path.join(os.tmpdir(), "demo-test-"));
});

afterEach(() => {
  rmSync(temporary, { recursive: true, force: true });
});

/** What a shell that was set up for production holds. */
const production = {
  AUTH0_DOMAIN: "production.example.eu.auth0.com",
  AUTH0_CLIENT_ID: "productionClient",
  AUTH0_CLIENT_SECRET: "production-secret-that-must-not-be-used",
  AUTH0_API_TOKEN: "production-token-that-must-not-be-used",
  PULUMI_BACKEND_URL: "https://pulumi.production.example.com",
  PULUMI_ACCESS_TOKEN: "pul-production-token-that-must-not-be-used",
  PULUMI_CONFIG_PASSPHRASE: "production passphrase",
  PULUMI_STACK: "production",
  PULUMI_HOME: "/nonexistent/production",
  KUBECONFIG: "/nonexistent/kubeconfig",
  M2M_ACCESS_MODEL: "/nonexistent/access.yaml",
};

const status = () => execFileSync("git", ["status", "--porcelain"], { cwd: repository, encoding: "utf8" });

describe("auth0-m2m demo", { timeout: 180_000 }, () => {
  test("runs the whole path in a shell that was set up for production, and takes nothing from it", async () => {
    const before = status();
    const demo = startM2m(["demo", "--json"], { ...production, TMPDIR: temporary });
    const { code, stdout, stderr } = await demo.ended;
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });

    const result = JSON.parse(stdout);
    const sample = readFileSync(path.join(repository, "timesheets/sample.csv"), "utf8");
    expect(result.import.accepted + result.import.rejected).toBe(sample.trim().split("\n").length - 1);
    expect(result.import.rejected).toBeGreaterThan(0);
    expect(result.clientId.before).toBe(result.clientId.after);
    expect(result.token.scope).toBe("batch:upload");
    expect(result.refused.map(({ status }: { status: number }) => status)).toEqual([403, 403, 403, 403]);
    expect(result.drift).toEqual({ seen: true, fixed: true });

    for (const [name, value] of Object.entries(production)) {
      expect(stdout + stderr, name).not.toContain(value);
    }
    expect(status()).toBe(before);
    expect(demo.leftovers()).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("ends on Ctrl-C with exit code 130, no process and no data left", async () => {
    const before = status();
    const demo = startM2m(["demo"], { TMPDIR: temporary });
    await demo.says("[4/");
    demo.kill("SIGINT");
    const { code, stderr } = await demo.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("Interrupted; nothing is left behind.");
    expect(demo.leftovers()).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(status()).toBe(before);
  });
});
