/** What a user of `auth0-m2m drift` notices beside the findings: causes, files, exit codes, accepted differences, failures. */
import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  type DriftReport,
  reportJsonSchema,
  reportSchema,
} from "../../../../scripts/access/drift/reportSchema.ts";
import { m2m, repository } from "../../../helpers/commandLine.ts";
import { type DriftTenant, findingsOf, startDriftTenant } from "./driftTenant.ts";

let tenant: DriftTenant;
beforeAll(async () => {
  tenant = await startDriftTenant();
});
afterAll(() => tenant.close());

const api = () => `resource-servers/${tenant.ids.apis.timesheets}`;
const weaken = () => tenant.call("PATCH", api(), { signing_alg: "HS256" });
const rename = () => tenant.call("PATCH", api(), { name: "Hours" });
const restore = () => tenant.call("PATCH", api(), { signing_alg: "RS256", name: "Timesheets API" });

describe("a clean tenant", () => {
  test("is said to be one, with exit code 0 and four requests", async () => {
    const { code, stdout } = await tenant.drift("--json");
    expect(code).toBe(0);
    const report = reportSchema.parse(JSON.parse(stdout));
    expect(report.result).toBe("clean");
    expect(report.stacks[0]?.requests).toEqual({ management: 4, logs: 0 });
    expect((await tenant.drift()).stdout).toContain("No difference in 1 stack.");
  });
});

describe("who and when", () => {
  afterEach(restore);

  test("a change through the Management API names the client that made it, and the time", async () => {
    const { client_id, client_secret } = await tenant.call("POST", "clients", {
      name: "Ops Tooling",
      app_type: "non_interactive",
      grant_types: ["client_credentials"],
      token_endpoint_auth_method: "client_secret_post",
    });
    await tenant.call("POST", "client-grants", {
      client_id,
      audience: `${tenant.running.url}/api/v2/`,
      scope: ["update:resource_servers"],
    });
    const callAsOps = await tenant.callAs(String(client_id), String(client_secret));
    const before = Date.now();
    await callAsOps("PATCH", api(), { token_lifetime: 90_000 });
    const [found] = findingsOf(await tenant.drift("--json"));
    await tenant.call("PATCH", api(), { token_lifetime: 86_400 });
    expect(found?.cause).toMatchObject({
      actor: `Ops Tooling (${client_id})`,
      clientId: client_id,
      by: "api",
      request: `PATCH /api/v2/${api()}`,
    });
    const at = Date.parse(found?.cause?.date ?? "");
    expect(at).toBeGreaterThanOrEqual(before - 1000);
    expect(at).toBeLessThanOrEqual(Date.now() + 1000);
    expect(found?.cause?.ip).toBeTruthy();
  });

  test("--no-blame asks the log for nothing", async () => {
    await rename();
    const { stdout } = await tenant.drift("--json", "--no-blame");
    const report = JSON.parse(stdout) as DriftReport;
    expect(report.stacks[0]?.requests.logs).toBe(0);
    expect(findingsOf({ stdout, code: 7, stderr: "" })[0]?.cause).toBeNull();
  });

  test("a credential that may not read the log is reported", async () => {
    await rename();
    const { client_id, client_secret } = await tenant.call("POST", "clients", {
      name: "Drift without log",
      app_type: "non_interactive",
      grant_types: ["client_credentials"],
      token_endpoint_auth_method: "client_secret_post",
    });
    const scope = ["read:clients", "read:client_grants", "read:resource_servers", "read:client_credentials"];
    await tenant.call("POST", "client-grants", {
      client_id,
      audience: `${tenant.running.url}/api/v2/`,
      scope,
    });
    const env = {
      ...tenant.env,
      AUTH0_CLIENT_ID: String(client_id),
      AUTH0_CLIENT_SECRET: String(client_secret),
    };
    const result = await m2m(["drift", "--stack", "dev", "--json"], { cwd: tenant.root, env });
    expect(result.code).toBe(7);
    expect(JSON.parse(result.stdout).stacks[0].notes.join()).toContain("read:logs");
  });

  test("a credential that cannot see everything compares nothing", async () => {
    const { client_id, client_secret } = await tenant.call("POST", "clients", {
      name: "Half a credential",
      app_type: "non_interactive",
      grant_types: ["client_credentials"],
      token_endpoint_auth_method: "client_secret_post",
    });
    await tenant.call("POST", "client-grants", {
      client_id,
      audience: `${tenant.running.url}/api/v2/`,
      scope: ["read:clients"],
    });
    const env = {
      ...tenant.env,
      AUTH0_CLIENT_ID: String(client_id),
      AUTH0_CLIENT_SECRET: String(client_secret),
    };
    const result = await m2m(["drift", "--stack", "dev"], { cwd: tenant.root, env });
    expect(result.code).toBe(3);
    expect(result.stdout).toBe("");
    expect(result.stderr).toContain("read:client_grants read:resource_servers read:client_credentials");
  });
});

