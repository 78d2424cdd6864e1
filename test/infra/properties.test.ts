/** What holds for every row of the property tables. */
import { expect, test } from "vitest";
import { apiTable } from "../../infra/model/properties/api.ts";
import { applicationTable } from "../../infra/model/properties/application.ts";
import { changesOf } from "../../infra/model/properties/changes.ts";
import { grantTable } from "../../infra/model/properties/grant.ts";
import { type Fields, type PropertyTable, wiresOf } from "../../infra/model/properties/property.ts";

const tables: readonly (readonly [string, PropertyTable])[] = [
  ["API", apiTable],
  ["application", applicationTable],
  ["grant", grantTable],
];

test.each(tables)("each property of an %s on the wire has one place in its table", (_, table) => {
  const names = [
    ...wiresOf(table).map(({ name }) => name),
    ...Object.keys(table.undeclared),
    ...table.ignored,
  ];
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

const models: readonly (readonly [PropertyTable, Fields])[] = [
  ...[false, true].flatMap((permissionsInToken) =>
    ["auth0", "rfc9068"].map((tokenProfile) => {
      const api = { name: "Reports", signingAlgorithm: "PS256", tokenLifetime: 600 };
      // The claim brings role-based access control with it; without the claim the model decides.
      const roleBased = permissionsInToken ? {} : { roleBasedAccess: tokenProfile === "auth0" };
      return [apiTable, { ...api, tokenProfile, permissionsInToken, ...roleBased }] as const;
    }),
  ),
  [applicationTable, { name: "Job", description: "Sends reports", grantTypes: ["client_credentials"] }],
  [
    applicationTable,
    {
      name: "Portal job",
      description: "Sends reports",
      grantTypes: ["client_credentials", "http://auth0.com/oauth/grant-type/mfa-otp"],
      metadata: { team: "reports" },
      callbacks: ["https://portal.example/callback"],
      logoutUrls: ["https://portal.example"],
      origins: ["https://portal.example"],
      webOrigins: ["https://portal.example"],
    },
  ],
  [grantTable, { scopes: ["read:reports", "write:reports"] }],
];

test.each(models)(
  "an object that is as the model says reads back as what the model says %#",
  (table, fields) => {
    const object = Object.fromEntries(wiresOf(table).map(({ name, value }) => [name, value(fields)]));
    expect(changesOf(table, object, fields)).toEqual([]);
    const read = wiresOf(table).map((wire) => wire.read(wire.value(fields) ?? null, fields));
    expect(Object.assign({}, ...read)).toEqual(fields);
  },
);
