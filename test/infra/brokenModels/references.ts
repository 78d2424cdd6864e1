/** Models whose parts do not go together: names, grants, keys. */
import type { BrokenModel } from "./brokenModel.ts";
import { but, sound } from "./soundModel.ts";

const lifetime = "    signingAlgorithm: RS256\n";
const method = "    authentication: client_secret_post\n";

export const brokenReferences: readonly BrokenModel[] = [
  {
    name: "two APIs with one identifier",
    yaml: but(
      "applications:",
      `  copy:
    name: Copy
    identifier: https://api.exampleco.com/timesheets
applications:`,
    ),
    reported: [
      "infra/access.yaml:11:17: apis.copy.identifier: apis.timesheets has this identifier already. Give each API an identifier of its own.",
    ],
  },
  {
    name: "a former key that is somebody's present one, or was two entries' key",
    yaml: but(
      "applications:",
      `  copy:
    name: Copy
    identifier: https://api.exampleco.com/copy
    formerly: [timesheets, hours, copy]
  third:
    name: Third
    identifier: https://api.exampleco.com/third
    formerly: [hours]
applications:`,
    ),
    reported: [
      "infra/access.yaml:12:16: apis.copy.formerly[0]: apis.timesheets has this key now. Remove it, or rename the other entry.",
      "infra/access.yaml:12:35: apis.copy.formerly[2]: this is its present key. Remove it from the list.",
      "infra/access.yaml:16:16: apis.third.formerly[0]: apis.copy had this key as well. One object has one key; remove one of the two.",
    ],
  },
  {
    name: "a grant on an unknown API",
    yaml: but("      timesheets: [", "      timesheet: ["),
    reported: [
      'infra/access.yaml:14:7: applications.import-job.grants.timesheet: no API has the key "timesheet". Did you mean "timesheets"?',
    ],
  },
  {
    name: "a misspelt scope",
    yaml: but("[batch:upload]", "[batch:uplaod]"),
    reported: [
      'infra/access.yaml:14:20: applications.import-job.grants.timesheets[0]: apis.timesheets declares no scope "batch:uplaod" (rule no-undeclared-scopes). Did you mean "batch:upload"?',
    ],
  },
  {
    name: "a scope that the API does not declare",
    yaml: but("[batch:upload]", "[batch:upload, export:payroll]"),
    reported: [
      'infra/access.yaml:14:34: applications.import-job.grants.timesheets[1]: apis.timesheets declares no scope "export:payroll" (rule no-undeclared-scopes). Known here: "batch:upload", "read:timesheets".',
    ],
  },
  {
    name: "a wildcard",
    yaml: but("[batch:upload]", "['*']"),
    reported: [
      'infra/access.yaml:14:20: applications.import-job.grants.timesheets[0]: apis.timesheets declares no scope "*" (rule no-undeclared-scopes). Name each scope; there is no wildcard.',
    ],
  },
  {
    name: "a scope twice",
    yaml: but("[batch:upload]", "[batch:upload, batch:upload]"),
    reported: [
      "infra/access.yaml:14:34: applications.import-job.grants.timesheets[1]: this scope is in the list already. Remove one of the two.",
    ],
  },
  {
    name: "two applications with one name",
    yaml: `${sound}  second-job:
    name: Timesheets Import Job
    authentication: client_secret_post
`,
    reported: [
      "infra/access.yaml:16:11: applications.second-job.name: applications.import-job has this name already. Give each application a name of its own; bootstrap finds them by it.",
    ],
  },
  {
    name: "two applications that adopt the same",
    yaml: `${sound.replace("    grants:", "    adopts: Old Job\n    grants:")}  second-job:
    name: Second Job
    adopts: Old Job
    authentication: client_secret_post
`,
    reported: [
      "infra/access.yaml:18:13: applications.second-job.adopts: applications.import-job adopts the same application. An application can become only one of them; remove one of the two lines.",
    ],
  },
  {
    name: "an application that adopts another one of the model",
    yaml: `${sound}  second-job:
    name: Second Job
    adopts: Timesheets Import Job
    authentication: client_secret_post
`,
    reported: [
      "infra/access.yaml:17:13: applications.second-job.adopts: applications.import-job has the name that this adopts. Adopt an application that the model does not declare.",
    ],
  },
  {
    name: "an endpoint that takes a scope the API lacks",
    yaml: but("applications:", "    endpoints:\n      GET /timesheets: read:timesheet\napplications:"),
    reported: [
      'infra/access.yaml:10:24: apis.timesheets.endpoints["GET /timesheets"]: apis.timesheets declares no scope "read:timesheet". Did you mean "read:timesheets"?',
    ],
  },
  {
    name: "grants whose resources would share a name",
    yaml: `${but(
      "applications:",
      `  job-timesheets:
    name: Job Timesheets
    identifier: job-timesheets
applications:
  import:
    name: Import
    authentication: client_secret_post
    grants: { job-timesheets: [] }`,
    )}`,
    reported: [
      'infra/access.yaml:21:7: applications.import-job.grants.timesheets: its Pulumi resource would be called "import-job-timesheets", as that of applications.import. Give one of the APIs or applications another key.',
    ],
  },
  {
    name: "private_key_jwt without keys",
    yaml: but("client_secret_post", "private_key_jwt"),
    reported: [
      "infra/access.yaml:12:21: applications.import-job.authentication: private_key_jwt needs publicKeys. List one or two PEM files with public keys under `publicKeys`.",
    ],
  },
  {
    name: "keys without private_key_jwt",
    yaml: but("    grants:", "    publicKeys: [keys/job.pem]\n    grants:"),
    reported: [
      "infra/access.yaml:13:5: applications.import-job.publicKeys: public keys are for private_key_jwt alone. Remove them, or write `authentication: private_key_jwt`.",
    ],
  },
  {
    name: "three keys",
    yaml: but("client_secret_post\n", "private_key_jwt\n    publicKeys: [a.pem, b.pem, c.pem]\n"),
    reported: [
      "infra/access.yaml:13:5: applications.import-job.publicKeys: must be a list of one or two PEM files. List one or two PEM files with public keys, such as `[keys/import-job.pem]`.",
    ],
  },
  {
    name: "a key file that is not there",
    yaml: but("client_secret_post\n", "private_key_jwt\n    publicKeys: [absent.pem]\n"),
    reported: [
      'infra/access.yaml:13:18: applications.import-job.publicKeys[0]: the file "absent.pem" cannot be read. Paths start from the folder of the model\'s file; check the name and that you may read it.',
    ],
  },
  {
    name: "permissions in tokens without role-based access",
    yaml: but(lifetime, `${lifetime}    permissionsInToken: true\n    roleBasedAccess: false\n`),
    reported: [
      "infra/access.yaml:7:22: apis.timesheets.roleBasedAccess: permissionsInToken switches role-based access control on. Remove the line, or write `permissionsInToken: false`.",
    ],
  },
  {
    name: "what is stated and left to others at the same time",
    yaml: but(
      lifetime,
      `${lifetime}    access: { users: none }\n    leaveAlone: [subject_type_authorization.user.policy]\n`,
    ).replace(method, `${method}    metadata: { team: payroll }\n    leaveAlone: [client_metadata]\n`),
    reported: [
      "infra/access.yaml:7:18: apis.timesheets.leaveAlone[0]: apis.timesheets states access, so it is not left alone. Remove one of the two lines.",
      "infra/access.yaml:16:18: applications.import-job.leaveAlone[0]: applications.import-job states metadata, so it is not left alone. Remove one of the two lines.",
    ],
  },
  {
    name: "keys in the model of an application whose keys another tool keeps",
    yaml: but(method, "    credentials: elsewhere\n    publicKeys: [keys/job.pem]\n"),
    reported: [
      "infra/access.yaml:13:5: applications.import-job.publicKeys: another tool keeps the keys of this application. Remove the line, or write `credentials: ours`.",
    ],
  },
];