describe("exit codes", () => {
  afterEach(restore);

  test("--fail-on distinguishes security from the rest", async () => {
    await rename();
    expect((await tenant.drift()).code).toBe(7);
    expect((await tenant.drift("--fail-on", "weakened")).code).toBe(0);
    await weaken();
    expect((await tenant.drift("--fail-on", "weakened")).code).toBe(7);
    expect((await tenant.drift("--fail-on", "never")).code).toBe(0);
  });

  test("a wrong credential is exit 3 and an unknown host is exit 1, without a report", async () => {
    const wrong = { ...tenant.env, AUTH0_CLIENT_SECRET: "wrong" };
    const refused = await m2m(["drift", "--stack", "dev"], { cwd: tenant.root, env: wrong });
    expect([refused.code, refused.stdout]).toEqual([3, ""]);
    const nowhere = { ...tenant.env, AUTH0_DOMAIN: "localhost:1" };
    const unreached = await m2m(["drift", "--stack", "dev", "--json"], {
      cwd: tenant.root,
      env: nowhere,
    });
    expect(unreached.code).toBe(1);
    expect(JSON.parse(unreached.stdout).error.code).toBe("tenant_unreachable");
  });

  test.each([
    ["no stack", ["drift"]],
    ["an unknown format in --output", ["drift", "--stack", "dev", "--output", "xml=x"]],
    ["--output without a file", ["drift", "--stack", "dev", "--output", "json"]],
    ["two stacks on one set of variables", ["drift", "--stack", "dev", "--stack", "prod"]],
    ["--fix without a terminal or --yes", ["drift", "--stack", "dev", "--fix"]],
    ["--all-stacks beside --stack", ["drift", "--stack", "dev", "--all-stacks"]],
  ])("%s is exit 2", async (_what, argv) => {
    const { code, stdout, stderr } = await m2m(argv, { cwd: tenant.root, env: tenant.env });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).not.toBe("");
  });
});

describe("a stack without a settings file", () => {
  const settingsOf = (stack: string) => path.join(tenant.root, `Pulumi.${stack}.yaml`);
  const compare = (stack: string, ...argv: string[]) =>
    m2m(["drift", "--stack", stack, "--json", ...argv], { cwd: tenant.root, env: tenant.env });

  test.each([
    ["dve", "Did you mean dev? "],
    ["organization/timesheets/dve", "Did you mean dev? "],
    ["production", ""],
  ])("is exit 6 where others have one (%s)", async (stack, suggestion) => {
    const { code, stdout } = await compare(stack);
    expect(code).toBe(6);
    const { error } = JSON.parse(stdout);
    expect(error.code).toBe("no_such_stack");
    expect(error.hint).toContain(`${suggestion}Stacks with settings: dev.`);
  });

  test("is compared without overrides once the file is there, with nothing in it", async () => {
    await writeFile(settingsOf("production"), "config: {}\n");
    const { code, stdout } = await compare("production");
    await rm(settingsOf("production"));
    expect([code, JSON.parse(stdout).stacks[0].notes]).toEqual([0, []]);
  });

  test("is compared where the credentials file names it, and the report says how", async () => {
    const { AUTH0_DOMAIN: domain, AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret } = tenant.env;
    const file = path.join(tenant.root, "production.json");
    await writeFile(file, JSON.stringify({ production: { domain, clientId, clientSecret } }), {
      mode: 0o600,
    });
    const { code, stdout } = await compare("production", "--credentials-file", file);
    expect([code, JSON.parse(stdout).stacks[0].notes.join()]).toEqual([
      0,
      expect.stringContaining("There is no Pulumi.production.yaml: compared without overrides"),
    ]);
  });

  test("is compared where no stack has one, but not where it is nearly called local", async () => {
    const settings = await readFile(settingsOf("dev"));
    await rm(settingsOf("dev"));
    await writeFile(settingsOf("local"), "");
    const [production, locla] = [await compare("production"), await compare("locla")];
    await rm(settingsOf("local"));
    await writeFile(settingsOf("dev"), settings);
    expect([production.code, locla.code]).toEqual([0, 6]);
    expect(production.stdout).toContain("There is no Pulumi.production.yaml");
    expect(locla.stdout).toContain("Did you mean local?");
  });
});

