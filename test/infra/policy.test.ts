/** The rules over a model, and the exceptions from them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { AccessModelError, loadAccessModel } from "../../infra/accessModel.ts";
import { loadCheckedModel, violations } from "../../infra/policy.ts";
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
    reported: `infra/access.yaml:6:20: apis.timesheets.tokenLifetime: tokens for machines live at most a day (86400 seconds) (rule token-lifetime). Lower tokenLifetime; an application can ask for a new token at any time. ${excusable}`,
    on: "apis.timesheets",
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
