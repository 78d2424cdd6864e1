/** The rules over a model, and the exceptions from them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { AccessModelError, describeProblem, loadAccessModel } from "../../infra/accessModel.ts";
import { checkModel, loadCheckedModel, violations } from "../../infra/policy.ts";
import { sound } from "./brokenModels/soundModel.ts";

const root = mkdtempSync(path.join(tmpdir(), "policy-"));
mkdirSync(path.join(root, "infra"));
afterAll(() => rmSync(root, { recursive: true }));

const today = new Date("2026-11-23T12:00:00Z");

function check(yaml: string): string[] {
  writeFileSync(path.join(root, "infra", "access.yaml"), yaml);
  try {
    loadCheckedModel({ root, env: {} }, today);
  } catch (error) {
    if (error instanceof AccessModelError) return error.message.split("\n");
    throw error;
  }
  return [];
}

function withException(yaml: string, exception: string): string {
  return `${yaml}exceptions:\n  - { ${exception} }\n`;
}

const excusable = "Where it has to be, add an exception with a reason and an end date.";

test("the model that is shipped keeps every rule", () => {
  expect(violations(loadAccessModel({ env: {} }))).toEqual([]);
  expect(check(sound)).toEqual([]);
});

const breaches = [
  {
    rule: "asymmetric-signing",
    yaml: sound.replace("RS256", "HS256"),
    reported: `infra/access.yaml:5:23: apis.timesheets.signingAlgorithm: HS256 signs with a secret that every verifier would share (rule asymmetric-signing). Use RS256 or PS256. ${excusable}`,
    on: "apis.timesheets",
  },
  {
    rule: "client-credentials-only",
    yaml: sound.replace("    grants:", "    grantTypes: [client_credentials, password]\n    grants:"),
    reported: `infra/access.yaml:13:38: applications.import-job.grantTypes[1]: a machine-to-machine application does not use password (rule client-credentials-only). Keep only client_credentials in the list. ${excusable}`,
    on: "applications.import-job",
  },
  {
    rule: "no-wildcard",
    yaml: sound.replace("read:timesheets:", "read:*:"),
    reported: `infra/access.yaml:8:15: apis.timesheets.scopes["read:*"]: a scope that stands for others cannot be granted sparingly (rule no-wildcard). Declare one scope for each action that an application may take. ${excusable}`,
    on: "apis.timesheets",
  },
  {
    rule: "one-scope-owner",
    yaml: sound.replace(
      "applications:",
      "  copy: { name: Copy, identifier: https://API.exampleco.com/timesheets/ }\napplications:",
    ),
    reported: `infra/access.yaml:9:35: apis.copy.identifier: this identifier is that of apis.timesheets but for its case or final slash (rule one-scope-owner). Let one API own the scopes, or give this one a clearly different identifier. ${excusable}`,
    on: "apis.copy",
  },
  {
    rule: "scope-described",
    yaml: sound.replace("Read timesheets", '" "'),
    reported: `infra/access.yaml:8:24: apis.timesheets.scopes["read:timesheets"]: the scope has no description (rule scope-described). Say in a few words what it allows. ${excusable}`,
    on: "apis.timesheets",
  },
  {
    rule: "token-lifetime",
    yaml: sound.replace("    scopes:", "    tokenLifetime: 86401\n    scopes:"),
    reported: `infra/access.yaml:6:20: apis.timesheets.tokenLifetime: tokens for machines live at most a day (86400 seconds), not 86401 (rule token-lifetime). Lower tokenLifetime; an application can ask for a new token at any time. ${excusable}`,
    on: "apis.timesheets",
  },
  {
    rule: "no-all-scopes",
    yaml: sound.replace("[batch:upload]", "{ allScopes: true }"),
    reported: `infra/access.yaml:14:7: applications.import-job.grants.timesheets: this grants every scope of the API, those to come included (rule no-all-scopes). List the scopes that are needed. ${excusable}`,
    on: "applications.import-job",
  },
  {
    rule: "no-login-on-machines",
    yaml: sound.replace("    grants:", "    callbacks: [https://app.exampleco.com]\n    grants:"),
    reported: `infra/access.yaml:13:5: applications.import-job.callbacks: nobody logs in to a machine-to-machine application (rule no-login-on-machines). Remove the line; for logins, use an application of another type. ${excusable}`,
    on: "applications.import-job",
  },
  {
    rule: "no-undeclared-scopes",
    yaml: sound.replace("[batch:upload]", '["org:42"]'),
    reported:
      'infra/access.yaml:14:20: applications.import-job.grants.timesheets[0]: apis.timesheets declares no scope "org:42" (rule no-undeclared-scopes). Known here: "batch:upload", "read:timesheets".',
    on: "applications.import-job",
  },
];

test.each(breaches)("$rule is reported with its place and the way out", ({ yaml, reported }) => {
  expect(check(yaml)).toEqual([reported]);
});

test.each(breaches)("an exception from $rule holds through its last day", ({ rule, yaml, on }) => {
  expect(check(withException(yaml, `rule: ${rule}, on: ${on}, reason: Agreed, until: 2026-11-23`))).toEqual(
    [],
  );
});

test.each(breaches)("an exception from $rule that ended yesterday is an error", ({ rule, yaml, on }) => {
  const reported = check(withException(yaml, `rule: ${rule}, on: ${on}, reason: Agreed, until: 2026-11-22`));
  expect(reported).toEqual([
    expect.stringContaining(
      `the exception from ${rule} for ${on} ended on 2026-11-22. Fix what it was for, or agree on a new end date.`,
    ),
  ]);
});

test.each(breaches)("an exception from $rule that nothing needs is an error", ({ rule, on, yaml }) => {
  const model = rule === "one-scope-owner" ? yaml.replace("API.exampleco", "copy.exampleco") : sound;
  const reported = check(withException(model, `rule: ${rule}, on: ${on}, reason: Agreed, until: 2027-03-31`));
  expect(reported).toEqual([
    expect.stringContaining(`${on} does not break the rule ${rule}. Remove the exception; nothing needs it.`),
  ]);
});

test("an exception covers its own rule and object alone", () => {
  const yaml = sound
    .replace("RS256", "HS256")
    .replace(
      "applications:",
      "  reports: { name: Reports, identifier: r, signingAlgorithm: HS256 }\napplications:",
    );
  const reported = check(
    withException(yaml, "rule: asymmetric-signing, on: apis.reports, reason: Agreed, until: 2027-03-31"),
  );
  expect(reported).toEqual([expect.stringContaining("apis.timesheets.signingAlgorithm: HS256")]);
});

test("an API built in code without signing algorithm or token profile breaks token-format", () => {
  const model = loadAccessModel({ env: {} });
  const { tokenProfile: _, ...api } = { ...model.apis.timesheets, key: "timesheets" };
  expect(violations({ ...model, apis: { timesheets: api } })).toEqual([
    {
      rule: "token-format",
      on: "apis.timesheets",
      path: ["apis", "timesheets"],
      message: "the signing algorithm and the token profile are not both set",
      fix: "Set signingAlgorithm and tokenProfile.",
    },
  ]);
});

test("rules are reported together with what else is wrong, a broken exception included", () => {
  const reported = check(
    withException(
      sound.replace("RS256", "HS256").replace("[batch:upload]", "[batch:uplaod]"),
      "rule: asymmetric-signing, on: apis.timesheets, until: 2027-03-31",
    ),
  );
  expect(reported).toEqual([
    expect.stringContaining("HS256 signs with a secret"),
    expect.stringContaining('declares no scope "batch:uplaod"'),
    expect.stringContaining("exceptions[0].reason: this is missing"),
  ]);
});

test.each([
  ["callbacks", "https://app.exampleco.com/callback"],
  ["logoutUrls", "https://app.exampleco.com"],
  ["origins", "https://app.exampleco.com"],
  ["webOrigins", "https://app.exampleco.com"],
])("%s are for logins, unless the list is empty", (property, address) => {
  const withList = (list: string) =>
    check(sound.replace("    grants:", `    ${property}: ${list}\n    grants:`));
  expect(withList(`[${address}]`)).toEqual([expect.stringContaining("(rule no-login-on-machines)")]);
  expect(withList("[]")).toEqual([]);
});

test("the scopes of an API that is owned elsewhere are not known", () => {
  const yaml = sound
    .replace("applications:", "foreignApis: { billing: https://api.exampleco.com/billing }\napplications:")
    .replace("timesheets: [batch:upload]", "billing: [read:invoices]");
  expect(check(yaml)).toEqual([]);
});

test("default grants for third parties and grants of foreign applications are under the rules too", () => {
  const yaml = `${sound.replace("    scopes:", "    thirdPartyGrants: { allScopes: true }\n    scopes:")}  storefront:
    owner: elsewhere
    name: Storefront
    grants: { timesheets: { allScopes: true } }
`;
  expect(check(yaml).map((line) => line.split(": ")[1])).toEqual([
    "apis.timesheets.thirdPartyGrants",
    "applications.storefront.grants.timesheets",
  ]);
});

const withAccess = (access: string) => sound.replace("    scopes:", `    access: ${access}\n    scopes:`);
const forUsers = (yaml: string) =>
  yaml.replace("timesheets: [batch:upload]", "timesheets: { scopes: [batch:upload], subject: user }");

test.each([
  ["users that all get tokens, as the model says", withAccess("{ users: any }"), "infra/access.yaml:6:5"],
  ["users that all get tokens, as it implies", withAccess("{ applications: none }"), "infra/access.yaml:6:5"],
  ["a grant for users that they do not need", forUsers(sound), "infra/access.yaml:2:3"],
  ["users that need a grant", forUsers(withAccess("{ users: granted }")), undefined],
  ["users that get none", withAccess("{ users: none }"), undefined],
  ["a model that says nothing of users", sound, undefined],
])("users-need-grant warns of %s", (_, yaml, place) => {
  writeFileSync(path.join(root, "infra", "access.yaml"), yaml);
  const { warnings } = checkModel({ root, env: {} }, today);
  expect(warnings.map(describeProblem)).toEqual(
    place === undefined ? [] : [expect.stringMatching(`^${place}: warning: .*\\(rule users-need-grant\\)`)],
  );
});

test("an exception from a rule that warns is a warning too, once it has ended or nothing needs it", () => {
  const verdict = (yaml: string, until: string) => {
    writeFileSync(
      path.join(root, "infra", "access.yaml"),
      withException(yaml, `rule: users-need-grant, on: apis.timesheets, reason: Agreed, until: ${until}`),
    );
    return checkModel({ root, env: {} }, today).warnings.map(({ message }) => message);
  };
  expect(verdict(withAccess("{ users: any }"), "2026-11-23")).toEqual([]);
  expect(verdict(withAccess("{ users: any }"), "2026-11-22")).toEqual([expect.stringContaining("ended on")]);
  expect(verdict(sound, "2026-11-23")).toEqual([expect.stringContaining("does not break the rule")]);
});