describe("output", () => {
  afterEach(restore);

  test("goes to several files at once, each in its form", async () => {
    await weaken();
    const { stdout } = await tenant.drift("--output", "json=out.json", "--output", "markdown=out.md");
    expect(stdout).toMatch(/signing_alg {2}changed, weakened/);
    const json = reportSchema.parse(JSON.parse(await readFile(path.join(tenant.root, "out.json"), "utf8")));
    expect(json.summary.weakened).toBe(1);
    const markdown = await readFile(path.join(tenant.root, "out.md"), "utf8");
    expect(markdown).toContain(
      "| `apis.timesheets.signing_alg` | changed | **weakened** | `RS256` | `HS256` |",
    );
  });

  test("is a file that only its owner can read, and replaces neither a link nor what it leads to", async () => {
    await tenant.drift("--output", "json=out.json");
    expect((await stat(path.join(tenant.root, "out.json"))).mode & 0o777).toBe(0o600);
    const kept = path.join(tenant.root, "kept");
    await writeFile(kept, "mine");
    await symlink(kept, path.join(tenant.root, "link.md"));
    const { code, stderr } = await tenant.drift("--output", "markdown=link.md");
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("it is a symbolic link") });
    expect(await readFile(kept, "utf8")).toBe("mine");
  });

  test("that is a pipe is refused at once, where opening it would wait", async () => {
    execFileSync("mkfifo", [path.join(tenant.root, "pipe.md")]);
    const { code, stderr } = await tenant.drift("--output", "markdown=pipe.md");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("it is not a regular file"),
    });
  });

  test("may go where standard error goes", async () => {
    const { code, stderr } = await tenant.drift("--output", "markdown=/dev/null");
    expect(code, stderr).not.toBe(2);
  });

  test("that cannot be written is a usage error that names the file", async () => {
    const { code, stderr } = await tenant.drift("--output", "markdown=nowhere/out.md");
    expect(code).toBe(2);
    expect(stderr).toContain(`nowhere${path.sep}out.md (ENOENT)`);
  });

  test("ids stay the same from run to run", async () => {
    await weaken();
    const first = findingsOf(await tenant.drift("--json")).map(({ id }) => id);
    const second = findingsOf(await tenant.drift("--json")).map(({ id }) => id);
    expect(first).toEqual(second);
  });

  test("control characters in a tenant's names are written out", async () => {
    await tenant.call("PATCH", api(), { name: "Hours\u001b[31m | x" });
    expect((await tenant.drift()).stdout).not.toContain("\u001b");
    expect((await tenant.drift("--format", "markdown")).stdout).toContain("\\| x");
  });

  test("names that differ only in what cannot be seen do not look alike, nor turn what is printed around", async () => {
    await tenant.call("PATCH", api(), { name: "Time\u200bsheets\u00a0API\u202e" });
    for (const format of ["text", "markdown"]) {
      const { stdout } = await tenant.drift("--format", format);
      expect(stdout).toContain(String.raw`Time\u200bsheets\u00a0API\u202e`);
      expect(stdout).not.toContain("\u202e");
    }
    const yaml = findingsOf(await tenant.drift("--json"))[0]?.fix.yaml ?? "";
    expect(parse(yaml)).toEqual({ apis: { timesheets: { name: "Time\u200bsheets\u00a0API\u202e" } } });
  });

  test("the published JSON Schema is the one that the code has", async () => {
    const published = await readFile(path.join(repository, "docs", "drift-report.schema.json"), "utf8");
    expect(JSON.parse(published)).toEqual(JSON.parse(reportJsonSchema()));
    expect((await m2m(["drift", "--print-schema"])).stdout).toBe(reportJsonSchema());
  });
});

