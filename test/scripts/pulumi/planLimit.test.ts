/** What a tenant's plan refuses is reported in the model's terms, whichever plugin printed it. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { pulumiError } from "../../../scripts/pulumi/pulumi.ts";
import { valueIn } from "../../../scripts/tenant/managementAnswer.ts";

/** What the engine prints at the end of an update, for one object. */
const output = (type: string, name: string, ...lines: string[]) => `Updating (local):
 +  auth0:index:${type} ${name} **creating failed** error: 403 Forbidden: ${lines.at(-1)}
Diagnostics:
  pulumi:pulumi:Stack (timesheets-local):
    error: update failed

  auth0:index:${type} (${name}):
    error: 1 error occurred:
${lines.map((line) => `      * ${line}`).join("\n")}

Resources:
    + 3 created
`;

const official = (text: string) => `403 Forbidden: ${text}`;
const bundled = (text: string) =>
  `cannot create it: the tenant example.eu.auth0.com answered 403 feature_not_enabled: ${text}`;
const upgrade = (...properties: string[]) =>
  `Please upgrade your subscription to use ${properties.join(", ")}.`;

const enterprise = "Private Key JWT, part of Auth0's Enterprise plan";
const regulated = "Highly Regulated Identity, an add-on of Auth0's Enterprise plan";
const organizations =
  "machine-to-machine access for Organizations, part of Auth0's plans B2B Professional and Enterprise";

describe.each([
  ["official", official],
  ["bundled", bundled],
])("by the %s plugin", (_, said) => {
  test.each([
    [
      "ResourceServer",
      "timesheets",
      upgrade("consent_policy", "token_encryption"),
      `API timesheets: consent_policy needs ${regulated}; token_encryption needs ${regulated}.`,
    ],
    [
      "ResourceServer",
      "timesheets",
      upgrade("token_lifetime_for_web"),
      "API timesheets: browserTokenLifetime (token_lifetime_for_web).",
    ],
    [
      "ClientGrant",
      "import-job-timesheets",
      upgrade("organization_usage"),
      `organizations (organization_usage) needs ${organizations}.`,
    ],
    [
      "Client",
      "import-job",
      upgrade("token_quota"),
      "application import-job: token_quota needs fine-grained token quotas, which Auth0 enables on request.",
    ],
    [
      "ClientCredentials",
      "import-job-credentials",
      "This feature is not enabled for this tenant.",
      `application import-job: authentication: private_key_jwt needs ${enterprise}.`,
    ],
  ])("%s %s: %s", (type, name, text, reported) => {
    const error = pulumiError(["up"], { code: 255, stdout: output(type, name, said(text)), stderr: "" });
    expect(error).toMatchObject({ code: "feature_not_enabled", exitCode: 4 });
    expect(error.message.split("\n")).toEqual([
      "The plan of the tenant does not include what the access model asks for.",
      expect.stringContaining(reported),
    ]);
    expect(error.hint).toContain("upgrade the plan");
  });
});

test("any other refusal stays what it was", () => {
  const stdout = output(
    "Client",
    "import-job",
    official("Insufficient scope, expected any of: create:clients"),
  );
  expect(pulumiError(["up"], { code: 255, stdout, stderr: "" }).code).toBe("pulumi_failed");
});

test("a refusal by the Management API itself asks for no scope", () => {
  const text = JSON.stringify({
    ...{ statusCode: 403, error: "Forbidden", errorCode: "feature_not_enabled" },
    message: upgrade("token_quota"),
  });
  const read = () => valueIn({ label: "PATCH /api/v2/clients/x", status: 403, text }, z.unknown());
  expect(read).toThrow(
    expect.objectContaining({
      code: "feature_not_enabled",
      exitCode: 4,
      hint: "The plan of the tenant does not include it: upgrade the plan, or do without.",
    }),
  );
});
