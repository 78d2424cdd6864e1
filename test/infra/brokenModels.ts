/** Broken access models, each with everything that is to be said about it. */

export interface BrokenModel {
  /** What is wrong, for the test's name. */
  name: string;
  yaml: string;
  /** Pulumi.dev.yaml, where the fault lies in a stack's overrides. */
  settings?: string;
  /** Every problem as it is told. */
  told: string[];
}

/** A sound model, to break in one place at a time; line 2 is the API's key, line 10 the application's. */
export const sound = `apis:
  timesheets:
    name: Timesheets API
    identifier: https://api.exampleco.com/timesheets
    signingAlgorithm: RS256
    scopes:
      batch:upload: Upload timesheets in batches
      read:timesheets: Read timesheets
applications:
  import-job:
    name: Timesheets Import Job
    authentication: client_secret_post
    grants:
      timesheets: [batch:upload]
`;

/** The sound model with one text in place of another. */
function but(text: string, replacement: string): string {
  if (!sound.includes(text)) throw new Error(`The sound model has no ${text}`);
  return sound.replace(text, replacement);
}

const lifetime = "    signingAlgorithm: RS256\n";

export const brokenModels: BrokenModel[] = [
  // Text that is no model
  {
    name: "an empty file",
    yaml: "",
    told: ["infra/access.yaml:1:1: the file is empty. Start it with `apis:` and `applications:`."],
  },
  {
    name: "nothing but a comment",
    yaml: "# later\n",
    told: ["infra/access.yaml:1:1: the file is empty. Start it with `apis:` and `applications:`."],
  },
  {
    name: "a list instead of a map",
    yaml: "- apis\n",
    told: [
      "infra/access.yaml:1:1: must be a map, not a list. Start with `apis:` and, one level in, a key for each API.",
    ],
  },
  {
    name: "a bare word",
    yaml: "apis\n",
    told: [
      "infra/access.yaml:1:1: must be a map, not text. Start with `apis:` and, one level in, a key for each API.",
    ],
  },
  {
    name: "a bracket left open",
    yaml: but("[batch:upload]", "[batch:upload"),
    told: ["infra/access.yaml:14:19: this bracket is never closed. Close it behind the last entry."],
  },
  {
    name: "a quotation mark left open",
    yaml: but("Timesheets Import Job", '"Timesheets Import Job'),
    told: ["infra/access.yaml:11:11: this quotation mark is never closed. Close it at the end of the text."],
  },
  {
    name: "a tab as indentation",
    yaml: but("    name: Timesheets API", "\tname: Timesheets API"),
    told: ["infra/access.yaml:3:1: a tab stands where spaces indent. Indent with spaces, two a level."],
  },
  {
    name: "a line indented less than its neighbours",
    yaml: but("    identifier", "   identifier"),
    told: [
      "infra/access.yaml:4:1: the indentation does not fit the lines above. Indent with spaces, two a level.",
    ],
  },
  {
    name: "a colon inside unquoted text",
    yaml: but("Upload timesheets in batches", "Upload: in batches"),
    told: [
      "infra/access.yaml:7:21: a key and its value stand inside another value. Give them a line of their own; text with `: ` inside needs quotation marks.",
    ],
  },
  {
    name: "a second document",
    yaml: `${sound}---\n${sound}`,
    told: [
      "infra/access.yaml:15:1: a second YAML document starts here. Keep one document: remove the line `---`.",
    ],
  },
  {
    name: "a key twice",
    yaml: but("    scopes:", "    name: Another\n    scopes:"),
    told: [
      "infra/access.yaml:6:5: apis.timesheets.name: this key stands on line 3 already. Remove one of the two.",
    ],
  },
  {
    name: "an anchor and its alias",
    yaml: but("[batch:upload]", "&all [batch:upload]\n      reports: *all"),
    told: [
      "infra/access.yaml:14:24: applications.import-job.grants.timesheets: anchors and aliases are not read here. Write the value out in both places.",
      "infra/access.yaml:15:16: applications.import-job.grants.reports: anchors and aliases are not read here. Write the value out in both places.",
    ],
  },
  {
    name: "an alias of nothing",
    yaml: but("[batch:upload]", "*everything"),
    told: [
      "infra/access.yaml:14:19: applications.import-job.grants.timesheets: anchors and aliases are not read here. Write the value out in both places.",
    ],
  },
  {
    name: "a merge key",
    yaml: but("    grants:", "    <<: { adopts: Other }\n    grants:"),
    told: [
      "infra/access.yaml:13:5: applications.import-job: merge keys are not read here. Write the entries out.",
    ],
  },
  {
    name: "a tag",
    yaml: but("Timesheets Import Job", "!env JOB_NAME"),
    told: ["infra/access.yaml:11:11: tags are not read here. Remove the word that starts with `!`."],
  },
  {
    name: "a number as a key",
    yaml: but("read:timesheets:", "404:"),
    told: [
      "infra/access.yaml:8:7: apis.timesheets.scopes: a key must be text. Put the key in quotation marks.",
    ],
  },
  {
    name: "a list as a key",
    yaml: but("read:timesheets:", "[read, write]:"),
    told: [
      "infra/access.yaml:8:7: this is not valid YAML. Compare indentation and punctuation with the lines around.",
    ],
  },
  {
    name: "a key that reaches the prototype",
    yaml: but("read:timesheets:", "__proto__:"),
    told: [
      'infra/access.yaml:8:7: apis.timesheets.scopes: the key "__proto__" is not allowed. Choose another key.',
    ],
  },
  {
    name: "brackets a thousand deep",
    yaml: `apis: ${"[".repeat(1000)}${"]".repeat(1000)}\n`,
    told: [
      "infra/access.yaml:1:1: this is nested too deeply. Nothing in a model needs more than four levels.",
    ],
  },

  // Keys
  {
    name: "an unknown section",
    yaml: but("applications:", "clients:"),
    told: ['infra/access.yaml:9:1: unknown key "clients". Did you mean "applications"?'],
  },
  {
    name: "a misspelt section",
    yaml: but("applications:", "aplications:"),
    told: ['infra/access.yaml:9:1: unknown key "aplications". Did you mean "applications"?'],
  },
  {
    name: "a misspelt property",
    yaml: but("    scopes:", "    scope:"),
    told: ['infra/access.yaml:6:5: apis.timesheets: unknown key "scope". Did you mean "scopes"?'],
  },
  {
    name: "a property in Auth0's spelling",
    yaml: but("signingAlgorithm:", "signing_alg:"),
    told: [
      'infra/access.yaml:5:5: apis.timesheets: unknown key "signing_alg". Did you mean "signingAlgorithm"?',
    ],
  },
  {
    name: "a property in capitals",
    yaml: but("authentication:", "Authentication:"),
    told: [
      "infra/access.yaml:10:3: applications.import-job.authentication: this is missing. Write one of client_secret_post, client_secret_basic, private_key_jwt.",
      'infra/access.yaml:12:5: applications.import-job: unknown key "Authentication". Did you mean "authentication"?',
    ],
  },
  {
    name: "an API key with capitals",
    yaml: but("  timesheets:\n    name", "  TimesheetsApi:\n    name"),
    told: [
      'infra/access.yaml:2:3: apis.TimesheetsApi: the key must be 1 to 60 lower-case letters, digits and single hyphens, starting with a letter. Write it like "timesheets-api".',
      'infra/access.yaml:14:7: applications.import-job.grants.timesheets: no API has the key "timesheets". Did you mean "TimesheetsApi"?',
    ],
  },
  {
    name: "a scope with a space",
    yaml: but("read:timesheets:", "read timesheets:"),
    told: [
      'infra/access.yaml:8:7: apis.timesheets.scopes["read timesheets"]: the key must be 1 to 280 printable ASCII characters without spaces, quotation marks and backslashes. Rename the scope.',
    ],
  },

  // Values
  {
    name: "no name and no identifier",
    yaml: sound.replace(/ {4}name: Timesheets API\n.*\n/, ""),
    told: [
      "infra/access.yaml:2:3: apis.timesheets.name: this is missing. Give it the name that the Auth0 Dashboard is to show.",
      "infra/access.yaml:2:3: apis.timesheets.identifier: this is missing. Give the API's audience, usually a URL such as https://api.exampleco.com/timesheets.",
    ],
  },
  {
    name: "a property without a value",
    yaml: but("name: Timesheets API", "name:"),
    told: [
      "infra/access.yaml:3:5: apis.timesheets.name: this has no value. Give it the name that the Auth0 Dashboard is to show.",
    ],
  },
  {
    name: "an API that is a text",
    yaml: but("applications:", "  reports: Reports API\napplications:"),
    told: [
      "infra/access.yaml:9:12: apis.reports: must be a map, not text. Write a map with name, identifier, signingAlgorithm and so on.",
    ],
  },
  {
    name: "an API without a value",
    yaml: but("applications:", "  reports:\napplications:"),
    told: [
      "infra/access.yaml:9:3: apis.reports: this has no value. Write a map with name, identifier, signingAlgorithm and so on.",
    ],
  },
  {
    name: "a number for a name",
    yaml: but("name: Timesheets API", "name: 42"),
    told: [
      "infra/access.yaml:3:11: apis.timesheets.name: must be text of 1 to 200 characters without < and >, on one line, not a number. Put the value in quotation marks.",
    ],
  },
  {
    name: "angle brackets in a name",
    yaml: but("Timesheets Import Job", "Job <import>"),
    told: [
      "infra/access.yaml:11:11: applications.import-job.name: must be text of 1 to 200 characters without < and >, on one line. Give it the name that the Auth0 Dashboard is to show.",
    ],
  },
  {
    name: "an identifier with a space",
    yaml: but("exampleco.com/timesheets", "exampleco.com/time sheets"),
    told: [
      "infra/access.yaml:4:17: apis.timesheets.identifier: must be text of 1 to 600 characters without spaces. Give the API's audience, usually a URL such as https://api.exampleco.com/timesheets.",
    ],
  },
  {
    name: "an identifier of Auth0's own",
    yaml: but("api.exampleco.com/timesheets", "example.eu.auth0.com/api/v2/"),
    told: [
      "infra/access.yaml:4:17: apis.timesheets.identifier: this identifier belongs to an API of Auth0 itself. Give the identifier of an API of your own.",
    ],
  },
  {
    name: "a misspelt algorithm",
    yaml: but("RS256", "RS265"),
    told: [
      "infra/access.yaml:5:23: apis.timesheets.signingAlgorithm: must be one of RS256, PS256, HS256. Did you mean RS256?",
    ],
  },
  {
    name: "an algorithm that Auth0 lacks",
    yaml: but("RS256", "EdDSA"),
    told: [
      "infra/access.yaml:5:23: apis.timesheets.signingAlgorithm: must be one of RS256, PS256, HS256. docs/access-model.md says what each of them does.",
    ],
  },
  {
    name: "a misspelt token profile",
    yaml: but(lifetime, `${lifetime}    tokenProfile: rfc9086\n`),
    told: [
      "infra/access.yaml:6:19: apis.timesheets.tokenProfile: must be one of auth0, rfc9068. Did you mean rfc9068?",
    ],
  },
  {
    name: "yes for true",
    yaml: but(lifetime, `${lifetime}    permissionsInToken: yes\n`),
    told: [
      "infra/access.yaml:6:25: apis.timesheets.permissionsInToken: must be true or false, not text. Write true or false, without quotation marks.",
    ],
  },
  {
    name: "a lifetime in words",
    yaml: but(lifetime, `${lifetime}    tokenLifetime: 1 day\n`),
    told: [
      "infra/access.yaml:6:20: apis.timesheets.tokenLifetime: must be a whole number of seconds from 1 to 2592000, not text. Write seconds as a plain number, such as 3600 for an hour.",
    ],
  },
  {
    name: "a lifetime of nothing",
    yaml: but(lifetime, `${lifetime}    tokenLifetime: 0\n`),
    told: [
      "infra/access.yaml:6:20: apis.timesheets.tokenLifetime: must be a whole number of seconds from 1 to 2592000. Write seconds as a plain number, such as 3600 for an hour.",
    ],
  },
  {
    name: "a lifetime with a fraction",
    yaml: but(lifetime, `${lifetime}    tokenLifetime: 0.5\n`),
    told: [
      "infra/access.yaml:6:20: apis.timesheets.tokenLifetime: must be a whole number of seconds from 1 to 2592000, not a number with a fraction. Write seconds as a plain number, such as 3600 for an hour.",
    ],
  },
  {
    name: "a lifetime of a year",
    yaml: but(lifetime, `${lifetime}    tokenLifetime: 31536000\n`),
    told: [
      "infra/access.yaml:6:20: apis.timesheets.tokenLifetime: must be a whole number of seconds from 1 to 2592000. Write seconds as a plain number, such as 3600 for an hour.",
    ],
  },
  {
    name: "scopes as a list",
    yaml: sound.replace(/scopes:\n.*\n.*\n/, "scopes: [batch:upload]\n"),
    told: [
      "infra/access.yaml:6:5: apis.timesheets.scopes: must be a map, not a list. Write each scope with what it allows, such as `read:timesheets: Read timesheets`.",
    ],
  },
  {
    name: "a scope that is not described",
    yaml: but(": Read timesheets", ":"),
    told: [
      'infra/access.yaml:8:7: apis.timesheets.scopes["read:timesheets"]: this has no value. Say in a few words what the scope allows.',
    ],
  },
  {
    name: "no authentication",
    yaml: but("    authentication: client_secret_post\n", ""),
    told: [
      "infra/access.yaml:10:3: applications.import-job.authentication: this is missing. Write one of client_secret_post, client_secret_basic, private_key_jwt.",
    ],
  },
  {
    name: "a way to authenticate that is for browsers",
    yaml: but("client_secret_post", "none"),
    told: [
      "infra/access.yaml:12:21: applications.import-job.authentication: must be one of client_secret_post, client_secret_basic, private_key_jwt. docs/access-model.md says what each of them does.",
    ],
  },
  {
    name: "a grant as one text",
    yaml: but("[batch:upload]", "batch:upload"),
    told: [
      "infra/access.yaml:14:19: applications.import-job.grants.timesheets: must be a list, not text. Write, for each API, the list of its scopes, such as `timesheets: [batch:upload]`.",
    ],
  },

  // References
  {
    name: "two APIs with one identifier",
    yaml: but(
      "applications:",
      `  copy:
    name: Copy
    identifier: https://api.exampleco.com/timesheets
applications:`,
    ),
    told: [
      "infra/access.yaml:11:17: apis.copy.identifier: apis.timesheets has this identifier already. Give each API an identifier of its own.",
    ],
  },
  {
    name: "a grant on an unknown API",
    yaml: but("      timesheets: [", "      timesheet: ["),
    told: [
      'infra/access.yaml:14:7: applications.import-job.grants.timesheet: no API has the key "timesheet". Did you mean "timesheets"?',
    ],
  },
  {
    name: "a misspelt scope",
    yaml: but("[batch:upload]", "[batch:uplaod]"),
    told: [
      'infra/access.yaml:14:20: applications.import-job.grants.timesheets[0]: apis.timesheets declares no scope "batch:uplaod". Did you mean "batch:upload"?',
    ],
  },
  {
    name: "a scope that the API does not declare",
    yaml: but("[batch:upload]", "[batch:upload, export:payroll]"),
    told: [
      'infra/access.yaml:14:34: applications.import-job.grants.timesheets[1]: apis.timesheets declares no scope "export:payroll". Known here: "batch:upload", "read:timesheets".',
    ],
  },
  {
    name: "a wildcard",
    yaml: but("[batch:upload]", "['*']"),
    told: [
      'infra/access.yaml:14:20: applications.import-job.grants.timesheets[0]: apis.timesheets declares no scope "*". Name each scope; there is no wildcard.',
    ],
  },
  {
    name: "a scope twice",
    yaml: but("[batch:upload]", "[batch:upload, batch:upload]"),
    told: [
      "infra/access.yaml:14:34: applications.import-job.grants.timesheets[1]: this scope stands in the list already. Remove one of the two.",
    ],
  },
  {
    name: "two applications with one name",
    yaml: `${sound}  second-job:
    name: Timesheets Import Job
    authentication: client_secret_post
`,
    told: [
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
    told: [
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
    told: [
      "infra/access.yaml:17:13: applications.second-job.adopts: applications.import-job has the name that this adopts. Adopt an application that the model does not declare.",
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
    told: [
      'infra/access.yaml:21:7: applications.import-job.grants.timesheets: its Pulumi resource would be called "import-job-timesheets", as that of applications.import. Give one of the APIs or applications another key.',
    ],
  },
  {
    name: "private_key_jwt without keys",
    yaml: but("client_secret_post", "private_key_jwt"),
    told: [
      "infra/access.yaml:12:21: applications.import-job.authentication: private_key_jwt needs publicKeys. List one or two PEM files with public keys under `publicKeys`.",
    ],
  },
  {
    name: "keys without private_key_jwt",
    yaml: but("    grants:", "    publicKeys: [keys/job.pem]\n    grants:"),
    told: [
      "infra/access.yaml:13:5: applications.import-job.publicKeys: public keys are for private_key_jwt alone. Remove them, or write `authentication: private_key_jwt`.",
    ],
  },
  {
    name: "three keys",
    yaml: but("client_secret_post\n", "private_key_jwt\n    publicKeys: [a.pem, b.pem, c.pem]\n"),
    told: [
      "infra/access.yaml:13:5: applications.import-job.publicKeys: must be a list of one or two PEM files. List one or two PEM files with public keys, such as `[keys/import-job.pem]`.",
    ],
  },
  {
    name: "a key file that is not there",
    yaml: but("client_secret_post\n", "private_key_jwt\n    publicKeys: [absent.pem]\n"),
    told: [
      'infra/access.yaml:13:18: applications.import-job.publicKeys[0]: the file "absent.pem" cannot be read. Paths start from the folder of the model\'s file; check the name and that you may read it.',
    ],
  },

  // Secrets
  {
    name: "a client secret",
    yaml: but("    grants:", "    client_secret: hunter2hunter2\n    grants:"),
    told: [
      "infra/access.yaml:13:5: applications.import-job.client_secret: a secret has no place here. Remove it, and rotate it if it was ever committed; a model needs no secrets, Auth0 makes them.",
    ],
  },
  {
    name: "a password in a list of exceptions",
    yaml: `${sound}exceptions:\n  - { password: hunter2hunter2 }\n`,
    told: [
      "infra/access.yaml:16:5: exceptions[0].rule: this is missing. Write one of asymmetric-signing, client-credentials-only, no-wildcard, one-scope-owner, scope-described, token-format, token-lifetime.",
      "infra/access.yaml:16:5: exceptions[0].on: this is missing. Name the API or application, such as apis.timesheets.",
      "infra/access.yaml:16:5: exceptions[0].reason: this is missing. Say why, for whoever reviews the exception.",
      "infra/access.yaml:16:5: exceptions[0].until: this is missing. Write the last day as year-month-day, such as 2027-03-31.",
      "infra/access.yaml:16:7: exceptions[0].password: a secret has no place here. Remove it, and rotate it if it was ever committed; a model needs no secrets, Auth0 makes them.",
    ],
  },
  {
    name: "a value that looks like a client secret",
    yaml: but("Timesheets Import Job", `Job hunter2hunter2${"aB3_".repeat(12)}`),
    told: [
      "infra/access.yaml:11:11: applications.import-job.name: what stands here looks like a secret. Remove it, and rotate it if it was ever committed; a model needs no secrets, Auth0 makes them.",
    ],
  },
  {
    name: "a private key",
    yaml: but("name: Timesheets API", "name: |\n      -----BEGIN RSA PRIVATE KEY-----\n      hunter2hunter2"),
    told: [
      "infra/access.yaml:3:11: apis.timesheets.name: a private key stands here. Remove it, and rotate it if it was ever committed; a model needs no secrets, Auth0 makes them.",
    ],
  },
  {
    name: "a secret as a key",
    yaml: but("read:timesheets:", `hunter2hunter2${"aB3_".repeat(12)}:`),
    told: [
      "infra/access.yaml:8:7: apis.timesheets.scopes: what stands here looks like a secret. Remove it, and rotate it if it was ever committed; a model needs no secrets, Auth0 makes them.",
    ],
  },

  // Exceptions and protection
  {
    name: "an exception from an unknown rule",
    yaml: `${sound}exceptions:
  - { rule: assymetric-signing, on: apis.timesheets, reason: Old verifier, until: 2027-03-31 }
`,
    told: [
      "infra/access.yaml:16:13: exceptions[0].rule: must be one of asymmetric-signing, client-credentials-only, no-wildcard, one-scope-owner, scope-described, token-format, token-lifetime. Did you mean asymmetric-signing?",
    ],
  },
  {
    name: "an exception for an object that is not there",
    yaml: `${sound}exceptions:
  - { rule: asymmetric-signing, on: apis.timesheet, reason: Old verifier, until: 2027-03-31 }
`,
    told: [
      'infra/access.yaml:16:37: exceptions[0].on: the model has no "apis.timesheet". Did you mean "apis.timesheets"?',
    ],
  },
  {
    name: "an exception without reason and end",
    yaml: `${sound}exceptions:
  - { rule: asymmetric-signing, on: apis.timesheets }
`,
    told: [
      "infra/access.yaml:16:5: exceptions[0].reason: this is missing. Say why, for whoever reviews the exception.",
      "infra/access.yaml:16:5: exceptions[0].until: this is missing. Write the last day as year-month-day, such as 2027-03-31.",
    ],
  },
  {
    name: "an exception until a day that does not exist",
    yaml: `${sound}exceptions:
  - { rule: asymmetric-signing, on: apis.timesheets, reason: Old verifier, until: 2027-02-30 }
`,
    told: [
      "infra/access.yaml:16:83: exceptions[0].until: must be a date such as 2027-03-31. Write the last day as year-month-day, such as 2027-03-31.",
    ],
  },
  {
    name: "an exception twice",
    yaml: `${but("RS256", "HS256")}exceptions:
  - { rule: asymmetric-signing, on: apis.timesheets, reason: Old verifier, until: 2027-03-31 }
  - { rule: asymmetric-signing, on: apis.timesheets, reason: Older verifier, until: 2027-04-30 }
`,
    told: [
      "infra/access.yaml:17:5: exceptions[1]: an exception for this rule and object stands above. Remove one of the two.",
    ],
  },
  {
    name: "one protected stack as a text",
    yaml: `${sound}protectedStacks: production\n`,
    told: [
      "infra/access.yaml:15:18: protectedStacks: must be a list, not text. Write a list, such as `[production]`.",
    ],
  },

  // Overrides
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
    told: ['Pulumi.dev.yaml:6:9: apis.timesheets: unknown key "tokenLifetim". Did you mean "tokenLifetime"?'],
  },
  {
    name: "an override that removes what is not there",
    yaml: sound,
    settings: `config:
  timesheets:access:
    applications:
      import-jobs: null
`,
    told: [
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
    told: [
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
    told: [
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
    told: [
      'infra/access.yaml:14:20: applications.import-job.grants.timesheets[0]: apis.timesheets declares no scope "batch:upload". Known here: "read:timesheets".',
    ],
  },
  {
    name: "an encrypted override",
    yaml: sound,
    settings: `config:
  timesheets:access:
    secure: v1:hunter2hunter2
`,
    told: [
      "Pulumi.dev.yaml:3:5: secure: an encrypted value cannot be read here. Set it again without --secret; a model needs no secrets, Auth0 makes them.",
    ],
  },
  {
    name: "an override that is broken JSON",
    yaml: sound,
    settings: `config:
  timesheets:access: '{"apis": '
`,
    told: ["Pulumi.dev.yaml:2:22: this bracket is never closed. Close it behind the last entry."],
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
    told: [
      "infra/access.yaml:5:23: apis.timesheets.signingAlgorithm: must be one of RS256, PS256, HS256. Did you mean RS256?",
      "Pulumi.dev.yaml:5:25: applications.import-job.authentication: must be one of client_secret_post, client_secret_basic, private_key_jwt. Did you mean client_secret_post?",
      'Pulumi.dev.yaml:7:24: applications.import-job.grants.timesheets[0]: apis.timesheets declares no scope "batch:uplaod". Did you mean "batch:upload"?',
    ],
  },
];