describe("accepted differences", () => {
  const file = () => path.join(tenant.root, "infra", "drift-ignore.yaml");
  const accept = (entries: readonly object[]) => writeFile(file(), JSON.stringify({ accept: entries }));
  afterEach(async () => {
    await writeFile(file(), "accept: []\n");
    await restore();
  });
  const signing = { path: "apis.timesheets.signing_alg", reason: "Migration", until: "2999-12-31" };

  test("are left out until their last day", async () => {
    await weaken();
    await accept([signing]);
    const { code, stdout } = await tenant.drift("--json");
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as DriftReport;
    expect(report.stacks[0]?.accepted[0]?.finding.path).toBe(signing.path);
  });

  test("fail once they are expired, whether the difference is there or not", async () => {
    await accept([{ ...signing, until: "2020-01-31" }]);
    expect((await tenant.drift()).stdout).toContain("no longer accepted since 2020-01-31");
    expect((await tenant.drift()).code).toBe(7);
    await weaken();
    const { code, stdout } = await tenant.drift("--json");
    expect(code).toBe(7);
    expect(findingsOf({ code, stdout, stderr: "" })[0]?.path).toBe(signing.path);
  });

  test("name exact paths: another property is not accepted with them", async () => {
    await rename();
    await accept([signing]);
    const { code, stdout } = await tenant.drift();
    expect(code).toBe(7);
    expect(stdout).toContain("accepted, but no longer there: apis.timesheets.signing_alg");
  });

  test("hold for the stack they name", async () => {
    await weaken();
    await accept([{ ...signing, stack: "production" }]);
    expect((await tenant.drift()).code).toBe(7);
    await accept([{ ...signing, stack: "dev" }]);
    expect((await tenant.drift()).code).toBe(0);
  });

  test("are reported with line and column where they are not well formed", async () => {
    await writeFile(file(), 'accept:\n  - path: apis.timesheets.name\n    until: soon\n  - reason: "x"\n');
    const { code, stderr } = await tenant.drift();
    expect(code).toBe(2);
    expect(stderr).toContain("drift-ignore.yaml:3:12: accept.0.until: must be a date such as 2027-03-31");
    expect(stderr).toContain("accept.1.path");
    await writeFile(file(), "accept: *nothing\n");
    const alias = await tenant.drift();
    expect(alias.code).toBe(2);
    expect(alias.stderr).toContain("drift-ignore.yaml: Unresolved alias");
  });
});

describe("a second application of the same name", () => {
  test("is found by --scan-applications alone", async () => {
    const { client_id } = await tenant.call("POST", "clients", { name: "Timesheets Import Job" });
    expect((await tenant.drift()).code).toBe(0);
    const [found] = findingsOf(await tenant.drift("--json", "--scan-applications"));
    await tenant.call("DELETE", `clients/${client_id}`);
    expect(found).toMatchObject({ kind: "unmanaged", actual: { client_id }, severity: "medium" });
  });
});

describe("several stacks", () => {
  test("are compared together, and one that is down hides none", async () => {
    await weaken();
    const settings = await readFile(path.join(tenant.root, "Pulumi.dev.yaml"), "utf8");
    for (const stack of ["one", "two", "down"]) {
      await writeFile(path.join(tenant.root, `Pulumi.${stack}.yaml`), settings);
    }
    const { AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret } = tenant.env;
    const entry = { domain: tenant.running.domain, clientId, clientSecret };
    const folder = path.join(tenant.root, "secrets");
    await mkdir(folder);
    const file = path.join(folder, "tenants.yaml");
    const all = { dev: entry, one: entry, two: entry, down: { ...entry, domain: "localhost:1" } };
    await writeFile(file, JSON.stringify(all), { mode: 0o600 });
    const argv = ["drift", "--all-stacks", "--credentials-file", file, "--json"];
    const { code, stdout } = await m2m(argv, { cwd: tenant.root });
    expect(code).toBe(1);
    const report = reportSchema.parse(JSON.parse(stdout));
    expect(report.result).toBe("failed");
    expect(report.stacks.map(({ stack, status }) => [stack, status])).toEqual([
      ["dev", "drift"],
      ["down", "failed"],
      ["one", "drift"],
      ["two", "drift"],
    ]);
    expect(stdout).not.toContain(clientSecret);

    const addressed = { ...entry, domain: "https://someone:pass@localhost:1/" };
    await writeFile(file, JSON.stringify({ ...all, down: addressed }));
    const address = await m2m(argv, { cwd: tenant.root });
    expect(address.code).toBe(2);
    expect(JSON.parse(address.stdout).error.message).toMatch(
      /tenants.yaml: the domain of down is not a host name/,
    );
    expect(address.stdout).not.toContain("pass@");

    await chmod(file, 0o644);
    const open = await m2m(argv, { cwd: tenant.root });
    expect([open.code, open.stdout && JSON.parse(open.stdout).error.message]).toEqual([
      2,
      `${file} can be read by others (mode 0644).`,
    ]);
    await restore();
  });
});

