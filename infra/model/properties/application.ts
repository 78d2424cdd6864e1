/** The properties of a machine-to-machine application, in the Management API's terms a client. */
import type { ClientArgs } from "@pulumi/auth0";
import * as z from "zod";
import { grantEntry } from "../grants.ts";
import { ignored, none, others, overwritten, readOnly, undeclared } from "./applicationOthers.ts";
import { grantProperties } from "./grant.ts";
import { leaveAloneRow } from "./leaveAlone.ts";
import {
  type ArgumentOf,
  type Property,
  type PropertyTable,
  type Weaker,
  when,
  whenAdded,
  whenSet,
} from "./property.ts";
import { displayName, formerKeys, key, list, map, namedOneOf, oneOf, text } from "./values.ts";

export const authenticationMethods = [
  "client_secret_post",
  "client_secret_basic",
  "private_key_jwt",
] as const;
/** What an application may do at the token endpoint; everything but the first needs an exception. */
export const grantTypes = [
  "client_credentials",
  "authorization_code",
  "refresh_token",
  "password",
  "implicit",
  "urn:ietf:params:oauth:grant-type:device_code",
  "urn:ietf:params:oauth:grant-type:token-exchange",
  "urn:openid:params:grant-type:ciba",
  "http://auth0.com/oauth/grant-type/password-realm",
  "http://auth0.com/oauth/grant-type/passwordless/otp",
  "http://auth0.com/oauth/grant-type/mfa-oob",
  "http://auth0.com/oauth/grant-type/mfa-otp",
  "http://auth0.com/oauth/grant-type/mfa-recovery-code",
] as const;
/** Who makes and changes the secret or the keys of an application. */
export const credentialsOwners = ["ours", "elsewhere"] as const;

/** What the component writes where the model has no description. */
export const defaultDescription = "Machine-to-machine application, kept as code";

type Argument = ArgumentOf<ClientArgs>;

/** RFC 9700 section 2.5 recommends asymmetric methods. */
function strength(method: unknown): number {
  if (typeof method !== "string" || method === "none") return 0;
  return method.startsWith("client_secret") ? 1 : 2;
}
/** True where an application would prove less surely who it is. */
export const whenWeakerMethod: Weaker = (from, to) => strength(to) < strength(from);

const expectedKey = "a key of 1 to 255 characters";
const expectedValue = "text of at most 255 characters";
const addresses = () => list(text("an address such as https://app.exampleco.com", 2000, /^\S+$/)).optional();
const addressesFix = "Write a list of addresses, such as `[https://app.exampleco.com]`.";

