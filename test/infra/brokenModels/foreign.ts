/** Mistakes about APIs and applications that others own, and about grants that are written in full. */
import type { BrokenModel } from "./brokenModel.ts";
import { but, sound } from "./soundModel.ts";

const grant = (written: string) => but("[batch:upload]", written);

export const brokenForeign: readonly BrokenModel[] = [
  {
    name: "a foreign API that is a map",
    yaml: `${sound}foreignApis:\n  billing: { identifier: https://api.exampleco.com/billing }\n`,
    reported: [
      "infra/access.yaml:16:3: foreignApis.billing: must be the word management, or an identifier of 1 to 600 characters without spaces, not a map. Write a map: a key for each API, such as `auth0: management` or `billing: https://api.exampleco.com/billing`.",
    ],
  },
  {
    name: "a foreign API under the key and identifier of an own one",
    yaml: `${sound}foreignApis:\n  timesheets: https://api.exampleco.com/other\n  copy: https://api.exampleco.com/timesheets\n`,
    reported: [
      "infra/access.yaml:16:15: foreignApis.timesheets: apis.timesheets has this key already. Give one of the two another key; grants name an API by it.",
      "infra/access.yaml:17:9: foreignApis.copy: apis.timesheets stands for the same API. Remove one of the two.",
    ],
  },
  {
    name: "the word management misspelt, and the Management API twice",
    yaml: `${sound}foreignApis:\n  auth0: Managment\n  one: management\n  two: https://exampleco.eu.auth0.com/api/v2/\n`,
    reported: [
      'infra/access.yaml:16:10: foreignApis.auth0: "Managment" is no identifier of an API but nearly the word management. Write `management` for the tenant\'s Management API.',
      "infra/access.yaml:18:8: foreignApis.two: foreignApis.one stands for the same API. Remove one of the two.",
    ],
  },
  {
    name: "a setting of a grant that is stated and left alone",
    yaml: grant("{ scopes: [batch:upload], organizations: allow, leaveAlone: [scope, organization_usage] }"),
    reported: [
      "infra/access.yaml:14:87: applications.import-job.grants.timesheets.leaveAlone[1]: applications.import-job.grants.timesheets states organizations, so it is not left alone. Remove one of the two lines.",
    ],
  },
  {
    name: "an application of somebody unknown",
    yaml: `${sound}    owner: theirs\n`,
    reported: [
      'infra/access.yaml:15:12: applications.import-job.owner: must be one of ours, elsewhere, not "theirs". Write ours, or elsewhere where others own the application.',
    ],
  },
  {
    name: "an application of others that nothing names",
    yaml: `${sound}  storefront:\n    owner: elsewhere\n    grants: { timesheets: [read:timesheets] }\n`,
    reported: [
      "infra/access.yaml:15:3: applications.storefront: nothing says which application this is. Give its clientId, in the stack's file where it differs between tenants, or its name.",
    ],
  },
  {
    name: "settings of an application of others",
    yaml: `${sound}  storefront:\n    owner: elsewhere\n    name: Storefront\n    authentication: client_secret_post\n    client_id: abc\n`,
    reported: [
      'infra/access.yaml:18:5: applications.storefront: unknown key "authentication". Remove it: of an application that is owned elsewhere, only its grants are set here.',
      'infra/access.yaml:19:5: applications.storefront: unknown key "client_id". Did you mean "clientId"?',
    ],
  },
  {
    name: "two applications of others with one client id",
    yaml: `${sound}  storefront:\n    owner: elsewhere\n    clientId: abc\n  shop:\n    owner: elsewhere\n    clientId: abc\n`,
    reported: [
      "infra/access.yaml:20:15: applications.shop.clientId: applications.storefront has this client id already. Remove one of the two.",
    ],
  },
  {
    name: "a grant without scopes",
    yaml: grant("{ subject: user }"),
    reported: [
      "infra/access.yaml:14:7: applications.import-job.grants.timesheets.scopes: this is missing. Write, for each API, the list of its scopes, such as `timesheets: [batch:upload]`.",
    ],
  },
  {
    name: "a grant that is one word",
    yaml: grant("batch:upload"),
    reported: [
      'infra/access.yaml:14:19: applications.import-job.grants.timesheets: must be a list, not "batch:upload". Write, for each API, the list of its scopes, such as `timesheets: [batch:upload]`.',
    ],
  },
  {
    name: "an unknown subject",
    yaml: grant("{ scopes: [batch:upload], subject: users }"),
    reported: [
      'infra/access.yaml:14:54: applications.import-job.grants.timesheets.subject: must be one of client, user, not "users". Did you mean user?',
    ],
  },
  {
    name: "a misspelt key of a grant",
    yaml: grant("{ scope: [batch:upload], subjects: user }"),
    reported: [
      "infra/access.yaml:14:7: applications.import-job.grants.timesheets.scopes: this is missing. Write, for each API, the list of its scopes, such as `timesheets: [batch:upload]`.",
      'infra/access.yaml:14:21: applications.import-job.grants.timesheets: unknown key "scope". Did you mean "scopes"?',
      'infra/access.yaml:14:44: applications.import-job.grants.timesheets: unknown key "subjects". Did you mean "subject"?',
    ],
  },
  {
    name: "an undeclared scope in a grant that is written in full",
    yaml: grant("{ scopes: [batch:uplaod] }"),
    reported: [
      'infra/access.yaml:14:30: applications.import-job.grants.timesheets.scopes[0]: apis.timesheets declares no scope "batch:uplaod" (rule no-undeclared-scopes). Did you mean "batch:upload"?',
    ],
  },
  {
    name: "an undeclared scope in the second of two grants",
    yaml: grant("[{ scopes: [batch:upload] }, { scopes: [batch:uplaod], subject: user }]"),
    reported: [
      'infra/access.yaml:14:59: applications.import-job.grants.timesheets[1].scopes[0]: apis.timesheets declares no scope "batch:uplaod" (rule no-undeclared-scopes). Did you mean "batch:upload"?',
    ],
  },
  {
    name: "two grants for one subject",
    yaml: grant("[{ scopes: [batch:upload] }, { scopes: [read:timesheets] }]"),
    reported: [
      "infra/access.yaml:14:48: applications.import-job.grants.timesheets[1]: there is a grant for subject client already. Put all of its scopes into one.",
    ],
  },
  {
    name: "a list of scopes and maps",
    yaml: grant("[batch:upload, { scopes: [batch:upload] }]"),
    reported: [
      "infra/access.yaml:14:34: applications.import-job.grants.timesheets[1]: must be 1 to 280 printable ASCII characters without spaces, quotation marks and backslashes, not a map. Write, for each API, the list of its scopes, such as `timesheets: [batch:upload]`.",
    ],
  },
  {
    name: "all scopes and some",
    yaml: grant("{ scopes: [batch:upload], allScopes: true }"),
    reported: [
      "infra/access.yaml:14:21: applications.import-job.grants.timesheets.scopes: allScopes leaves no choice of scopes. Remove the list, or allScopes.",
    ],
  },
  {
    name: "all scopes of the Management API",
    yaml: `foreignApis:\n  auth0: management\napplications:\n  job:\n    name: Job\n    authentication: client_secret_post\n    grants:\n      auth0: { allScopes: true }\n`,
    reported: [
      "infra/access.yaml:8:27: applications.job.grants.auth0.allScopes: Auth0 grants no application all scopes of its Management API. List the scopes that the application needs, such as read:users.",
    ],
  },
  {
    name: "a grant to all third parties of a scope that the API lacks",
    yaml: but("    scopes:\n", "    thirdPartyGrants: [read:timesheet]\n    scopes:\n"),
    reported: [
      'infra/access.yaml:6:24: apis.timesheets.thirdPartyGrants[0]: apis.timesheets declares no scope "read:timesheet" (rule no-undeclared-scopes). Did you mean "read:timesheets"?',
    ],
  },
];