describe("failures in the middle", () => {
  const targets = [
    ["the token", "/oauth/token"],
    ["the grants", "/api/v2/client-grants"],
    ["the API", "/api/v2/resource-servers/*"],
    ["the application", "/api/v2/clients/*"],
  ] as const;
  const faults = [
    ["429", { status: 429, headers: { "x-ratelimit-reset": "0" } }],
    ["500", { status: 500 }],
    ["a cut connection", { cut: true }],
    ["a malformed body", { malformed: true }],
  ] as const;

  for (const [what, target] of targets) {
    for (const [how, then] of faults) {
      test(`${how} for ${what} once is retried`, async () => {
        await tenant.fault(target, 1, then);
        const { code, stdout } = await tenant.drift("--json");
        expect(code).toBe(0);
        expect(JSON.parse(stdout).result).toBe("clean");
      });
    }
  }

  const refused = { statusCode: 429, error: "Too Many Requests", message: "Global limit has been reached" };
  test.each([
    ["429 with Retry-After", { status: 429, headers: { "retry-after": "0" }, body: refused }, "429"],
    ["429 until far too late", { status: 429, headers: { "retry-after": "3600" }, body: refused }, "429"],
    ["5xx", { status: 503 }, "503"],
    ["cut connections", { cut: true }, "cut"],
    ["malformed bodies", { malformed: true }, "unexpected body"],
  ])("%s for all but the first answers end soon with exit 1 and the cause", async (_how, then, cause) => {
    await rename();
    await tenant.fault("/api/v2/*", 10_000, then, 2);
    const { code, stdout } = await tenant.drift("--json", "--output", "json=failed.json");
    const requests = 10_000 - (await tenant.faultsLeft());
    await tenant.forgetFaults();
    await restore();
    expect(code).toBe(1);
    expect(requests).toBeLessThan(30);
    const document = JSON.parse(stdout);
    expect(Object.keys(document)).toEqual(["error"]);
    expect(document.error.message).toContain(cause);
    const written = JSON.parse(await readFile(path.join(tenant.root, "failed.json"), "utf8"));
    expect([written.result, written.stacks[0].status, written.stacks[0].findings]).toEqual([
      "failed",
      "failed",
      [],
    ]);
  });

  test("a log that fails without end names nobody, and hides no difference", async () => {
    await rename();
    await tenant.fault("/api/v2/logs", 10_000, { cut: true });
    const { code, stdout } = await tenant.drift("--json");
    await tenant.forgetFaults();
    await restore();
    expect(code).toBe(7);
    const [stack] = JSON.parse(stdout).stacks;
    expect(stack.findings).toMatchObject([{ path: "apis.timesheets.name", cause: null }]);
    expect(stack.notes.join()).toContain("The tenant log could not be read, so nobody is named");
  });

  test.each([
    ["5xx", "/api/v2/client-grants", { status: 503 }],
    ["cut connections", "/api/v2/resource-servers/*", { cut: true }],
    ["malformed bodies", "/api/v2/clients/*/credentials", { malformed: true }],
    ["bodies of the wrong shape", "/api/v2/client-grants", { status: 200, body: {} }],
    [
      "a 404 that is not Auth0's",
      "/api/v2/resource-servers/*",
      { status: 404, body: { message: "no page" } },
    ],
  ])("%s without end are exit 1 with the cause, and no report", async (_how, path, then) => {
    await tenant.fault(path, 50, then);
    const { code, stdout } = await tenant.drift("--json");
    await tenant.forgetFaults();
    expect(code).toBe(1);
    const document = JSON.parse(stdout);
    expect(Object.keys(document)).toEqual(["error"]);
    expect(document.error.message).not.toBe("");
  });
});
