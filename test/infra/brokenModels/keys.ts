/** Models with keys that are unknown, twice there, or not keys at all. */
import type { BrokenModel } from "./brokenModel.ts";
import { but } from "./soundModel.ts";

export const brokenKeys: readonly BrokenModel[] = [
  {
    name: "an unknown section",
    yaml: but("applications:", "clients:"),
    reported: ['infra/access.yaml:9:1: unknown key "clients". Did you mean "applications"?'],
  },
  {
    name: "a misspelt section",
    yaml: but("applications:", "aplications:"),
    reported: ['infra/access.yaml:9:1: unknown key "aplications". Did you mean "applications"?'],
  },
  {
    name: "a misspelt property",
    yaml: but("    scopes:", "    scope:"),
    reported: ['infra/access.yaml:6:5: apis.timesheets: unknown key "scope". Did you mean "scopes"?'],
  },
  {
    name: "a property in Auth0's spelling",
    yaml: but("signingAlgorithm:", "signing_alg:"),
    reported: [
      'infra/access.yaml:5:5: apis.timesheets: unknown key "signing_alg". Did you mean "signingAlgorithm"?',
    ],
  },
  {
    name: "a property in capitals",
    yaml: but("authentication:", "Authentication:"),
    reported: [
      "infra/access.yaml:10:3: applications.import-job.authentication: this is missing. Write one of client_secret_post, client_secret_basic, private_key_jwt.",
      'infra/access.yaml:12:5: applications.import-job: unknown key "Authentication". Did you mean "authentication"?',
    ],
  },
  {
    name: "an API key with capitals",
    yaml: but("  timesheets:\n    name", "  TimesheetsApi:\n    name"),
    reported: [
      'infra/access.yaml:2:3: apis.TimesheetsApi: the key must be 1 to 60 lower-case letters, digits and single hyphens, starting with a letter. Write it like "timesheets-api".',
      'infra/access.yaml:14:7: applications.import-job.grants.timesheets: no API has the key "timesheets". Did you mean "TimesheetsApi"?',
    ],
  },
  {
    name: "a scope with a space",
    yaml: but("read:timesheets:", "read timesheets:"),
    reported: [
      'infra/access.yaml:8:7: apis.timesheets.scopes["read timesheets"]: the key must be 1 to 280 printable ASCII characters without spaces, quotation marks and backslashes. Rename the scope.',
    ],
  },
  {
    name: "an endpoint without a method",
    yaml: but("applications:", "    endpoints:\n      /timesheets: read:timesheets\napplications:"),
    reported: [
      'infra/access.yaml:10:7: apis.timesheets.endpoints["/timesheets"]: the key must be a method and a path such as POST /timesheets/upload or DELETE /timesheets/{id}. Leave out host, query and fragment.',
    ],
  },
  {
    name: "an endpoint whose scope is a list",
    yaml: but("applications:", "    endpoints:\n      GET /timesheets: [read:timesheets]\napplications:"),
    reported: [
      'infra/access.yaml:10:7: apis.timesheets.endpoints["GET /timesheets"]: must be 1 to 280 printable ASCII characters without spaces, quotation marks and backslashes, not a list. Write each endpoint with the scope that it takes, such as `POST /timesheets/upload: batch:upload`.',
    ],
  },
];
