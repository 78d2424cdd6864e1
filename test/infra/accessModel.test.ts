/** What a model may say, and how each mistake in one is reported. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  AccessModelError,
  type AccessModelSource,
  loadAccessModel,
  tokenDialect,
} from "../../infra/accessModel.ts";
import { apiProperties } from "../../infra/model/properties/api.ts";
import { brokenModels } from "./brokenModels/all.ts";
import { sound } from "./brokenModels/soundModel.ts";

const root = mkdtempSync(path.join(tmpdir(), "access-model-"));
mkdirSync(path.join(root, "infra"));
afterAll(() => rmSync(root, { recursive: true }));

function load(yaml: string, settings?: string, more: AccessModelSource = {}) {
  writeFileSync(path.join(root, "infra", "access.yaml"), yaml);
  if (settings !== undefined) writeFileSync(path.join(root, "Pulumi.dev.yaml"), settings);
  return loadAccessModel({
    root,
    env: {},
    stack: settings === undefined ? undefined : "dev",
    project: "timesheets",
    ...more,
  });
}

function problemsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof AccessModelError) return error.message.split("\n");
    throw error;
  }
  return [];
}

test.each(brokenModels)("$name is reported as it is", ({ yaml, settings, reported }) => {
  expect(problemsOf(() => load(yaml, settings))).toEqual(reported);
});

test("no message repeats a secret", () => {
  const reported = brokenModels.flatMap(({ yaml, settings }) => problemsOf(() => load(yaml, settings)));
  expect(reported.join("\n")).not.toContain("hunter2hunter2");
});

test("the model that is shipped declares the five scopes and grants one", () => {
  const model = loadAccessModel({ env: {} });
  expect(Object.keys(model.apis.timesheets?.scopes ?? {})).toEqual([
    "batch:upload",
    "read:timesheets",
    "create:timesheets",
    "delete:timesheets",
    "approve:timesheets",
  ]);
  expect(model.applications["import-job"]).toEqual({
    key: "import-job",
    name: "Timesheets Import Job",
    adopts: "Timesheets API (Test Application)",
    authentication: "client_secret_post",
    grantTypes: ["client_credentials"],
    grants: { timesheets: [{ scopes: ["batch:upload"], subject: "client" }] },
  });
});

test("what is left out gets the values that suit most", () => {
  const { apis, applications, exceptions, protectedStacks } = load(`apis:
  reports: { name: Reports, identifier: reports }
`);
  expect(apis.reports).toEqual({
    key: "reports",
    name: "Reports",
    identifier: "reports",
    signingAlgorithm: "RS256",
    tokenProfile: "auth0",
    permissionsInToken: false,
    tokenLifetime: 86_400,
    scopes: {},
    endpoints: {},
  });
  expect({ applications, exceptions, protectedStacks }).toEqual({
    applications: {},
    exceptions: [],
    protectedStacks: [],
  });
});

const overrides = `config:
  auth0:domain: example.eu.auth0.com
  timesheets:ids: { apis: { timesheets: 0123456789abcdef01234567 } }
  timesheets:access:
    apis:
      timesheets:
        identifier: https://dev.exampleco.com/timesheets
        scopes:
          read:timesheets: null
          write:timesheets: Write timesheets
      reports: { name: Reports, identifier: reports }
    applications:
      import-job:
        grants:
          timesheets: [write:timesheets]
`;

test("a stack's overrides merge maps, replace lists and texts, remove with null, and add", () => {
  const { apis, applications } = load(sound, overrides);
  expect(Object.keys(apis)).toEqual(["timesheets", "reports"]);
  expect(apis.timesheets).toMatchObject({
    name: "Timesheets API",
    identifier: "https://dev.exampleco.com/timesheets",
    scopes: { "batch:upload": "Upload timesheets in batches", "write:timesheets": "Write timesheets" },
  });
  expect(apis.timesheets?.scopes).not.toHaveProperty("read:timesheets");
  expect(applications["import-job"]?.grants).toEqual({
    timesheets: [{ scopes: ["write:timesheets"], subject: "client" }],
  });
});

test("overrides that Pulumi hands over count, with the places of the stack's settings", () => {
  const settings = `config:
  timesheets:access:
    apis:
      timesheets:
        tokenLifetime: 1 hour
`;
  const known = Object.keys(apiProperties)
    .map((key) => `"${key}"`)
    .join(", ");
  const handedOver = { apis: { timesheets: { tokenLifetime: "1 hour", colour: "red" } } };
  expect(problemsOf(() => load(sound, settings, { overrides: handedOver }))).toEqual([
    `Pulumi.dev.yaml:4:7: apis.timesheets: unknown key "colour". Known here: ${known}.`,
    'Pulumi.dev.yaml:5:24: apis.timesheets.tokenLifetime: must be a whole number of seconds from 1 to 2592000, not "1 hour". Write seconds as a plain number, such as 3600 for an hour.',
  ]);
});

test("overrides of a stack without a settings file are reported by the name of the file that could hold them", () => {
  const reported = problemsOf(() =>
    load(sound, undefined, { stack: "elsewhere", overrides: { colour: "red" } }),
  );
  expect(reported).toEqual([
    'Pulumi.elsewhere.yaml:1:1: unknown key "colour". Known here: "apis", "foreignApis", "applications", "protectedStacks", "exceptions".',
  ]);
});

test("an end date survives Pulumi, which takes it for a point in time", () => {
  const exception = { rule: "asymmetric-signing", on: "apis.timesheets", reason: "Old verifier" };
  const { exceptions } = load(sound, undefined, {
    overrides: { exceptions: [{ ...exception, until: "2027-03-31 00:00:00 +0000 UTC" }] },
  });
  expect(exceptions).toEqual([{ ...exception, until: "2027-03-31" }]);
});

test("overrides stored as one JSON text are read as well", () => {
  const settings = `config:
  timesheets:access: '{"apis":{"timesheets":{"tokenLifetime":3600}}}'
`;
  expect(load(sound, settings).apis.timesheets?.tokenLifetime).toBe(3600);
});

test("stacks of an organization share the settings file of their last part", () => {
  writeFileSync(path.join(root, "Pulumi.dev.yaml"), overrides);
  expect(Object.keys(load(sound, undefined, { stack: "exampleco/timesheets/dev" }).apis)).toContain(
    "reports",
  );
});

test("a file named in the environment is read from the project's folder", () => {
  writeFileSync(path.join(root, "ours.yaml"), "apis:\n  ours: { name: Ours, identifier: ours }\n");
  const { apis } = loadAccessModel({ root, env: { M2M_ACCESS_MODEL: "ours.yaml" } });
  expect(Object.keys(apis)).toEqual(["ours"]);
});

test("a file that is not there is one problem, not a crash", () => {
  expect(problemsOf(() => loadAccessModel({ root, file: "absent.yaml" }))).toEqual([
    "absent.yaml:1:1: there is no such file. The model is infra/access.yaml, or the file that M2M_ACCESS_MODEL names.",
  ]);
});

test("a folder in place of the file is one problem, not a crash", () => {
  expect(problemsOf(() => loadAccessModel({ root, file: "infra" }))).toEqual([
    "infra:1:1: the file cannot be read (EISDIR). The model is infra/access.yaml, or the file that M2M_ACCESS_MODEL names.",
  ]);
});

test("a file that is far too large is refused before it is read as YAML", () => {
  expect(problemsOf(() => load(`# ${"x".repeat(4 * 1024 * 1024)}\n${sound}`))).toEqual([
    "infra/access.yaml:1:1: the file is larger than 4 MB. Split the model over several stacks.",
  ]);
});

test("a file that grows a thousandfold by aliases is refused at its first anchor", () => {
  const levels = Array.from(
    { length: 9 },
    (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index},`.repeat(9)}]`,
  );
  const reported = problemsOf(() => load(`l0: &l0 [x]\n${levels.join("\n")}\napis: {}\n`));
  expect(reported).toContainEqual(expect.stringContaining("l0: anchors and aliases are not read here"));
});

test.each([
  ["auth0", false, "access_token"],
  ["auth0", true, "access_token_authz"],
  ["rfc9068", false, "rfc9068_profile"],
  ["rfc9068", true, "rfc9068_profile_authz"],
] as const)("profile %s with permissions %s is dialect %s", (tokenProfile, permissionsInToken, dialect) => {
  expect(tokenDialect({ tokenProfile, permissionsInToken })).toBe(dialect);
});

test("reading leaves the process's folder out of it", () => {
  const before = process.cwd();
  process.chdir(tmpdir());
  try {
    expect(loadAccessModel({ env: {} }).apis).toHaveProperty("timesheets");
  } finally {
    process.chdir(before);
  }
});
