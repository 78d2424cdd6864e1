/** Models with exceptions or protected stacks that make no sense. */
import type { BrokenModel } from "./brokenModel.ts";
import { but, sound } from "./soundModel.ts";

export const brokenExceptions: readonly BrokenModel[] = [
  {
    name: "an exception from an unknown rule",
    yaml: `${sound}exceptions:
  - { rule: assymetric-signing, on: apis.timesheets, reason: Old verifier, until: 2027-03-31 }
`,
    reported: [
      'infra/access.yaml:16:13: exceptions[0].rule: must be one of asymmetric-signing, client-credentials-only, no-all-scopes, no-login-on-machines, no-undeclared-scopes, no-wildcard, one-scope-owner, scope-described, token-format, token-lifetime, users-need-grant, not "assymetric-signing". Did you mean asymmetric-signing?',
    ],
  },
  {
    name: "an exception for an object that is not there",
    yaml: `${sound}exceptions:
  - { rule: asymmetric-signing, on: apis.timesheet, reason: Old verifier, until: 2027-03-31 }
`,
    reported: [
      'infra/access.yaml:16:37: exceptions[0].on: the model has no "apis.timesheet". Did you mean "apis.timesheets"?',
    ],
  },
  {
    name: "an exception without reason and end",
    yaml: `${sound}exceptions:
  - { rule: asymmetric-signing, on: apis.timesheets }
`,
    reported: [
      "infra/access.yaml:16:5: exceptions[0].reason: this is missing. Say why, for the reviewers of the exception.",
      "infra/access.yaml:16:5: exceptions[0].until: this is missing. Write the last day as year-month-day, such as 2027-03-31.",
    ],
  },
  {
    name: "an exception until a day that does not exist",
    yaml: `${sound}exceptions:
  - { rule: asymmetric-signing, on: apis.timesheets, reason: Old verifier, until: 2027-02-30 }
`,
    reported: [
      'infra/access.yaml:16:83: exceptions[0].until: must be a date such as 2027-03-31, not "2027-02-30". Write the last day as year-month-day, such as 2027-03-31.',
    ],
  },
  {
    name: "an exception twice",
    yaml: `${but("RS256", "HS256")}exceptions:
  - { rule: asymmetric-signing, on: apis.timesheets, reason: Old verifier, until: 2027-03-31 }
  - { rule: asymmetric-signing, on: apis.timesheets, reason: Older verifier, until: 2027-04-30 }
`,
    reported: [
      "infra/access.yaml:17:5: exceptions[1]: an exception for this rule and object stands above. Remove one of the two.",
    ],
  },
  {
    name: "one protected stack as a text",
    yaml: `${sound}protectedStacks: production\n`,
    reported: [
      'infra/access.yaml:15:18: protectedStacks: must be a list, not "production". Write a list, such as `[production]`.',
    ],
  },
];
