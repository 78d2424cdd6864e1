/** Stacks whose overrides break a sound model. */
import type { BrokenModel } from "./brokenModel.ts";
import { but, sound } from "./soundModel.ts";

export const brokenOverrides: readonly BrokenModel[] = [
  {
    name: "an override with an unknown key",
    yaml: sound,
    settings: `config:
  auth0:domain: example.eu.auth0.com
  timesheets:access:
    apis:
      timesheets:
        tokenLifetim: 3600
`,
    reported: [
      'Pulumi.dev.yaml:6:9: apis.timesheets: unknown key "tokenLifetim". Did you mean "tokenLifetime"?',
    ],
  },
  {
    name: "an override that removes what is not there",
    yaml: sound,
    settings: `config:
  timesheets:access:
    applications:
      import-jobs: null
`,
    reported: [
      'Pulumi.dev.yaml:4:7: applications.import-jobs: null removes an entry, but there is none of this name. Did you mean "import-job"?',
    ],
  },
  {
    name: "null as the command line writes it",
    yaml: sound,
    settings: `config:
  timesheets:access:
    applications:
      import-job: "null"
`,
    reported: [
      'Pulumi.dev.yaml:4:7: applications.import-job: the text "null" removes nothing. Write null without quotation marks, in the file: `pulumi config set` writes text.',
    ],
  },
  {
    name: "an override that removes an API which is still granted",
    yaml: sound,
    settings: `config:
  timesheets:access:
    apis:
      timesheets: null
`,
    reported: [
      'infra/access.yaml:14:7: applications.import-job.grants.timesheets: no API has the key "timesheets". Declare it under `apis`.',
    ],
  },
  {
    name: "an override that removes a scope which is still granted",
    yaml: sound,
    settings: `config:
  timesheets:access:
    apis:
      timesheets:
        scopes:
          batch:upload: null
`,
    reported: [
      'infra/access.yaml:14:20: applications.import-job.grants.timesheets[0]: apis.timesheets declares no scope "batch:upload" (rule no-undeclared-scopes). Known here: "read:timesheets".',
    ],
  },
  {
    name: "an encrypted override",
    yaml: sound,
    settings: `config:
  timesheets:access:
    secure: v1:hunter2hunter2
`,
    reported: [
      "Pulumi.dev.yaml:3:5: secure: an encrypted value cannot be read here. Set it again without --secret; a model needs no secrets, Auth0 makes them.",
    ],
  },
  {
    name: "an override that is broken JSON",
    yaml: sound,
    settings: `config:
  timesheets:access: '{"apis": '
`,
    reported: ["Pulumi.dev.yaml:2:22: this bracket is never closed. Close it behind the last entry."],
  },
  {
    name: "faults in the file and in the overrides",
    yaml: but("RS256", "RS265"),
    settings: `config:
  timesheets:access:
    applications:
      import-job:
        authentication: client_secret_get
        grants:
          timesheets: [batch:uplaod]
`,
    reported: [
      'infra/access.yaml:5:23: apis.timesheets.signingAlgorithm: must be one of RS256, PS256, HS256, not "RS265". Did you mean RS256?',
      'Pulumi.dev.yaml:5:25: applications.import-job.authentication: must be one of client_secret_post, client_secret_basic, private_key_jwt, not "client_secret_get". Did you mean client_secret_post?',
      'Pulumi.dev.yaml:7:24: applications.import-job.grants.timesheets[0]: apis.timesheets declares no scope "batch:uplaod" (rule no-undeclared-scopes). Did you mean "batch:upload"?',
    ],
  },
];