const settings = {
  name: {
    accepts: displayName(),
    sentence: "What the Auth0 Dashboard calls the application; unique in the model.",
    values: "text",
    example: "name: Timesheets Import Job",
    fix: "Give it the name that the Auth0 Dashboard is to show.",
    wire: [{ name: "name", argument: "name", title: "name", severity: "low" }],
  },
  description: {
    accepts: text("text of 1 to 140 characters", 140, /\S/).optional(),
    sentence: "Shown in the Auth0 Dashboard.",
    values: "at most 140 characters",
    otherwise: "a general one",
    example: "description: Uploads the night's timesheets",
    fix: "Shorten it to what a reader of the Auth0 Dashboard needs.",
    wire: [
      {
        name: "description",
        argument: "description",
        title: "description",
        long: true,
        severity: "low",
        value: ({ description }) => (typeof description === "string" ? description : defaultDescription),
      },
    ],
  },
  adopts: {
    accepts: displayName().optional(),
    sentence:
      "The name of an application that exists already and is to become this one, ids and secret kept.",
    values: "the name of an application in the tenant",
    example: "adopts: Timesheets API (Test Application)",
    fix: "Give the present name of the application in the tenant, or remove the line.",
  },
  formerly: {
    accepts: formerKeys(),
    sentence: "Keys that the application had in this file before: it is kept, not deleted and created again.",
    values: "list of keys",
    example: "formerly: [importer]",
    fix: "List the keys that it had before, such as `[importer]`, or remove the line.",
    alsoCalled: ["aliases", "previously"],
  },
  authentication: {
    // What is left out is reported with the rest of the model: only another tool's credentials go without.
    accepts: oneOf(authenticationMethods).optional(),
    sentence:
      "How the application proves at the token endpoint who it is; may be left out only with `credentials: elsewhere`.",
    values: "see below",
    otherwise: "",
    example: "authentication: client_secret_post",
    fix: `Write one of ${authenticationMethods.join(", ")}.`,
    alsoCalled: ["authenticationMethod", "authMethod", "token_endpoint_auth_method"],
  },
  publicKeys: {
    accepts: list(text("the path of a PEM file", 1000, /\S/))
      .min(1, "a list of one or two PEM files")
      .max(2, "a list of one or two PEM files")
      .optional(),
    sentence: "For private_key_jwt: one or two PEM files with public keys, relative to this file.",
    values: "one or two PEM files",
    example: "publicKeys: [keys/import-job.pem]",
    fix: "List one or two PEM files with public keys, such as `[keys/import-job.pem]`.",
    alsoCalled: ["keys"],
  },
  credentials: {
    accepts: oneOf(credentialsOwners).optional(),
    sentence:
      "`elsewhere`: another tool keeps the secret or the keys and the authentication method; they are never written, rotated or compared.",
    values: "`ours` `elsewhere`",
    otherwise: "`ours`",
    example: "credentials: elsewhere",
    fix: "Write ours or elsewhere.",
  },
  metadata: {
    accepts: map(
      z.string().min(1, expectedKey).max(255, expectedKey),
      z.string(expectedValue).max(255, expectedValue),
    ).optional(),
    sentence:
      "The application's metadata, whole: keys that are not listed are removed. Left alone where the property is left out.",
    values: "key: text",
    otherwise: "left alone",
    example: "metadata: { team: payroll }",
    fix: 'Write a text for each key, such as `{ team: payroll }`; numbers go in quotation marks: `{ floor: "3" }`.',
    keyFix: "Shorten it.",
    wire: [
      {
        name: "client_metadata",
        argument: "clientMetadata",
        title: "metadata",
        byKey: true,
        elseLeftAlone: true,
      },
    ],
  },
  callbacks: {
    accepts: addresses(),
    sentence: "Where a login may send its answer; none where it is left out.",
    values: "list of addresses",
    example: "callbacks: [https://app.exampleco.com/callback]",
    fix: addressesFix,
    alsoCalled: ["redirectUris"],
    wire: [
      {
        name: "callbacks",
        argument: "callbacks",
        title: "callbacks",
        weaker: whenAdded,
        undeclared: none,
      },
    ],
  },
  logoutUrls: {
    accepts: addresses(),
    sentence: "Where a logout may send the browser; none where it is left out.",
    values: "list of addresses",
    example: "logoutUrls: [https://app.exampleco.com]",
    fix: addressesFix,
    wire: [
      {
        name: "allowed_logout_urls",
        argument: "allowedLogoutUrls",
        title: "logout addresses",
        weaker: whenAdded,
        undeclared: none,
      },
    ],
  },
  origins: {
    accepts: addresses(),
    sentence: "Origins whose pages may call Auth0 (CORS) for the application; none where it is left out.",
    values: "list of addresses",
    example: "origins: [https://app.exampleco.com]",
    fix: addressesFix,
    wire: [
      {
        name: "allowed_origins",
        argument: "allowedOrigins",
        title: "origins",
        weaker: whenAdded,
        undeclared: none,
      },
    ],
  },
  webOrigins: {
    accepts: addresses(),
    sentence:
      "Origins whose pages may renew tokens without a redirect (web message); none where it is left out.",
    values: "list of addresses",
    example: "webOrigins: [https://app.exampleco.com]",
    fix: addressesFix,
    wire: [
      {
        name: "web_origins",
        argument: "webOrigins",
        title: "web origins",
        weaker: whenAdded,
        undeclared: none,
      },
    ],
  },
  grantTypes: {
    accepts: list(namedOneOf(grantTypes, "a grant type of Auth0"))
      .min(1, "a list of at least one grant type")
      .default(["client_credentials"]),
    sentence:
      "What the application may use at the token endpoint; others than client_credentials need an exception.",
    values: "list",
    example: "grantTypes: [client_credentials]",
    fix: "Write `[client_credentials]`, or remove the line.",
    instead: Object.fromEntries(grantTypes.map((name) => [name.split(/[/:]/).at(-1), `Write ${name}.`])),
    wire: [
      {
        name: "grant_types",
        argument: "grantTypes",
        title: "grant types",
        weaker: whenSet,
        byElement: true,
      },
    ],
  },
  grants: {
    accepts: map(key, grantEntry).default({}),
    sentence: "Which scopes of which APIs the application may ask for; there is no wildcard.",
    values: "API key: list of scopes, or a map (see Grants)",
    otherwise: "none",
    example: "grants: { timesheets: [batch:upload] }",
    fix: grantProperties.scopes.fix,
    alsoCalled: ["clientGrants"],
  },
} as const satisfies Record<string, Property<Argument>>;

const fixed: PropertyTable<Argument>["fixed"] = [
  {
    name: "app_type",
    argument: "appType",
    title: "type",
    value: () => "non_interactive",
    weaker: when("native", "spa"),
  },
];

export const applicationProperties = {
  ...settings,
  leaveAlone: leaveAloneRow(
    "an application",
    "token_quota",
    { properties: settings, fixed, undeclared, others },
    readOnly,
  ),
} as const satisfies Record<string, Property<Argument>>;

/** @see https://auth0.com/docs/api/management/v2/clients/get-clients-by-id */
export const applicationTable: PropertyTable<Argument> = {
  properties: applicationProperties,
  fixed,
  undeclared,
  others,
  ignored,
  overwritten,
};
