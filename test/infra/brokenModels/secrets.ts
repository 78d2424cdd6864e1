/** Models that hold a secret. */
import type { BrokenModel } from "./brokenModel.ts";
import { but, sound } from "./soundModel.ts";

export const brokenSecrets: readonly BrokenModel[] = [
  {
    name: "a client secret",
    yaml: but("    grants:", "    client_secret: hunter2hunter2\n    grants:"),
    reported: [
      "infra/access.yaml:13:5: applications.import-job.client_secret: a secret has no place here. Remove it, and rotate it if it was ever committed; a model needs no secrets, Auth0 makes them.",
    ],
  },
  {
    name: "a password in a list of exceptions",
    yaml: `${sound}exceptions:\n  - { password: hunter2hunter2 }\n`,
    reported: [
      "infra/access.yaml:16:5: exceptions[0].rule: this is missing. Write one of asymmetric-signing, client-credentials-only, no-all-scopes, no-login-on-machines, no-undeclared-scopes, no-wildcard, one-scope-owner, scope-described, token-format, token-lifetime, users-need-grant.",
      "infra/access.yaml:16:5: exceptions[0].on: this is missing. Name the API or application, such as apis.timesheets.",
      "infra/access.yaml:16:5: exceptions[0].reason: this is missing. Say why, for the reviewers of the exception.",
      "infra/access.yaml:16:5: exceptions[0].until: this is missing. Write the last day as year-month-day, such as 2027-03-31.",
      "infra/access.yaml:16:7: exceptions[0].password: a secret has no place here. Remove it, and rotate it if it was ever committed; a model needs no secrets, Auth0 makes them.",
    ],
  },
  {
    name: "a value that looks like a client secret",
    yaml: but("Timesheets Import Job", `Job hunter2hunter2${"aB3_".repeat(12)}`),
    reported: [
      "infra/access.yaml:11:11: applications.import-job.name: what stands here looks like a secret. Remove it, and rotate it if it was ever committed; a model needs no secrets, Auth0 makes them.",
    ],
  },
  {
    name: "a private key",
    yaml: but("name: Timesheets API", "name: |\n      -----BEGIN RSA PRIVATE KEY-----\n      hunter2hunter2"),
    reported: [
      "infra/access.yaml:3:11: apis.timesheets.name: a private key stands here. Remove it, and rotate it if it was ever committed; a model needs no secrets, Auth0 makes them.",
    ],
  },
  {
    name: "a secret as a key",
    yaml: but("read:timesheets:", `hunter2hunter2${"aB3_".repeat(12)}:`),
    reported: [
      "infra/access.yaml:8:7: apis.timesheets.scopes: what stands here looks like a secret. Remove it, and rotate it if it was ever committed; a model needs no secrets, Auth0 makes them.",
    ],
  },
];
