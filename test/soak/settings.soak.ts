/** Every setting of a model at once, on the real engine: made as stated, no drift, and left as it is once it is not stated. */
import { expect, test } from "vitest";
import { z } from "zod";
import { startLocal } from "../helpers/localStack.ts";
import { providers } from "../helpers/providers.ts";

const model = `apis:
  timesheets:
    name: Timesheets API
    identifier: https://api.exampleco.com/timesheets
    roleBasedAccess: true
    refreshTokens: true
    browserTokenLifetime: 3600
    access: { users: granted }
    scopes: { "batch:upload": Upload timesheets in batches }
applications:
  import-job:
    name: Timesheets Import Job
    authentication: client_secret_basic
    metadata: { team: payroll, floor: "3" }
    callbacks: ["https://app.exampleco.com/callback"]
    logoutUrls: ["https://app.exampleco.com"]
    origins: ["https://app.exampleco.com"]
    webOrigins: ["https://app.exampleco.com"]
    grantTypes: [client_credentials, "http://auth0.com/oauth/grant-type/mfa-otp"]
    leaveAlone: [is_token_endpoint_ip_header_trusted, refresh_token.leeway]
    grants: { timesheets: { scopes: [batch:upload], leaveAlone: [organization_usage] } }
exceptions:
  - { rule: no-login-on-machines, on: applications.import-job, reason: Test, until: 2099-01-01 }
  - { rule: client-credentials-only, on: applications.import-job, reason: Test, until: 2099-01-01 }
`;

const applicationSchema = z.object({
  name: z.string(),
  client_metadata: z.record(z.string(), z.string()).optional(),
});

const stated =
  /^ {4}(metadata|callbacks|logoutUrls|origins|webOrigins|roleBasedAccess|refreshTokens|browserTokenLifetime|access):.*\n/gm;

test.each(providers)("with the %s provider", async (provider) => {
  const local = await startLocal({ provider, model });
  const drift = (...flags: string[]) => local.run(["drift", "--stack", "local", "--no-blame", ...flags]);
  try {
    const { code, stderr } = await local.run(["bootstrap", "--stack", "local", "--yes", "--json"]);
    expect(code, stderr).toBe(0);
    const clean = await drift();
    expect(clean.code, clean.stdout).toBe(0);
    const preview = await local.pulumi.run(["preview", "--refresh", "--expect-no-changes", "--diff"]);
    expect(preview.code, preview.stdout).toBe(0);

    await local.setModel(model.replaceAll(stated, "").replace(/ {2}- { rule: no-login-on-machines.*\n/, ""));
    await local.pulumi.must(["up", "--yes", "--skip-preview"]);
    const { stdout } = await drift("--json");
    const [stack] = JSON.parse(stdout).stacks;
    // What the model no longer speaks of stays in the tenant, and drift reports it, but for metadata.
    expect(stack.findings.map(({ path: where }: { path: string }) => where)).toEqual([
      "apis.timesheets.token_lifetime_for_web",
      "apis.timesheets.allow_offline_access",
      "apis.timesheets.subject_type_authorization.user.policy",
      "applications.import-job.callbacks",
      "applications.import-job.allowed_logout_urls",
      "applications.import-job.allowed_origins",
      "applications.import-job.web_origins",
    ]);
    const applications = await local.management.list("clients", "clients", applicationSchema);
    expect(applications.find(({ name }) => name === "Timesheets Import Job")?.client_metadata).toEqual({
      team: "payroll",
      floor: "3",
    });
  } finally {
    await local.close();
  }
});
