/** A stack has one tenant: what its settings and the shell name must agree before anything is sent. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openStack } from "../../../scripts/session/stack.ts";
import { identify, recordTenant } from "../../../scripts/session/stackTenant.ts";
import { m2m, repository } from "../../helpers/commandLine.ts";
import { type DriftTenant, startDriftTenant } from "../access/drift/driftTenant.ts";

let root: string;
let wire: Server;
let connections = 0;

beforeAll(async () => {
  wire = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((listening) => wire.listen(0, listening));
});
afterAll(() => new Promise((closed) => wire.close(closed)));

beforeEach(async () => {
  connections = 0;
  root = await mkdtemp(path.join(os.tmpdir(), "stack-tenant-"));
  await mkdir(path.join(root, "infra"));
  await writeFile(path.join(root, "Pulumi.yaml"), "name: timesheets\nruntime: nodejs\n");
  await cp(path.join(repository, "infra", "access.yaml"), path.join(root, "infra", "access.yaml"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const settings = (text: string, file = "Pulumi.dev.yaml") => writeFile(path.join(root, file), text);
const domain = () => {
  const address = wire.address();
  return `localhost:${typeof address === "object" ? address?.port : 0}`;
};
const shell = () => ({ AUTH0_DOMAIN: domain(), AUTH0_CLIENT_ID: "id", AUTH0_CLIENT_SECRET: "secret" });

test.each([
  [["drift"]],
  [["drift", "--fix", "--yes"]],
  [["bootstrap", "--dry-run"]],
  [["bootstrap", "--yes"]],
  [["verify"]],
  [["graph", "--live"]],
  [["rotate", "secret"]],
  [["rotate", "key"]],
  [["rotate", "signing-key"]],
  [["teardown", "--yes"]],
])("%j refuses another tenant's variables before it sends anything, and names both", async (argv) => {
  await settings("config:\n  auth0:domain: other.eu.auth0.com\n");
  const { code, stdout, stderr } = await m2m([...argv, "--stack", "dev"], { cwd: root, env: shell() });
  expect(stdout + stderr).toContain("other.eu.auth0.com");
  expect(stdout + stderr).toContain(domain());
  expect(code).toBe(2);
  expect(connections).toBe(0);
});

const contradicting: [string, string, string?][] = [
  ["plain", "auth0:domain: other.eu.auth0.com"],
  ["as a value", "auth0:domain: { value: other.eu.auth0.com }"],
  ["as the key was written once", "auth0:config:domain: other.eu.auth0.com"],
  ["as bootstrap writes it", "timesheets:tenant: other.eu.auth0.com"],
  ["for all stacks", "auth0:domain: other.eu.auth0.com", "Pulumi.yaml"],
  ["for all stacks, as a value", "auth0:domain: { value: other.eu.auth0.com }", "Pulumi.yaml"],
  ["for all stacks, as a default", "tenant: { default: other.eu.auth0.com }", "Pulumi.yaml"],
];

test.each(contradicting)("a tenant named %s counts", async (_, line, file = "Pulumi.dev.yaml") => {
  const head = file === "Pulumi.yaml" ? "name: timesheets\nruntime: nodejs\n" : "";
  await settings(`${head}config:\n  ${line}\n`, file);
  const { code, stdout, stderr } = await m2m(["drift", "--stack", "dev"], { cwd: root, env: shell() });
  expect(stdout + stderr).toContain("names the tenant other.eu.auth0.com");
  expect(code).toBe(2);
});

const context = (env: Record<string, string>) => ({
  cwd: root,
  env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: new AbortController().signal,
});
const open = (
  env: Record<string, string>,
  moveTenant = false,
  decrypt = async (key: string) => `decrypted ${key}`,
) => identify(openStack("dev", context(env)), { moveTenant, decrypt });

const noSecrets = async (key: string) => expect.fail(`${key} is not encrypted.`);

test.each(["EXAMPLE.eu.auth0.com", "example.eu.auth0.com.", "https://example.eu.auth0.com/"])(
  "%s is the same tenant as its plain spelling",
  async (spelling) => {
    await settings(`config:\n  auth0:domain: ${spelling}\n`);
    expect((await open({ AUTH0_DOMAIN: "example.eu.auth0.com" })).env.AUTH0_DOMAIN).toBe(
      "example.eu.auth0.com",
    );
    expect((await open({})).env.AUTH0_DOMAIN).toBe("example.eu.auth0.com");
  },
);

test("a stack's own setting comes before the project's, as for the engine", async () => {
  await settings("name: timesheets\nconfig: { auth0:domain: project.eu.auth0.com }\n", "Pulumi.yaml");
  await settings("config: { auth0:domain: own.eu.auth0.com }\n");
  expect((await open({})).env.AUTH0_DOMAIN).toBe("own.eu.auth0.com");
  await expect(open({ AUTH0_DOMAIN: "project.eu.auth0.com" })).rejects.toMatchObject({
    code: "tenant_mismatch",
  });
});

test("an encrypted domain is compared like any other", async () => {
  await settings("config: { auth0:domain: { secure: v1:abc } }\n");
  await expect(open({ AUTH0_DOMAIN: "example.eu.auth0.com" })).rejects.toMatchObject({ exitCode: 2 });
});

test("credentials that the shell lacks are the stack's, and those that it has stay", async () => {
  await settings("config: { auth0:clientId: own, auth0:clientSecret: { secure: v1:abc } }\n");
  const env = { AUTH0_DOMAIN: "example.eu.auth0.com" };
  const own = { AUTH0_CLIENT_ID: "own", AUTH0_CLIENT_SECRET: "decrypted auth0:clientSecret" };
  expect((await open(env)).env).toEqual({ ...env, ...own });
  expect((await open({ ...env, AUTH0_CLIENT_ID: "other" })).env).toEqual({ ...env, ...own });
  const whole = { ...env, AUTH0_CLIENT_ID: "shell", AUTH0_CLIENT_SECRET: "secret" };
  expect((await open(whole)).env).toEqual(whole);
});

describe("what bootstrap records", () => {
  const recorded = () => readFile(path.join(root, "Pulumi.dev.yaml"), "utf8");

  test("names the tenant once, beside what the file has, and guards every later command", async () => {
    await settings("# ours\nconfig:\n  timesheets:access: {}\n");
    await recordTenant(await open({ AUTH0_DOMAIN: "Example.eu.auth0.com" }), noSecrets);
    const text = "# ours\nconfig:\n  timesheets:access: {}\n  timesheets:tenant: example.eu.auth0.com\n";
    expect(await recorded()).toBe(text);
    await recordTenant(await open({ AUTH0_DOMAIN: "example.eu.auth0.com" }), noSecrets);
    expect(await recorded()).toBe(text);
    await expect(open({ AUTH0_DOMAIN: "other.eu.auth0.com" })).rejects.toThrow(
      "timesheets:tenant in Pulumi.dev.yaml names the tenant example.eu.auth0.com, AUTH0_DOMAIN names other.eu.auth0.com.",
    );
  });

  test("adds nothing where the engine's setting names it", async () => {
    await settings("config:\n  auth0:domain: example.eu.auth0.com\n");
    await recordTenant(await open({}), noSecrets);
    expect(await recorded()).toBe("config:\n  auth0:domain: example.eu.auth0.com\n");
  });

  test("leaves an encrypted setting of the engine's as it is where it names the tenant", async () => {
    const text = "config:\n  auth0:domain:\n    secure: v1:abc:def\n";
    await settings(text);
    const stack = await open(
      { AUTH0_DOMAIN: "example.eu.auth0.com" },
      false,
      async () => "example.eu.auth0.com",
    );
    await recordTenant(stack, async () => "Example.eu.auth0.com");
    expect(await recorded()).toBe(text);
  });

  test("is corrected, where it is written, by a move that is meant", async () => {
    await settings("config:\n  auth0:domain: old.eu.auth0.com\n  timesheets:tenant: old.eu.auth0.com\n");
    await recordTenant(await open({ AUTH0_DOMAIN: "new.eu.auth0.com" }, true), noSecrets);
    expect(await recorded()).toBe(
      "config:\n  auth0:domain: new.eu.auth0.com\n  timesheets:tenant: new.eu.auth0.com\n",
    );
  });
});

describe("on a tenant", () => {
  let tenant: DriftTenant;
  beforeAll(async () => {
    tenant = await startDriftTenant();
  });
  afterAll(() => tenant.close());

  test("drift takes the domain from the stack's file where the shell names none", async () => {
    const file = path.join(tenant.root, "Pulumi.dev.yaml");
    await writeFile(file, `${await readFile(file, "utf8")}  auth0:domain: ${tenant.running.domain}\n`);
    const { AUTH0_CLIENT_ID = "", AUTH0_CLIENT_SECRET = "" } = tenant.env;
    const { code, stdout } = await m2m(["drift", "--stack", "dev"], {
      cwd: tenant.root,
      env: { AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET },
    });
    expect(stdout).toContain("No difference in 1 stack.");
    expect(code).toBe(0);
  });
});
