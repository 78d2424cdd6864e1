/** Models with values of the wrong kind, or none. */
import type { BrokenModel } from "./brokenModel.ts";
import { but, sound } from "./soundModel.ts";

const lifetime = "    signingAlgorithm: RS256\n";
const method = "    authentication: client_secret_post\n";

export const brokenValues: readonly BrokenModel[] = [
  {
    name: "no name and no identifier",
    yaml: sound.replace(/ {4}name: Timesheets API\n.*\n/, ""),
    reported: [
      "infra/access.yaml:2:3: apis.timesheets.name: this is missing. Give it the name that the Auth0 Dashboard is to show.",
      "infra/access.yaml:2:3: apis.timesheets.identifier: this is missing. Give the API's audience, usually a URL such as https://api.exampleco.com/timesheets.",
    ],
  },
  {
    name: "a property without a value",
    yaml: but("name: Timesheets API", "name:"),
    reported: [
      "infra/access.yaml:3:5: apis.timesheets.name: this has no value. Give it the name that the Auth0 Dashboard is to show.",
    ],
  },
  {
    name: "an API that is a text",
    yaml: but("applications:", "  reports: Reports API\napplications:"),
    reported: [
      'infra/access.yaml:9:12: apis.reports: must be a map, not "Reports API". Write a map with name, identifier, signingAlgorithm and so on.',
    ],
  },
  {
    name: "an API without a value",
    yaml: but("applications:", "  reports:\napplications:"),
    reported: [
      "infra/access.yaml:9:3: apis.reports: this has no value. Write a map with name, identifier, signingAlgorithm and so on.",
    ],
  },
  {
    name: "a number for a name",
    yaml: but("name: Timesheets API", "name: 42"),
    reported: [
      "infra/access.yaml:3:11: apis.timesheets.name: must be text of 1 to 200 characters without < and >, on one line, not 42. Put the value in quotation marks.",
    ],
  },
  {
    name: "angle brackets in a name",
    yaml: but("Timesheets Import Job", "Job <import>"),
    reported: [
      'infra/access.yaml:11:11: applications.import-job.name: must be text of 1 to 200 characters without < and >, on one line, not "Job <import>". Give it the name that the Auth0 Dashboard is to show.',
    ],
  },
  {
    name: "an identifier with a space",
    yaml: but("exampleco.com/timesheets", "exampleco.com/time sheets"),
    reported: [
      'infra/access.yaml:4:17: apis.timesheets.identifier: must be text of 1 to 600 characters without spaces, not "https://api.exampleco.com/time sheets". Give the API\'s audience, usually a URL such as https://api.exampleco.com/timesheets.',
    ],
  },
  {
    name: "an identifier of Auth0's own",
    yaml: but("api.exampleco.com/timesheets", "example.eu.auth0.com/api/v2/"),
    reported: [
      "infra/access.yaml:4:17: apis.timesheets.identifier: this is the Management API of a tenant, which nobody may declare as their own. Remove the entry, and grant scopes on it with `foreignApis: { timesheets: management }`.",
    ],
  },
  {
    name: "a misspelt algorithm",
    yaml: but("RS256", "RS265"),
    reported: [
      'infra/access.yaml:5:23: apis.timesheets.signingAlgorithm: must be one of RS256, PS256, HS256, not "RS265". Did you mean RS256?',
    ],
  },
  {
    name: "an algorithm that Auth0 lacks",
    yaml: but("RS256", "EdDSA"),
    reported: [
      'infra/access.yaml:5:23: apis.timesheets.signingAlgorithm: must be one of RS256, PS256, HS256, not "EdDSA". docs/access-model.md says what each of them does.',
    ],
  },
  {
    name: "a misspelt token profile",
    yaml: but(lifetime, `${lifetime}    tokenProfile: rfc9086\n`),
    reported: [
      'infra/access.yaml:6:19: apis.timesheets.tokenProfile: must be one of auth0, rfc9068, not "rfc9086". Did you mean rfc9068?',
    ],
  },
  {
    name: "yes for true",
    yaml: but(lifetime, `${lifetime}    permissionsInToken: yes\n`),
    reported: [
      'infra/access.yaml:6:25: apis.timesheets.permissionsInToken: must be true or false, not "yes". Write true or false, without quotation marks.',
    ],
  },
  {
    name: "a number that starts with a zero, which some parsers take for octal",
    yaml: but(lifetime, `${lifetime}    tokenLifetime: 0777\n`),
    reported: [
      "infra/access.yaml:6:20: apis.timesheets.tokenLifetime: the number 0777 starts with a zero, so some parsers read another one. Write 777, or put it in quotation marks where it is text.",
    ],
  },
  {
    name: "a lifetime in words",
    yaml: but(lifetime, `${lifetime}    tokenLifetime: 1 day\n`),
    reported: [
      'infra/access.yaml:6:20: apis.timesheets.tokenLifetime: must be a whole number of seconds from 1 to 2592000, not "1 day". Write seconds as a plain number, such as 3600 for an hour.',
    ],
  },
  {
    name: "a lifetime of nothing",
    yaml: but(lifetime, `${lifetime}    tokenLifetime: 0\n`),
    reported: [
      "infra/access.yaml:6:20: apis.timesheets.tokenLifetime: must be a whole number of seconds from 1 to 2592000, not 0. Write seconds as a plain number, such as 3600 for an hour.",
    ],
  },
  {
    name: "a lifetime with a fraction",
    yaml: but(lifetime, `${lifetime}    tokenLifetime: 0.5\n`),
    reported: [
      "infra/access.yaml:6:20: apis.timesheets.tokenLifetime: must be a whole number of seconds from 1 to 2592000, not 0.5. Write seconds as a plain number, such as 3600 for an hour.",
    ],
  },
  {
    name: "a lifetime of a year",
    yaml: but(lifetime, `${lifetime}    tokenLifetime: 31536000\n`),
    reported: [
      "infra/access.yaml:6:20: apis.timesheets.tokenLifetime: must be a whole number of seconds from 1 to 2592000, not 31536000. Write seconds as a plain number, such as 3600 for an hour.",
    ],
  },
  {
    name: "a browser lifetime in words",
    yaml: but(lifetime, `${lifetime}    browserTokenLifetime: an hour\n`),
    reported: [
      'infra/access.yaml:6:27: apis.timesheets.browserTokenLifetime: must be a whole number of seconds from 1 to 2592000, not "an hour". Write seconds as a plain number, such as 3600 for an hour.',
    ],
  },
  {
    name: "a text for whether there are refresh tokens",
    yaml: but(lifetime, `${lifetime}    refreshTokens: rotating\n`),
    reported: [
      'infra/access.yaml:6:20: apis.timesheets.refreshTokens: must be true or false, not "rotating". Write true or false, without quotation marks.',
    ],
  },
  {
    name: "scopes as a list",
    yaml: sound.replace(/scopes:\n.*\n.*\n/, "scopes: [batch:upload]\n"),
    reported: [
      "infra/access.yaml:6:5: apis.timesheets.scopes: must be a map, not a list. Write each scope with what it allows, such as `read:timesheets: Read timesheets`.",
    ],
  },
  {
    name: "a scope that is not described",
    yaml: but(": Read timesheets", ":"),
    reported: [
      'infra/access.yaml:8:7: apis.timesheets.scopes["read:timesheets"]: this has no value. Say in a few words what the scope allows.',
    ],
  },
  {
    name: "no authentication",
    yaml: but("    authentication: client_secret_post\n", ""),
    reported: [
      "infra/access.yaml:10:3: applications.import-job.authentication: this is missing. Write one of client_secret_post, client_secret_basic, private_key_jwt.",
    ],
  },
  {
    name: "a way to authenticate that is for browsers",
    yaml: but("client_secret_post", "none"),
    reported: [
      'infra/access.yaml:12:21: applications.import-job.authentication: must be one of client_secret_post, client_secret_basic, private_key_jwt, not "none". docs/access-model.md says what each of them does.',
    ],
  },
  {
    name: "a grant as one text",
    yaml: but("[batch:upload]", "batch:upload"),
    reported: [
      'infra/access.yaml:14:19: applications.import-job.grants.timesheets: must be a list, not "batch:upload". Write, for each API, the list of its scopes, such as `timesheets: [batch:upload]`.',
    ],
  },
  {
    name: "a value that may be a secret",
    yaml: but("client_secret_post", "q7Rw2LmZx9Tb4Vn8Kc3Hd6Js1Pf5Gy0Q"),
    reported: [
      "infra/access.yaml:12:21: applications.import-job.authentication: must be one of client_secret_post, client_secret_basic, private_key_jwt, not text. docs/access-model.md says what each of them does.",
    ],
  },
  {
    name: "a value that is long",
    yaml: but("client_secret_post", "client secret post ".repeat(5).trim()),
    reported: [
      "infra/access.yaml:12:21: applications.import-job.authentication: must be one of client_secret_post, client_secret_basic, private_key_jwt, not text. docs/access-model.md says what each of them does.",
    ],
  },
  {
    name: "a value that would turn the rest of the line around",
    yaml: but("client_secret_post", '"post\\u202e"'),
    reported: [
      "infra/access.yaml:12:21: applications.import-job.authentication: must be one of client_secret_post, client_secret_basic, private_key_jwt, not text. docs/access-model.md says what each of them does.",
    ],
  },
  {
    name: "a text for role-based access",
    yaml: but(lifetime, `${lifetime}    roleBasedAccess: roles\n`),
    reported: [
      'infra/access.yaml:6:22: apis.timesheets.roleBasedAccess: must be true or false, not "roles". Write true or false, without quotation marks.',
    ],
  },
  {
    name: "an access policy in one word",
    yaml: but(lifetime, `${lifetime}    access: granted\n`),
    reported: [
      'infra/access.yaml:6:13: apis.timesheets.access: must be a map, not "granted". Write a map such as `{ applications: granted, users: none }`.',
    ],
  },
  {
    name: "access for every application, which Auth0 does not know",
    yaml: but(lifetime, `${lifetime}    access: { applications: any, users: nobody }\n`),
    reported: [
      'infra/access.yaml:6:29: apis.timesheets.access.applications: must be one of granted, none, not "any". docs/access-model.md says what each of them does.',
      'infra/access.yaml:6:41: apis.timesheets.access.users: must be one of any, granted, none, not "nobody". docs/access-model.md says what each of them does.',
    ],
  },
  {
    name: "metadata with a number",
    yaml: but(method, `${method}    metadata: { floor: 3 }\n`),
    reported: [
      "infra/access.yaml:13:24: applications.import-job.metadata.floor: must be text of at most 255 characters, not 3. Put the value in quotation marks.",
    ],
  },
  {
    name: "callbacks as one text",
    yaml: but(method, `${method}    callbacks: https://app.exampleco.com\n`),
    reported: [
      'infra/access.yaml:13:16: applications.import-job.callbacks: must be a list, not "https://app.exampleco.com". Write a list of addresses, such as `[https://app.exampleco.com]`.',
    ],
  },
  {
    name: "logout addresses with a space",
    yaml: but(method, `${method}    logoutUrls: ["https://app.exampleco.com /out"]\n`),
    reported: [
      'infra/access.yaml:13:18: applications.import-job.logoutUrls[0]: must be an address such as https://app.exampleco.com, not "https://app.exampleco.com /out". Write a list of addresses, such as `[https://app.exampleco.com]`.',
    ],
  },
  {
    name: "origins as a map",
    yaml: but(method, `${method}    origins: { app: https://app.exampleco.com }\n`),
    reported: [
      "infra/access.yaml:13:5: applications.import-job.origins: must be a list, not a map. Write a list of addresses, such as `[https://app.exampleco.com]`.",
    ],
  },
  {
    name: "web origins without a value",
    yaml: but(method, `${method}    webOrigins:\n`),
    reported: [
      "infra/access.yaml:13:5: applications.import-job.webOrigins: this has no value. Write a list of addresses, such as `[https://app.exampleco.com]`.",
    ],
  },
  {
    name: "credentials that are nobody's",
    yaml: but(method, `${method}    credentials: theirs\n`),
    reported: [
      'infra/access.yaml:13:18: applications.import-job.credentials: must be one of ours, elsewhere, not "theirs". docs/access-model.md says what each of them does.',
    ],
  },
  {
    name: "a grant type by its short name",
    yaml: but(method, `${method}    grantTypes: [client_credentials, password-realm]\n`),
    reported: [
      'infra/access.yaml:13:38: applications.import-job.grantTypes[1]: must be a grant type of Auth0, not "password-realm". Write http://auth0.com/oauth/grant-type/password-realm.',
    ],
  },
  {
    name: "properties left alone under names that are near those on the wire",
    yaml: but(lifetime, `${lifetime}    leaveAlone: [proof_of_posession, token_quota]\n`),
    reported: [
      'infra/access.yaml:6:18: apis.timesheets.leaveAlone[0]: must be the Management API\'s name of a property of an API, not "proof_of_posession". Did you mean proof_of_possession?',
      "infra/access.yaml:6:38: apis.timesheets.leaveAlone[1]: must be the Management API's name of a property of an API, not \"token_quota\". List properties by the Management API's names, such as `[proof_of_possession]`.",
    ],
  },
  {
    name: "properties left alone that nobody changes, or that are left in another way",
    yaml: but(method, `${method}    leaveAlone: [client_id, client_secret]\n`),
    reported: [
      'infra/access.yaml:13:18: applications.import-job.leaveAlone[0]: must be the Management API\'s name of a property of an application, not "client_id". Remove it; Auth0 sets it, and nobody changes it.',
      'infra/access.yaml:13:29: applications.import-job.leaveAlone[1]: must be the Management API\'s name of a property of an application, not "client_secret". Write `credentials: elsewhere` where another tool keeps the credentials.',
    ],
  },
];
