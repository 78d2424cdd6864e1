/** The properties of an API, in the Management API's terms a resource server. */
import type { ResourceServerArgs } from "@pulumi/auth0";
import * as z from "zod";
import { tokenDialect } from "../../tokenDialect.ts";
import { grantEntry } from "../grants.ts";
import { isRecord, isUnset, type Json } from "./compare.ts";
import { leaveAloneRow } from "./leaveAlone.ts";
import {
  type ArgumentOf,
  type Fields,
  type Property,
  type PropertyTable,
  type Undeclared,
  type Weaker,
  whenLonger,
  whenSet,
  whenSymmetric,
  whenUnset,
} from "./property.ts";
import { displayName, formerKeys, map, oneOf, onOrOff, scopeName, seconds, text } from "./values.ts";

export const signingAlgorithms = ["RS256", "PS256", "HS256"] as const;
export const tokenProfiles = ["auth0", "rfc9068"] as const;

type Argument = ArgumentOf<ResourceServerArgs>;

// A path as RFC 9110 and 6570 write it, without a query: the part in braces differs from call to call.
const endpoint = text(
  "a method and a path such as POST /timesheets/upload or DELETE /timesheets/{id}",
  500,
  /^(GET|HEAD|POST|PUT|PATCH|DELETE) \/([A-Za-z0-9._~!$&'()*+,;=:@%/-]|\{[A-Za-z0-9_]+\})*$/,
);

/** Who gets a token for the API, in the model's word and in Auth0's. */
const policies = { any: "allow_all", granted: "require_client_grant", none: "deny_all" } as const;
const openness: readonly unknown[] = [policies.none, policies.granted, policies.any];
const whenMoreOpen: Weaker = (from, to) => openTo(to) > openTo(from);
const applicationsAccess = ["granted", "none"] as const;
const usersAccess = ["any", "granted", "none"] as const;

const settings = {
  name: {
    accepts: displayName(),
    sentence: "What the Auth0 Dashboard calls the API.",
    values: "text",
    example: "name: Timesheets API",
    fix: "Give it the name that the Auth0 Dashboard is to show.",
    wire: [{ name: "name", argument: "name", title: "name", severity: "low" }],
  },
  identifier: {
    accepts: text("text of 1 to 600 characters without spaces", 600, /^\S+$/),
    sentence: "The audience of its tokens. Auth0 never lets it change: another identifier is another API.",
    values: "text, usually a URL",
    example: "identifier: https://api.exampleco.com/timesheets",
    fix: "Give the API's audience, usually a URL such as https://api.exampleco.com/timesheets.",
    alsoCalled: ["audience"],
  },
  signingAlgorithm: {
    accepts: oneOf(signingAlgorithms).default("RS256"),
    sentence: "How access tokens are signed; HS256 shares one secret and needs an exception.",
    values: choices(signingAlgorithms),
    example: "signingAlgorithm: PS256",
    fix: `Write one of ${signingAlgorithms.join(", ")}.`,
    wire: [
      {
        name: "signing_alg",
        argument: "signingAlg",
        title: "signing algorithm",
        weaker: whenSymmetric,
      },
    ],
  },
  tokenProfile: {
    accepts: oneOf(tokenProfiles).default("auth0"),
    sentence: "auth0: the client in claim azp. rfc9068: claim client_id and the header typ at+jwt.",
    values: choices(tokenProfiles),
    example: "tokenProfile: rfc9068",
    fix: `Write one of ${tokenProfiles.join(", ")}.`,
    wire: [
      {
        name: "token_dialect",
        argument: "tokenDialect",
        title: "token dialect",
        value: dialectOf,
        read: (dialect) =>
          typeof dialect === "string"
            ? {
                tokenProfile: dialect.startsWith("rfc9068") ? "rfc9068" : "auth0",
                permissionsInToken: dialect.endsWith("_authz"),
              }
            : undefined,
        // Auth0 leaves the key out of APIs that never had another dialect.
        accepts: (actual, expected) => actual === undefined && expected === "access_token",
      },
    ],
  },
  permissionsInToken: {
    accepts: onOrOff().default(false),
    sentence: "Puts the claim permissions in tokens and switches role-based access control on.",
    values: choices(["true", "false"]),
    example: "permissionsInToken: true",
    fix: "Write true or false, without quotation marks.",
    // The token dialect and role-based access control carry it.
    wire: [],
  },
  roleBasedAccess: {
    accepts: onOrOff().optional(),
    sentence: "Role-based access control: users get the scopes that their roles and permissions allow.",
    values: choices(["true", "false"]),
    otherwise: "as permissionsInToken",
    example: "roleBasedAccess: true",
    fix: "Write true or false, without quotation marks.",
    alsoCalled: ["rbac"],
    wire: [
      {
        name: "enforce_policies",
        argument: "enforcePolicies",
        title: "role-based access control",
        value: ({ permissionsInToken, roleBasedAccess }) =>
          permissionsInToken === true || roleBasedAccess === true,
        // The claim goes with it, so that no model asks for the claim alone.
        read: (on, { permissionsInToken }) =>
          permissionsInToken === true ? undefined : { roleBasedAccess: on === true },
        weaker: whenUnset,
      },
    ],
  },
  tokenLifetime: {
    accepts: seconds().default(86_400),
    sentence: "How long an access token is valid, in seconds; more than a day needs an exception.",
    values: "seconds, 1 to 2592000",
    example: "tokenLifetime: 3600",
    fix: "Write seconds as a plain number, such as 3600 for an hour.",
    wire: [
      {
        name: "token_lifetime",
        argument: "tokenLifetime",
        title: "token lifetime",
        unit: "s",
        weaker: whenLonger,
      },
    ],
  },
  browserTokenLifetime: {
    accepts: seconds().optional(),
    sentence:
      "How long an access token from the implicit or hybrid flow of a browser is valid, in seconds; Auth0's 7200 where it is left out.",
    values: "seconds, 1 to 2592000",
    example: "browserTokenLifetime: 3600",
    fix: "Write seconds as a plain number, such as 3600 for an hour.",
    wire: [
      {
        name: "token_lifetime_for_web",
        argument: "tokenLifetimeForWeb",
        title: "browser token lifetime",
        unit: "s",
        weaker: whenLonger,
        undeclared: {
          value: 7200,
          accepts: (actual, { tokenLifetime }) =>
            actual === undefined || actual === Math.min(7200, Number(tokenLifetime)),
          weaker: whenLonger,
          severity: "low",
        },
      },
    ],
  },
  refreshTokens: {
    accepts: onOrOff().optional(),
    sentence:
      "Whether applications that act for users may obtain refresh tokens for the API; Auth0's false where it is left out.",
    values: choices(["true", "false"]),
    example: "refreshTokens: true",
    fix: "Write true or false, without quotation marks.",
    wire: [
      {
        name: "allow_offline_access",
        argument: "allowOfflineAccess",
        title: "refresh tokens",
        weaker: whenSet,
        undeclared: { value: false, weaker: whenSet },
      },
    ],
  },
  access: {
    accepts: z
      .strictObject(
        {
          applications: oneOf(applicationsAccess).default("granted"),
          users: oneOf(usersAccess).default("any"),
        },
        "a map",
      )
      .optional(),
    sentence:
      "Who gets tokens for it: applications for themselves (`granted`, `none`), applications for their users (`any`, `granted`, `none`); Auth0's `granted` and `any` where it is left out.",
    values: "`applications`, `users`",
    example: "access: { applications: granted, users: none }",
    fix: "Write a map such as `{ applications: granted, users: none }`.",
    alsoCalled: ["subject_type_authorization"],
    wire: [
      {
        name: "subject_type_authorization.client.policy",
        argument: "subjectTypeAuthorization.client.policy",
        title: "access of applications",
        value: ({ access }) => policyIn(access, "applications"),
        read: (policy) => accessOf("applications", applicationsAccess, policy),
        accepts: (actual, expected) => actual === undefined && expected === policies.granted,
        weaker: whenMoreOpen,
        undeclared: {
          value: policies.granted,
          accepts: (actual) => actual === undefined,
          weaker: (_, to) => to !== policies.none,
        },
      },
      {
        name: "subject_type_authorization.user.policy",
        argument: "subjectTypeAuthorization.user.policy",
        title: "access of users",
        value: ({ access }) => policyIn(access, "users"),
        read: (policy) => accessOf("users", usersAccess, policy),
        accepts: (actual, expected) => actual === undefined && expected === policies.any,
        weaker: whenMoreOpen,
        undeclared: { value: policies.any, accepts: (actual) => actual === undefined },
      },
    ],
  },
  scopes: {
    accepts: map(
      scopeName,
      z.string("text of at most 500 characters").max(500, "text of at most 500 characters"),
    ).default({}),
    sentence: "Every scope of the API with what it allows; others, added by hand, are removed.",
    values: "scope: description",
    otherwise: "none",
    example: 'scopes: { "read:timesheets": Read timesheets }',
    fix: "Write each scope with what it allows, such as `read:timesheets: Read timesheets`.",
    keyFix: "Rename the scope.",
    alsoCalled: ["permissions"],
  },
  thirdPartyGrants: {
    accepts: grantEntry.optional(),
    sentence:
      "What every third-party application may ask for that holds no grant of its own (default_for third_party_clients).",
    values: "list of scopes, or a map (see Grants)",
    example: "thirdPartyGrants: [read:timesheets]",
    fix: "Write the list of scopes, such as `[read:timesheets]`, or remove the line.",
    alsoCalled: ["defaultFor", "default_for", "third_party_clients"],
  },
  endpoints: {
    accepts: map(endpoint, scopeName).default({}),
    sentence:
      "What verify --api-url may try: a method and a path below the API's address, and the scope that it takes.",
    values: "`METHOD /path`: scope",
    otherwise: "none",
    example: 'endpoints: { "POST /timesheets/upload": "batch:upload" }',
    fix: "Write each endpoint with the scope that it takes, such as `POST /timesheets/upload: batch:upload`.",
    keyFix: "Leave out host, query and fragment.",
  },
  formerly: {
    accepts: formerKeys(),
    sentence: "Keys that the API had in this file before: it is kept, not deleted and created again.",
    values: "list of keys",
    example: "formerly: [hours]",
    fix: "List the keys that it had before, such as `[hours]`, or remove the line.",
    alsoCalled: ["aliases", "previously"],
  },
} as const satisfies Record<string, Property<Argument>>;

/** Normally unset; setting it opens a way in. */
const opens: Undeclared = { weaker: whenSet };
const off: Undeclared = { value: false, weaker: whenSet };

const undeclared: Readonly<Record<string, Undeclared>> = {
  token_lifetime_for_anonymous_access_tokens: opens,
  allow_online_access: off,
  allow_online_access_with_ephemeral_sessions: off,
  "subject_type_authorization.anonymous_user.policy": {
    value: policies.none,
    accepts: (actual) => actual === undefined,
    weaker: (_, to) => to !== policies.none,
  },
  consent_policy: {},
  authorization_details: { accepts: (actual) => Array.isArray(actual) && actual.every(isUnset) },
  token_encryption: {},
  proof_of_possession: {},
  authorization_policy: {},
  // An application that acts as the API, and may exchange the tokens it receives.
  client_id: opens,
};

const others: PropertyTable<Argument>["others"] = {
  token_lifetime_for_anonymous_access_tokens: null,
  allow_online_access: "allowOnlineAccess",
  allow_online_access_with_ephemeral_sessions: "allowOnlineAccessWithEphemeralSessions",
  consent_policy: "consentPolicy",
  authorization_details: "authorizationDetails",
  token_encryption: "tokenEncryption",
  proof_of_possession: "proofOfPossession",
  authorization_policy: "authorizationPolicy",
  client_id: null,
  signing_secret: "signingSecret",
  skip_consent_for_verifiable_first_party_clients: "skipConsentForVerifiableFirstPartyClients",
};

const readOnly = {
  id: "Remove it; Auth0 never changes it.",
  identifier: "Remove it; Auth0 never changes it.",
  is_system: "Remove it; Auth0 never changes it.",
  scopes: "Declare them under `scopes`; an API that is somebody else's belongs under `foreignApis`.",
};

export const apiProperties = {
  ...settings,
  leaveAlone: leaveAloneRow(
    "an API",
    "proof_of_possession",
    { properties: settings, undeclared, others },
    readOnly,
  ),
} as const satisfies Record<string, Property<Argument>>;

/** @see https://auth0.com/docs/api/management/v2/resource-servers/get-resource-servers-by-id */
export const apiTable: PropertyTable<Argument> = {
  properties: apiProperties,
  undeclared,
  others,
  // `skip_consent...` is true on APIs made in the Dashboard and false on others, and machines are never asked.
  ignored: [
    "id",
    "identifier",
    "is_system",
    "scopes",
    "signing_secret",
    "skip_consent_for_verifiable_first_party_clients",
  ],
};

/** The more may get a token, the higher; what Auth0 has no word for counts as open. */
function openTo(policy: Json | undefined): number {
  const place = openness.indexOf(policy);
  return place === -1 ? openness.length : place;
}

function policyIn(access: unknown, who: "applications" | "users"): Json | undefined {
  if (!isRecord(access)) return undefined;
  const word = access[who];
  return word === "any" || word === "granted" || word === "none" ? policies[word] : undefined;
}

function accessOf(who: string, words: readonly (keyof typeof policies)[], policy: Json): Fields | undefined {
  const word = words.find((one) => policies[one] === policy);
  return word === undefined ? undefined : { access: { [who]: word } };
}

function dialectOf({ tokenProfile, permissionsInToken }: Fields) {
  return tokenDialect({
    tokenProfile: tokenProfile === "rfc9068" ? "rfc9068" : "auth0",
    permissionsInToken: permissionsInToken === true,
  });
}

function choices(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(" ");
}
